#pragma once
// RFC 6455, server side: handshake and frames over an upgraded stream. Knows no Kubernetes
// channels.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace firesteel::net {

[[nodiscard]] bool is_websocket_upgrade(const Request& request);

struct WebSocketMessage {
  bool binary = false;
  std::string payload;
};

class WebSocket {
 public:
  static constexpr std::size_t kMaxMessage = 1024 * 1024;  // received; over it: close 1009
  // Answers the handshake, choosing the first of `protocols` that the client offers ("" in the
  // list: none is fine too). Errors: kBadRequest for a broken handshake (nothing was sent then).
  static Result<std::unique_ptr<WebSocket>> accept(const Request& request, ResponseWriter& writer,
                                                   const std::vector<std::string>& protocols);
  virtual ~WebSocket() = default;
  [[nodiscard]] virtual std::string_view protocol() const = 0;
  [[nodiscard]] virtual Result<void> send_text(std::string_view payload) = 0;
  [[nodiscard]] virtual Result<void> send_binary(std::string_view payload) = 0;
  // The next whole message (fragments joined, pings answered meanwhile); nothing once the peer has
  // closed or is gone, or `stop` was requested. Errors: kTooLarge over kMaxMessage, kBadRequest for
  // a broken frame (the peer has been told).
  [[nodiscard]] virtual Result<std::optional<WebSocketMessage>> receive(StopToken stop) = 0;
  // For poll(2): readable when receive_now may have something new.
  [[nodiscard]] virtual int fd() const = 0;
  // What has arrived, without waiting: a message; no message while `open`; or the end. Call it
  // until there is no message before polling. Errors: as those of receive.
  struct Arrival {
    bool open = true;
    std::optional<WebSocketMessage> message;
  };
  [[nodiscard]] virtual Result<Arrival> receive_now() = 0;
  // For those who only send: drops messages, handles pings, pongs and closes that have arrived,
  // without blocking. False once the peer has closed or is gone.
  [[nodiscard]] virtual bool drain() = 0;
  // Sends Close (1000 unless given) and waits shortly for the peer's.
  virtual void close(int code = 1000, std::string_view reason = {}) = 0;
};

}  // namespace firesteel::net
