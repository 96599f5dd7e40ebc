#include "node/mounts.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace firesteel::node {
namespace {

// Links that point to themselves end somewhere: openat2 counts them (ELOOP).
Fd open_in(int directory, const std::string& path, std::uint64_t flags, std::uint64_t resolve) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = resolve | RESOLVE_NO_MAGICLINKS;
  return Fd(static_cast<int>(syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
}

std::vector<std::string> components(std::string_view path) {
  std::vector<std::string> result;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") result.emplace_back(part);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return result;
}

bool is_directory(int fd) {
  struct stat info{};
  return fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
}

// Each step is resolved anew from the root, so that links on the way count as they will later.
Result<Fd> make_path(int root, std::string_view path, unsigned mode, std::uint64_t resolve) {
  Fd current = open_in(root, ".", O_PATH | O_DIRECTORY, resolve);
  if (!current.valid()) return fail_errno("open the root of a container");
  std::string so_far;
  for (const std::string& part : components(path)) {
    so_far += (so_far.empty() ? "" : "/") + part;
    Fd next = open_in(root, so_far, O_PATH | O_DIRECTORY, resolve);
    if (!next.valid() && errno == ENOENT) {
      if (mkdirat(current.get(), part.c_str(), mode) != 0 && errno != EEXIST)
        return fail_errno(fmt::format("make directory /{} in a container", so_far));
      next = open_in(root, so_far, O_PATH | O_DIRECTORY, resolve);
    }
    if (!next.valid()) return fail_errno(fmt::format("open /{} in a container", so_far));
    current = std::move(next);
  }
  return current;
}

std::pair<std::string, std::string> split_last(std::string_view path) {
  const std::vector<std::string> parts = components(path);
  std::string parent;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) parent += "/" + parts[i];
  return {parent, parts.empty() ? "" : parts.back()};
}

std::string relative(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  return path.empty() ? "." : std::string(path);
}

}  // namespace

Result<RootDirectory> RootDirectory::open(const std::string& path) {
  RootDirectory root;
  root.fd_ = Fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.fd_.valid()) return fail_errno("open " + path);
  return root;
}

Fd RootDirectory::resolve(std::string_view path, int flags) const {
  return open_in(fd_.get(), relative(path), static_cast<std::uint64_t>(flags), RESOLVE_IN_ROOT);
}

bool RootDirectory::exists(std::string_view path) const {
  return resolve(path, O_PATH).valid();
}

Result<Fd> RootDirectory::make_directory(std::string_view path, unsigned mode) const {
  return make_path(fd_.get(), path, mode, RESOLVE_IN_ROOT);
}

Result<Fd> RootDirectory::make_file(std::string_view path) const {
  Fd there = resolve(path, O_PATH);
  if (there.valid()) {
    if (!is_directory(there.get())) return there;
    return fail(ErrorCode::kInvalid,
                fmt::format("mount a file on {}: it is a directory in the image", path));
  }
  const auto [parent, name] = split_last(path);
  Fd directory = TRY(make_directory(parent));
  Fd made(openat(directory.get(), name.c_str(), O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!made.valid()) return fail_errno(fmt::format("make file {} in a container", path));
  there = resolve(path, O_PATH);
  if (!there.valid()) return fail_errno(fmt::format("open {} in a container", path));
  return there;
}

Result<void> RootDirectory::write_file(std::string_view path, std::string_view content,
                                       unsigned mode) const {
  const auto [parent, name] = split_last(path);
  Fd directory = TRY(make_directory(parent));
  // A link or a file of the image is replaced, not written through.
  unlinkat(directory.get(), name.c_str(), 0);
  Fd file(openat(directory.get(), name.c_str(),
                 O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file.valid()) return fail_errno(fmt::format("write {} in a container", path));
  while (!content.empty()) {
    const ssize_t count = write(file.get(), content.data(), content.size());
    if (count <= 0) return fail_errno(fmt::format("write {} in a container", path));
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  fchmod(file.get(), mode);
  return {};
}

Result<void> RootDirectory::make_link(std::string_view path, const std::string& target) const {
  const auto [parent, name] = split_last(path);
  Fd directory = TRY(make_directory(parent));
  if (symlinkat(target.c_str(), directory.get(), name.c_str()) != 0 && errno != EEXIST)
    return fail_errno(fmt::format("make link {} in a container", path));
  return {};
}

Result<void> bind_tree(int source, int target, BindOptions options, std::string_view what) {
  // Recursive: in a user namespace a tree may not be bound without the mounts that lie in it.
  Fd tree(
      open_tree(source, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  if (!tree.valid()) return fail_errno(fmt::format("bind {}", what));
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_NOSUID | (options.read_only ? MOUNT_ATTR_RDONLY : 0U) |
                        (options.devices ? 0U : MOUNT_ATTR_NODEV);
  if (mount_setattr(tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) !=
      0)
    return fail_errno(fmt::format("protect the mount of {}", what));
  if (move_mount(tree.get(), "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) !=
      0)
    return fail_errno(fmt::format("mount {}", what));
  return {};
}

Result<void> mount_on(int target, const char* type, unsigned long flags, const std::string& data,
                      std::string_view what) {
  const std::string path = fmt::format("/proc/self/fd/{}", target);
  if (mount(type, path.c_str(), type, flags, data.empty() ? nullptr : data.c_str()) != 0)
    return fail_errno(fmt::format("mount {}", what));
  return {};
}

Result<Fd> open_source(const std::string& source, std::string_view sub_path, bool make) {
  Fd base(::open(source.c_str(), O_PATH | O_CLOEXEC));
  if (!base.valid()) return fail_errno("open volume " + source);
  if (sub_path.empty()) return base;
  Fd inside = open_in(base.get(), relative(sub_path), O_PATH, RESOLVE_BENEATH);
  if (inside.valid()) return inside;
  if (errno == ENOENT && make) {
    umask(0);
    return make_path(base.get(), sub_path, 0777, RESOLVE_BENEATH);
  }
  return fail_errno(fmt::format("open subPath {} of volume {}", sub_path, source));
}

}  // namespace firesteel::node
