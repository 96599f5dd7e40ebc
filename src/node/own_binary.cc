#include "node/own_binary.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/fd.h"

namespace firesteel::node {
namespace {

constexpr const char* kSelf = "/proc/self/exe";
constexpr std::size_t kCopyBytes = std::size_t{16} << 20;

bool is_this_program(const std::string& path) {
  std::error_code error;
  const std::string own = std::filesystem::read_symlink(kSelf, error).string();
  return !error && (path == kSelf || own == path || own == path + " (deleted)");
}

Result<void> copy(const std::string& from, const std::string& to) {
  const Fd in(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.valid()) return fail_errno("open " + from);
  const Fd out(open(to.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0755));
  if (!out.valid()) return fail_errno("write " + to);
  while (true) {
    const ssize_t count = sendfile(out.get(), in.get(), nullptr, kCopyBytes);
    if (count == 0) return {};
    if (count < 0 && errno != EINTR) return fail_errno(fmt::format("copy {} to {}", from, to));
  }
}

}  // namespace

Result<std::string> keep_binary(const std::string& binary_path, const std::string& directory) {
  const std::string source = is_this_program(binary_path) ? kSelf : binary_path;
  const std::string target = directory + "/bin/firesteel";
  std::error_code error;
  std::filesystem::create_directories(directory + "/bin", error);
  if (error)
    return fail(ErrorCode::kIo, fmt::format("make {}/bin: {}", directory, error.message()));
  const std::string fresh = target + ".new";
  unlink(fresh.c_str());
  // A link costs nothing; it fails for another file system, another owner's file, a deleted one.
  if (linkat(AT_FDCWD, source.c_str(), AT_FDCWD, fresh.c_str(), AT_SYMLINK_FOLLOW) != 0)
    TRY(copy(source, fresh));
  if (std::rename(fresh.c_str(), target.c_str()) != 0) return fail_errno("write " + target);
  unlink(fresh.c_str());  // both names were one file already: rename does nothing then
  return target;
}

}  // namespace firesteel::node
