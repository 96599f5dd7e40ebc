#pragma once
// Mounting below a directory that is to become a root, never following a link out of it. Used by
// `__pod-init` in its own mount namespace.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace firesteel::node {

// A directory that paths are resolved in as if it were "/" (openat2, RESOLVE_IN_ROOT).
class RootDirectory {
 public:
  [[nodiscard]] static Result<RootDirectory> open(const std::string& path);

  // A descriptor (O_PATH) of what `path` is; made first, parents too, when it is missing. An
  // existing thing of the other type is an error.
  [[nodiscard]] Result<Fd> make_directory(std::string_view path, unsigned mode = 0755) const;
  [[nodiscard]] Result<Fd> make_file(std::string_view path) const;
  [[nodiscard]] Result<void> write_file(std::string_view path, std::string_view content,
                                        unsigned mode) const;
  // Nothing happens when something is there.
  [[nodiscard]] Result<void> make_link(std::string_view path, const std::string& target) const;
  [[nodiscard]] bool exists(std::string_view path) const;

 private:
  [[nodiscard]] Fd resolve(std::string_view path, int flags) const;
  Fd fd_;
};

struct BindOptions {
  bool read_only = true;
  bool devices = false;  // keep device nodes usable
};
// Binds the tree at `source` (an O_PATH descriptor) onto `target`. `what` is for the message.
[[nodiscard]] Result<void> bind_tree(int source, int target, BindOptions options,
                                     std::string_view what);
// mount(2) of a file system on the directory behind `target`.
[[nodiscard]] Result<void> mount_on(int target, const char* type, unsigned long flags,
                                    const std::string& data, std::string_view what);
// `sub_path` inside `source`, which it cannot leave; directories are made when `make` is set.
[[nodiscard]] Result<Fd> open_source(const std::string& source, std::string_view sub_path,
                                     bool make);

}  // namespace firesteel::node
