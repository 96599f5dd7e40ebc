#pragma once
// A blocking HTTP/1.1 server: an acceptor thread, one thread a connection, keep-alive, limits on
// everything a stranger can send.
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/http.h"
#include "net/tls.h"

namespace firesteel::net {

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;                           // 0 = any free one
  std::shared_ptr<TlsServerContext> tls;  // null = plain
  std::size_t max_connections = 2048;
  std::size_t max_header_bytes = 64 * 1024;
  std::size_t max_body_bytes = 3 * 1024 * 1024;  // kube-apiserver's limit; over it: 413
  std::chrono::milliseconds header_timeout{10000};
  std::chrono::milliseconds body_timeout{30000};
  std::chrono::milliseconds idle_timeout{120000};
  std::chrono::milliseconds write_timeout{30000};
  std::chrono::milliseconds stop_grace{
      2000};  // for handlers to return after the stop request; then they are cut
};

class Server {
 public:
  // Listens and starts to serve. `handler` must outlive the server. Errors: kIo naming address and
  // port (in use, ...).
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler& handler);
  // Stops accepting, asks handlers to stop through ResponseWriter::stop, cuts what remains, joins
  // all threads.
  virtual ~Server() = default;
  [[nodiscard]] virtual int port() const = 0;
  // Open connections now: for metrics and tests.
  [[nodiscard]] virtual std::size_t connections() const = 0;
};

}  // namespace firesteel::net
