#include "net/websocket.h"

#include <array>

#include "net/http_codec.h"
#include "net/tls.h"

namespace firesteel::net {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3
constexpr std::size_t kMaxControl = 125;
constexpr std::size_t kReadSize = 16 * 1024;
constexpr milliseconds kCloseTime{500};

enum class Opcode : unsigned char {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

struct Frame {
  bool last = true;
  unsigned opcode = 0;
  std::string payload;
};

std::string print_frame(Opcode opcode, std::string_view payload) {
  std::string out;
  out += static_cast<char>(0x80 | static_cast<unsigned>(opcode));
  const std::uint64_t size = payload.size();
  const int length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  out += static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126U : 127U);
  for (int i = length_bytes - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i) & 255);
  out += payload;
  return out;
}

// The first frame of the buffer, taken out of it; nothing while it is incomplete. An error's
// message starts with the close code to answer with.
struct FrameError {
  int code;
  std::string_view why;
};
std::expected<std::optional<Frame>, FrameError> take_frame(std::string& buffer) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(buffer[i]); };
  if (buffer.size() < 2) return std::nullopt;
  if ((byte(0) & 0x70) != 0) return std::unexpected(FrameError{1002, "reserved bits are set"});
  if ((byte(1) & 0x80) == 0) return std::unexpected(FrameError{1002, "the frame is not masked"});
  Frame frame{(byte(0) & 0x80) != 0, byte(0) & 0x0fU, {}};
  std::uint64_t size = byte(1) & 0x7fU;
  const bool control = (frame.opcode & 8) != 0;
  if (control && (size > kMaxControl || !frame.last))
    return std::unexpected(FrameError{1002, "a control frame is too long or fragmented"});
  const std::size_t length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
  const std::size_t head = 2 + length_bytes + 4;
  if (buffer.size() < head) return std::nullopt;
  if (length_bytes != 0) size = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) size = size << 8 | byte(2 + i);
  if (size > WebSocket::kMaxMessage)
    return std::unexpected(FrameError{1009, "the message is too large"});
  if (buffer.size() - head < size) return std::nullopt;
  frame.payload = buffer.substr(head, size);
  for (std::size_t i = 0; i < size; ++i)
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ buffer[head - 4 + i % 4]);
  buffer.erase(0, head + size);
  return frame;
}

class WebSocketImpl final : public WebSocket {
 public:
  WebSocketImpl(Stream& stream, std::string protocol)
      : stream_(stream), protocol_(std::move(protocol)) {}

  std::string_view protocol() const override { return protocol_; }
  Result<void> send_text(std::string_view payload) override { return send(Opcode::kText, payload); }
  Result<void> send_binary(std::string_view payload) override {
    return send(Opcode::kBinary, payload);
  }

  Result<std::optional<WebSocketMessage>> receive(StopToken stop) override {
    return next(milliseconds(-1), stop);
  }

  int fd() const override { return stream_.fd(); }

  Result<Arrival> receive_now() override {
    auto message = next(milliseconds(0), {});
    if (message) return Arrival{message->has_value(), std::move(*message)};
    if (message.error().code == ErrorCode::kTimeout) return Arrival{};
    return std::unexpected(std::move(message.error()));
  }

  bool drain() override {
    while (true) {
      const auto message = next(milliseconds(0), {});
      if (!message) return message.error().code == ErrorCode::kTimeout;
      if (!*message) return false;
    }
  }

  void close(int code, std::string_view reason) override {
    if (over_) return;
    const bool first = !close_sent_;
    send_close(code, reason);
    if (!first) return;
    // The peer's Close says that it has everything; what else arrives is of no interest any more.
    for (int i = 0; i < 64 && !over_; ++i)
      if (!next(kCloseTime, {})) break;
    over_ = true;
  }

 private:
  // Nothing when it is over, kTimeout when nothing whole has come in time.
  Result<std::optional<WebSocketMessage>> next(milliseconds timeout, const StopToken& stop) {
    while (!over_) {
      auto frame = take_frame(buffer_);
      if (!frame) return refuse(frame.error());
      if (!*frame) {
        if (!TRY(fill(timeout, stop))) break;
        continue;
      }
      if (((*frame)->opcode & 8) != 0) {
        TRY(control(**frame));
        continue;
      }
      auto message = assemble(std::move(**frame));
      if (!message) return refuse(message.error());
      if (*message) return std::move(*message);
    }
    return std::nullopt;
  }

  // Data frames to messages (RFC 6455, 5.4).
  std::expected<std::optional<WebSocketMessage>, FrameError> assemble(Frame frame) {
    const bool continued = frame.opcode == static_cast<unsigned>(Opcode::kContinuation);
    if (frame.opcode > 2) return std::unexpected(FrameError{1002, "unknown opcode"});
    if (continued != in_message_)
      return std::unexpected(FrameError{1002, "a fragment is out of order"});
    if (!continued) {
      message_ = {frame.opcode == static_cast<unsigned>(Opcode::kBinary), {}};
      in_message_ = true;
    }
    if (message_.payload.size() + frame.payload.size() > kMaxMessage)
      return std::unexpected(FrameError{1009, "the message is too large"});
    message_.payload += frame.payload;
    if (!frame.last) return std::nullopt;
    in_message_ = false;
    return std::exchange(message_, {});
  }

  Result<void> control(const Frame& frame) {
    if (frame.opcode == static_cast<unsigned>(Opcode::kPing))
      return send(Opcode::kPong, frame.payload);
    if (frame.opcode != static_cast<unsigned>(Opcode::kClose)) return {};
    if (!close_sent_) {
      close_sent_ = true;
      (void)stream_.write_all(print_frame(Opcode::kClose, frame.payload.substr(0, 2)), {});
    }
    over_ = true;
    return {};
  }

  // False at the end of the stream, or when stopped.
  Result<bool> fill(milliseconds timeout, const StopToken& stop) {
    std::array<char, kReadSize> chunk;
    stream_.set_read_timeout(timeout);
    const auto count = stream_.read_some(chunk.data(), chunk.size(), stop);
    if (!count && count.error().code == ErrorCode::kTimeout) return std::unexpected(count.error());
    if (count && *count > 0) {
      buffer_.append(chunk.data(), *count);
      return true;
    }
    if (!stop.stop_requested()) over_ = true;
    return false;
  }

  std::unexpected<Error> refuse(const FrameError& error) {
    send_close(error.code, error.why);
    over_ = true;
    return fail(error.code == 1009 ? ErrorCode::kTooLarge : ErrorCode::kBadRequest,
                "WebSocket: " + std::string(error.why));
  }

  Result<void> send(Opcode opcode, std::string_view payload) {
    if (over_ || close_sent_) return fail(ErrorCode::kUnavailable, "WebSocket: it is closed");
    auto written = stream_.write_all(print_frame(opcode, payload), {});
    if (!written) over_ = true;
    return context(std::move(written), "WebSocket");
  }

  void send_close(int code, std::string_view reason) {
    if (close_sent_) return;
    std::string payload{static_cast<char>(code >> 8 & 255), static_cast<char>(code & 255)};
    payload += reason.substr(0, kMaxControl - 2);
    (void)send(Opcode::kClose, payload);
    close_sent_ = true;
  }

  Stream& stream_;
  std::string protocol_;
  std::string buffer_;
  WebSocketMessage message_;  // of which fragments have come
  bool in_message_ = false;
  bool close_sent_ = false;
  bool over_ = false;
};

Result<void> check_handshake(const Request& request) {
  const auto bad = [](std::string_view why) {
    return fail(ErrorCode::kBadRequest, fmt::format("WebSocket handshake: {}", why));
  };
  if (!is_websocket_upgrade(request)) return bad("it is no upgrade to websocket");
  if (request.headers.get("Sec-WebSocket-Version") != "13")
    return bad("Sec-WebSocket-Version must be 13");
  const auto key = base64_decode(request.headers.get("Sec-WebSocket-Key"));
  if (!key || key->size() != 16) return bad("Sec-WebSocket-Key must be 16 bytes in base64");
  return {};
}

// The first of ours that the client offers; nothing when it must be refused: it offers some, we
// have some, none is common.
std::optional<std::string> choose(const Request& request,
                                  const std::vector<std::string>& protocols) {
  bool offers = false;
  for (const std::string& protocol : protocols) {
    if (protocol.empty()) continue;
    for (const auto& [name, value] : request.headers.fields()) {
      const Headers one{{name, value}};
      if (!one.contains("Sec-WebSocket-Protocol")) continue;
      offers = true;
      if (has_token(value, protocol)) return protocol;
    }
  }
  const bool none_is_fine =
      protocols.empty() || std::find(protocols.begin(), protocols.end(), "") != protocols.end();
  if (offers && !none_is_fine) return std::nullopt;
  return "";
}

}  // namespace

bool is_websocket_upgrade(const Request& request) {
  return request.method == "GET" && has_token(request.headers.get("Connection"), "upgrade") &&
         has_token(request.headers.get("Upgrade"), "websocket");
}

Result<std::unique_ptr<WebSocket>> WebSocket::accept(const Request& request, ResponseWriter& writer,
                                                     const std::vector<std::string>& protocols) {
  TRY(check_handshake(request));
  auto protocol = choose(request, protocols);
  if (!protocol)
    return fail(ErrorCode::kBadRequest,
                fmt::format("WebSocket handshake: none of the offered sub-protocols '{}' is known",
                            request.headers.get("Sec-WebSocket-Protocol")));
  const std::string key(request.headers.get("Sec-WebSocket-Key"));
  Headers headers{{"Upgrade", "websocket"},
                  {"Connection", "Upgrade"},
                  {"Sec-WebSocket-Accept", sha1_base64(key + std::string(kMagic))}};
  if (!protocol->empty()) headers.set("Sec-WebSocket-Protocol", *protocol);
  Stream* stream = TRY(writer.upgrade(headers));
  return std::make_unique<WebSocketImpl>(*stream, std::move(*protocol));
}

}  // namespace firesteel::net
