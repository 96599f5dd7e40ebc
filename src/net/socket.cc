#include "net/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "net/polled_stream.h"

namespace firesteel::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class PlainStream final : public PolledStream {
 public:
  using PolledStream::PolledStream;
  std::size_t pending() const override { return 0; }

 private:
  Result<Attempt> try_read(char* buffer, std::size_t size) override {
    return outcome(::recv(fd(), buffer, size, 0), POLLIN, "read");
  }
  Result<Attempt> try_write(std::string_view bytes) override {
    return outcome(::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL), POLLOUT, "write");
  }
  static Result<Attempt> outcome(ssize_t count, short wait_for, std::string_view what) {
    if (count >= 0) return Attempt{static_cast<std::size_t>(count), 0};
    if (errno == EAGAIN || errno == EINTR) return Attempt{0, wait_for};
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: the connection broke: {}", what, std::strerror(errno)));
  }
};

struct Addresses {
  addrinfo* first = nullptr;
  ~Addresses() {
    if (first != nullptr) ::freeaddrinfo(first);
  }
};

Result<Fd> connect_one(const addrinfo& address, const StopToken& stop, const Deadline& deadline) {
  Fd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fail_errno("create a socket");
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS)
      return fail(ErrorCode::kUnavailable, std::string(std::strerror(errno)));
    if (auto ready = wait_ready(fd.get(), POLLOUT, stop, deadline); !ready)
      return std::unexpected(ready.error());
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(ErrorCode::kUnavailable, std::string(std::strerror(error)));
  }
  prepare_socket(fd.get());
  return fd;
}

std::string print_address(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    return fmt::format("{}:{}", text, ntohs(in.sin_port));
  }
  if (storage.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
    ::inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
    return fmt::format("[{}]:{}", text, ntohs(in.sin6_port));
  }
  return {};
}

}  // namespace

Deadline deadline_in(milliseconds timeout) {
  if (timeout < milliseconds(0)) return std::nullopt;
  return steady_clock::now() + timeout;
}

milliseconds time_left(const Deadline& deadline) {
  if (!deadline) return milliseconds(-1);
  const auto left = std::chrono::ceil<milliseconds>(*deadline - steady_clock::now());
  return std::max(left, milliseconds(0));
}

Result<void> wait_ready(int fd, short events, const StopToken& stop, const Deadline& deadline) {
  while (true) {
    if (stop.stop_requested()) return fail(ErrorCode::kUnavailable, "stopped");
    pollfd polled[2] = {{fd, events, 0}, {stop.fd(), POLLIN, 0}};
    const milliseconds left = time_left(deadline);
    // poll(2) takes an int; an hour at a time is as good as forever.
    const int timeout =
        deadline ? static_cast<int>(std::min(left, milliseconds(std::chrono::hours(1))).count())
                 : -1;
    const int count = ::poll(polled, 2, timeout);
    if (count < 0 && errno != EINTR) return fail_errno("poll");
    if (count <= 0) {
      if (count == 0 && time_left(deadline) == milliseconds(0))
        return fail(ErrorCode::kTimeout, "timed out waiting for the other side");
      continue;
    }
    if (polled[1].revents != 0) return fail(ErrorCode::kUnavailable, "stopped");
    if (polled[0].revents != 0) return {};
  }
}

void prepare_socket(int fd) {
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

Result<Fd> connect_tcp(const std::string& host, int port, milliseconds timeout,
                       const StopToken& stop) {
  const std::string where = fmt::format("connect to {}:{}", host, port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  Addresses addresses;
  const int failed =
      ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &addresses.first);
  if (failed != 0) return fail(ErrorCode::kUnavailable, where + ": " + ::gai_strerror(failed));
  const Deadline deadline = deadline_in(timeout);
  Error last{ErrorCode::kUnavailable, "no address", {}};
  for (const addrinfo* address = addresses.first; address != nullptr; address = address->ai_next) {
    auto fd = connect_one(*address, stop, deadline);
    if (fd) return fd;
    last = fd.error();
    if (stop.stop_requested()) break;
  }
  last.message = where + ": " + last.message;
  return std::unexpected(last);
}

Result<Fd> listen_tcp(const std::string& address, int port) {
  const std::string where = fmt::format("listen on {}:{}", address, port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  Addresses found;
  const int failed =
      ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found.first);
  if (failed != 0) return fail(ErrorCode::kIo, where + ": " + ::gai_strerror(failed));
  Fd fd(::socket(found.first->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fail_errno(where);
  const int one = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  const bool bound = ::bind(fd.get(), found.first->ai_addr, found.first->ai_addrlen) == 0;
  if (bound && ::listen(fd.get(), SOMAXCONN) == 0) return fd;
  if (errno == EADDRINUSE)
    return fail(ErrorCode::kIo, fmt::format("port {} on {} is in use: choose another with --port, "
                                            "or stop what listens there",
                                            port, address));
  return fail_errno(where);
}

int local_port(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  if (storage.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

std::string peer_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return print_address(storage);
}

bool is_ip_address(const std::string& host) {
  in6_addr binary;
  return ::inet_pton(AF_INET, host.c_str(), &binary) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &binary) == 1;
}

std::unique_ptr<Stream> plain_stream(Fd fd) {
  return std::make_unique<PlainStream>(std::move(fd));
}

}  // namespace firesteel::net
