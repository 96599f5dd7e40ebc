#pragma once
// An owned file descriptor and the few whole-file operations that the program needs.
#include <string>
#include <string_view>

#include "base/result.h"

namespace firesteel {

// Closes on destruction; movable, not copyable.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

// Whole files. Errors: kNotFound when it is missing, else kIo; the message names the path.
[[nodiscard]] Result<std::string> read_file(const std::string& path);
// Writes a temporary file beside it, syncs it and renames it: readers see the old or the new
// content, never a part.
[[nodiscard]] Result<void> write_file_atomically(const std::string& path, std::string_view content,
                                                 unsigned mode = 0600);

}  // namespace firesteel
