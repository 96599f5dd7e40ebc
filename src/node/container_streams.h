#pragma once
// exec and attach over a WebSocket: the channel protocols v4.channel.k8s.io and
// v5.channel.k8s.io. Source: Kubernetes, remotecommand protocol (KEP-4006), kubelet's
// cri/streaming/remotecommand.
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/json/json.h"
#include "base/stop.h"
#include "net/websocket.h"

namespace firesteel::node {

// As a channel message's first byte.
enum class Channel : unsigned char {
  kStdin = 0,
  kStdout = 1,
  kStderr = 2,
  kError = 3,
  kResize = 4,
  kClose = 255,  // v5: the channel named by the next byte ends
};

// Input kept for a program that does not read; more is left with the client.
inline constexpr std::size_t kMaxHeldInput = 256 * 1024;

struct StreamEnds {
  Fd in;   // each may be missing; all not blocking
  Fd out;  // with a terminal it is also what is resized
  Fd err;
  bool terminal = false;
  std::function<void()> input_ended = {};  // the client has said so, and all it sent is delivered
  int ended = -1;  // readable once the program has ended; -1: when out and err end
};

// Passes streams on until the program has ended (and what it wrote is sent). False when the client
// went first or `stop` was requested.
[[nodiscard]] bool pass_streams(net::WebSocket& socket, StreamEnds& ends, const StopToken& stop);

// The Status that ends a session, for the error channel. An empty failure with exit code 0 is
// success.
[[nodiscard]] json::Value exit_status(int exit_code);
[[nodiscard]] json::Value failure_status(std::string_view message);
void send_status(net::WebSocket& socket, const json::Value& status);

// {"Width": 80, "Height": 24} as columns and rows. Nothing for anything else.
struct TerminalSize {
  unsigned short columns = 0;
  unsigned short rows = 0;
};
[[nodiscard]] std::optional<TerminalSize> parse_resize(std::string_view text);

}  // namespace firesteel::node
