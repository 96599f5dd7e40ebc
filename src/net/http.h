#pragma once
// HTTP as data, and the interface between a server and what answers its requests. Knows no
// Kubernetes.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/stop.h"

namespace firesteel::net {

// Field names compare without case, order is kept, repeats are allowed.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  void set(std::string_view name, std::string value);               // replaces all of that name
  [[nodiscard]] std::string_view get(std::string_view name) const;  // first, or ""
  [[nodiscard]] bool contains(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Who is on the other side, from its verified TLS client certificate; empty without one.
struct Peer {
  std::string common_name;
  std::vector<std::string> organizations;
  std::string address;  // "127.0.0.1:40212"
};

struct Request {
  std::string method = "GET";
  std::string target = "/";  // as sent: path and query
  Headers headers;
  std::string body;
  Peer peer;  // filled by the server
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
};

// The decoded query of a target, in order; '+' and %XX are decoded.
using Query = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] std::string_view path_of(std::string_view target);
[[nodiscard]] Query query_of(std::string_view target);
[[nodiscard]] std::string percent_encode(
    std::string_view text);  // for a path segment or query value
[[nodiscard]] std::string percent_decode(std::string_view text);

// A full-duplex byte stream with deadlines, plain or TLS. Used by one thread at a time, but close()
// from any.
class Stream {
 public:
  virtual ~Stream() = default;
  // At least one byte, or 0 at the end of the stream. Blocks until data, `stop`, or the stream's
  // read deadline (kTimeout). kUnavailable when cut or stopped.
  [[nodiscard]] virtual Result<std::size_t> read_some(char* buffer, std::size_t size,
                                                      StopToken stop) = 0;
  [[nodiscard]] virtual Result<void> write_all(std::string_view bytes, StopToken stop) = 0;
  // What goes out without waiting, perhaps nothing.
  [[nodiscard]] virtual Result<std::size_t> write_some(std::string_view bytes) = 0;
  // The descriptor to poll for input; data may also be buffered (pending() > 0).
  [[nodiscard]] virtual int fd() const = 0;
  [[nodiscard]] virtual std::size_t pending() const = 0;
  virtual void close() = 0;
  // How long one read_some may take, and how long one write_all may go without progress. Negative =
  // forever (the default); a read timeout of zero makes read_some return kTimeout at once when
  // nothing is there.
  virtual void set_read_timeout(std::chrono::milliseconds) {}
  virtual void set_write_timeout(std::chrono::milliseconds) {}
};

// What a handler answers with: exactly one of send, start, upgrade. Used by the connection's
// thread.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;
  // A whole response with Content-Length.
  virtual Result<void> send(const Response& response) = 0;
  // A chunked response: start, then any number of write (each flushed), then finish.
  virtual Result<void> start(int status, const Headers& headers) = 0;
  virtual Result<void> write(std::string_view chunk) = 0;
  virtual Result<void> finish() = 0;
  // Sends 101 with `headers` and hands over the raw stream (with bytes already read in front); the
  // connection is the handler's until it returns.
  virtual Result<Stream*> upgrade(const Headers& headers) = 0;
  // True once the client has closed its side or the server is stopping. Never blocks.
  [[nodiscard]] virtual bool gone() = 0;
  // Readable or hung up when gone() may have changed: for poll(2).
  [[nodiscard]] virtual int fd() const = 0;
  // The server's stop token, for handlers that wait.
  [[nodiscard]] virtual StopToken stop() const = 0;
};

// Answers requests; called from many threads at once.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void handle(const Request& request, ResponseWriter& writer) = 0;
};

}  // namespace firesteel::net
