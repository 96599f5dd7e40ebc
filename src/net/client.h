#pragma once
// A blocking HTTP/1.1 client with a pool of kept-alive connections to one origin. Thread-safe.
#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/http.h"
#include "net/tls.h"

namespace firesteel::net {

struct ClientOptions {
  std::string url;  // "https://127.0.0.1:6443" with an optional path prefix
  TlsClientOptions tls;
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds request_timeout{30000};  // of send(); a streamed body has none
  std::size_t max_body_bytes = 256 * 1024 * 1024;    // of send()
  StopToken stop;                                    // cuts every send() and open() under way
};

// A response whose head has been read and whose body is read piece by piece. Closing it drops the
// connection.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  [[nodiscard]] virtual int status() const = 0;
  [[nodiscard]] virtual const Headers& headers() const = 0;
  // The next piece of the body, "" at its end. kUnavailable when cut or stopped.
  [[nodiscard]] virtual Result<std::string> read(StopToken stop) = 0;
};

// What a server answered to a request for another protocol.
struct UpgradeAnswer {
  Response response;               // 101, or the refusal with its body
  std::unique_ptr<Stream> stream;  // of the other protocol; null when refused
  std::string early;               // that protocol's first bytes, come with the head
};

class Client {
 public:
  static Result<std::unique_ptr<Client>> create(const ClientOptions& options);
  virtual ~Client() = default;
  // A request is sent again once, on a new connection, when a kept-alive one turns out to be closed
  // before a byte of the answer. Errors: kUnavailable (refused, cut), kTimeout, kInternal
  // (protocol).
  [[nodiscard]] virtual Result<Response> send(const Request& request) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<ResponseStream>> open(const Request& request) = 0;
  // A request with Connection: Upgrade, on a connection of its own. Errors: as those of send.
  [[nodiscard]] virtual Result<UpgradeAnswer> upgrade(const Request& request) = 0;
};

}  // namespace firesteel::net
