#pragma once
// TCP sockets with deadlines: connect, listen, and a plain Stream. Everything waits in poll(2) on
// the socket and a stop token, so nothing blocks for longer than its caller allows.
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "base/stop.h"
#include "net/http.h"

namespace firesteel::net {

using Deadline = std::optional<std::chrono::steady_clock::time_point>;  // none = forever

// Negative = none.
[[nodiscard]] Deadline deadline_in(std::chrono::milliseconds timeout);
// What is left until then, at least zero; negative without a deadline. For
// Stream::set_read_timeout.
[[nodiscard]] std::chrono::milliseconds time_left(const Deadline& deadline);

// Waits for one of the poll(2) `events` (or an error) on fd. Errors: kTimeout at the deadline,
// kUnavailable when stopped.
[[nodiscard]] Result<void> wait_ready(int fd, short events, const StopToken& stop,
                                      const Deadline& deadline);

// A non-blocking, close-on-exec, connected socket with TCP_NODELAY. Tries each address of the host.
// Errors: kUnavailable (refused, unknown host, stopped), kTimeout.
[[nodiscard]] Result<Fd> connect_tcp(const std::string& host, int port,
                                     std::chrono::milliseconds timeout, const StopToken& stop);

// A listening socket on a numeric address; port 0 takes a free one. Errors: kIo, saying what to do
// when it is in use.
[[nodiscard]] Result<Fd> listen_tcp(const std::string& address, int port);
// The port a socket is bound to; "address:port" of its other side ("" when unknown).
[[nodiscard]] int local_port(int fd);
[[nodiscard]] std::string peer_address(int fd);

// Whether the text is an IPv4 or IPv6 address, without brackets.
[[nodiscard]] bool is_ip_address(const std::string& host);

// A Stream over a connected socket, which it owns and makes non-blocking.
[[nodiscard]] std::unique_ptr<Stream> plain_stream(Fd fd);

// Makes an accepted socket what connect_tcp returns.
void prepare_socket(int fd);

}  // namespace firesteel::net
