#pragma once
// SPDY/3.1 frames to values and back, as kubectl tunnels them through a WebSocket for port-forward.
// No I/O; zlib is included by the .cc alone. Source: the SPDY Protocol draft 3.1,
// sections 2.2, 2.6.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace firesteel::net::spdy {

// Does the client ask to speak SPDY/3.1 on this connection? It POSTs mostly.
[[nodiscard]] bool is_spdy_upgrade(const Request& request);

inline constexpr std::size_t kMaxFrame = 1024 * 1024;      // payload taken from the other side
inline constexpr std::size_t kMaxHeaderBlock = 64 * 1024;  // after decompression

using HeaderBlock = std::vector<std::pair<std::string, std::string>>;  // names in lower case
[[nodiscard]] std::string_view header(const HeaderBlock& headers, std::string_view name);

struct SynStream {
  std::uint32_t stream = 0;
  HeaderBlock headers;
  bool last = false;  // FLAG_FIN: the sender sends nothing more on it
};
struct SynReply {
  std::uint32_t stream = 0;
  HeaderBlock headers;
  bool last = false;
};
struct Data {
  std::uint32_t stream = 0;
  std::string payload;
  bool last = false;
};
struct RstStream {
  std::uint32_t stream = 0;
  std::uint32_t status = 0;
};
struct Ping {
  std::uint32_t id = 0;  // odd from clients; to be sent back as it is
};
struct GoAway {
  std::uint32_t last_stream = 0;
};
struct Ignored {};  // SETTINGS, HEADERS, WINDOW_UPDATE and types unknown
using Frame = std::variant<SynStream, SynReply, Data, RstStream, Ping, GoAway, Ignored>;

inline constexpr std::uint32_t kProtocolError = 1;
inline constexpr std::uint32_t kRefusedStream = 3;
inline constexpr std::uint32_t kCancel = 5;

// One side's bytes. After an error the connection is of no use: the compression is out of step.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  void feed(std::string_view bytes) { buffer_ += bytes; }
  // The next whole frame, nothing while there is none. Errors: kBadRequest, kTooLarge.
  [[nodiscard]] Result<std::optional<Frame>> next();

 private:
  struct Inflater;
  [[nodiscard]] Result<HeaderBlock> headers(std::string_view compressed);
  [[nodiscard]] Result<Frame> control(unsigned type, unsigned flags, std::string_view payload);
  std::string buffer_;
  std::unique_ptr<Inflater> inflater_;
};

class Encoder {
 public:
  Encoder();
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  // The frame's bytes; they must be sent in the order of these calls.
  [[nodiscard]] std::string print(const Frame& frame);

 private:
  struct Deflater;
  [[nodiscard]] std::string headers(const HeaderBlock& headers);
  std::unique_ptr<Deflater> deflater_;
};

}  // namespace firesteel::net::spdy
