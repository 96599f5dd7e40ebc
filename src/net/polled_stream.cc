#include "net/polled_stream.h"

#include <sys/socket.h>

namespace firesteel::net {
namespace {

std::unexpected<Error> closed_here() {
  return fail(ErrorCode::kUnavailable, "the connection was closed");
}

}  // namespace

PolledStream::PolledStream(Fd fd) : fd_(std::move(fd)) {
  prepare_socket(fd_.get());
}

Result<std::size_t> PolledStream::read_some(char* buffer, std::size_t size, StopToken stop) {
  const Deadline deadline = deadline_in(read_timeout_);
  while (true) {
    if (stop.stop_requested()) return fail(ErrorCode::kUnavailable, "stopped");
    const auto attempt = try_read(buffer, size);
    if (closed_) return closed_here();
    if (!attempt) return std::unexpected(attempt.error());
    if (attempt->wait_for == 0) return attempt->count;
    TRY(wait_ready(fd_.get(), attempt->wait_for, stop, deadline));
  }
}

Result<void> PolledStream::write_all(std::string_view bytes, StopToken stop) {
  while (!bytes.empty()) {
    if (stop.stop_requested()) return fail(ErrorCode::kUnavailable, "stopped");
    const auto attempt = try_write(bytes);
    if (closed_) return closed_here();
    if (!attempt) return std::unexpected(attempt.error());
    bytes.remove_prefix(attempt->count);
    if (attempt->wait_for != 0)
      TRY(wait_ready(fd_.get(), attempt->wait_for, stop, deadline_in(write_timeout_)));
  }
  return {};
}

Result<std::size_t> PolledStream::write_some(std::string_view bytes) {
  if (closed_) return closed_here();
  const Attempt attempt = TRY(try_write(bytes));
  return attempt.count;
}

void PolledStream::close() {
  closed_ = true;
  ::shutdown(fd_.get(), SHUT_RDWR);
}

}  // namespace firesteel::net
