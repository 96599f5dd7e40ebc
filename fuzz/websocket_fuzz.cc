// WebSocket frames from a client, after a good handshake: no crash, no message over the limit, and
// the end of the stream ends it.
#include "fuzz/input.h"
#include "net/websocket.h"

using namespace firesteel;

namespace {

class MemoryStream final : public net::Stream {
 public:
  explicit MemoryStream(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read_some(char* buffer, std::size_t size, StopToken) override {
    const std::size_t count = bytes_.copy(buffer, std::min<std::size_t>(size, 100));
    bytes_.remove_prefix(count);
    return count;
  }
  Result<void> write_all(std::string_view, StopToken) override { return {}; }
  Result<std::size_t> write_some(std::string_view bytes) override { return bytes.size(); }
  int fd() const override { return -1; }
  std::size_t pending() const override { return bytes_.size(); }
  void close() override {}

 private:
  std::string_view bytes_;
};

class MemoryWriter final : public net::ResponseWriter {
 public:
  explicit MemoryWriter(net::Stream& stream) : stream_(stream) {}
  Result<void> send(const net::Response&) override { return {}; }
  Result<void> start(int, const net::Headers&) override { return {}; }
  Result<void> write(std::string_view) override { return {}; }
  Result<void> finish() override { return {}; }
  Result<net::Stream*> upgrade(const net::Headers&) override { return &stream_; }
  bool gone() override { return false; }
  int fd() const override { return -1; }
  StopToken stop() const override { return {}; }

 private:
  net::Stream& stream_;
};

const net::Request kHandshake{"GET",
                              "/",
                              {{"Connection", "Upgrade"},
                               {"Upgrade", "websocket"},
                               {"Sec-WebSocket-Version", "13"},
                               {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}},
                              "",
                              {}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  MemoryStream stream(fuzz::text_of(data, size));
  MemoryWriter writer(stream);
  auto socket = net::WebSocket::accept(kHandshake, writer, {""});
  MUST(socket.has_value());
  while (true) {
    const auto message = (*socket)->receive({});
    if (!message || !*message) break;
    MUST((*message)->payload.size() <= net::WebSocket::kMaxMessage);
    (void)(*socket)->send_text((*message)->payload);
  }
  (*socket)->close();
  return 0;
}
