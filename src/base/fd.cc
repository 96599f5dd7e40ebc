#include "base/fd.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "base/stop.h"

namespace firesteel {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int Fd::release() {
  return std::exchange(fd_, -1);
}

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<std::string> read_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    const bool missing = errno == ENOENT;
    auto error = fail_errno("open " + path);
    if (missing) error.error().code = ErrorCode::kNotFound;
    return error;
  }
  std::string content;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("read " + path);
    if (count == 0) return content;
    content.append(buffer, static_cast<std::size_t>(count));
  }
}

Result<void> write_file_atomically(const std::string& path, std::string_view content,
                                   unsigned mode) {
  static std::atomic<unsigned> serial = 0;
  const std::string temporary =
      path + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(serial++);
  Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!file.valid()) return fail_errno("create " + temporary);
  while (!content.empty()) {
    const ssize_t count = ::write(file.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      auto error = fail_errno("write " + temporary);
      ::unlink(temporary.c_str());
      return error;
    }
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0 ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = fail_errno("replace " + path);
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

// The state behind StopSource and StopToken lives here because it is little more than a descriptor.
struct StopToken::State {
  Fd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::atomic<bool> requested = false;
};

bool StopToken::stop_requested() const {
  return state_ != nullptr && state_->requested.load();
}
int StopToken::fd() const {
  return state_ == nullptr ? -1 : state_->event.get();
}

StopSource::StopSource() : state_(std::make_shared<StopToken::State>()) {}

void StopSource::request_stop() {
  state_->requested.store(true);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(state_->event.get(), &one, sizeof one);
}

StopToken StopSource::token() const {
  StopToken token;
  token.state_ = state_;
  return token;
}

}  // namespace firesteel
