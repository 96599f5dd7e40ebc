#pragma once
// One connection of the server: reads requests, calls the handler, keeps alive or closes. Internal
// to net; runs on the thread that calls serve().
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "net/http.h"
#include "net/server.h"

namespace firesteel::net {

class Connection {
 public:
  // All references must outlive it.
  Connection(std::unique_ptr<Stream> stream, Peer peer, const ServerOptions& options,
             Handler& handler, StopToken stop);
  // Until the client closes, misbehaves or is too slow, or the server stops.
  void serve();

 private:
  friend class Writer;

  // Nothing when the connection is to end; what the client must be told has been told.
  std::optional<Request> read_request();
  // False at the end of the stream, or on an error or timeout (`timed_out_`).
  bool fill(std::chrono::milliseconds timeout);
  void refuse(int status, std::string_view why);
  void linger();
  bool write(std::string_view bytes);
  // Takes what has arrived into the buffer without waiting. True when the client has closed.
  bool peer_closed();

  std::unique_ptr<Stream> stream_;
  Peer peer_;
  const ServerOptions& options_;
  Handler& handler_;
  StopToken stop_;
  std::string buffer_;  // received, not yet used
  bool first_ = true;
  bool keep_alive_ = true;
  bool chunks_ = true;  // an HTTP/1.0 client has no chunked coding
  bool timed_out_ = false;
  bool broken_ = false;  // nothing more can be read or written
};

}  // namespace firesteel::net
