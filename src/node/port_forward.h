#pragma once
// Port forwarding over a WebSocket, in the two forms that clients speak: kubectl's SPDY/3.1 in
// binary messages (sub-protocol SPDY/3.1+portforward.k8s.io), and plain channels
// (v4.channel.k8s.io), two for each asked port, as the Python client and fabric8 do. Source:
// KEP-4006, kubelet's cri/streaming/portforward.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/stop.h"
#include "net/websocket.h"

namespace firesteel::node {

inline constexpr std::string_view kTunnelProtocol = "SPDY/3.1+portforward.k8s.io";
inline constexpr std::string_view kPlainProtocol = "v4.channel.k8s.io";
inline constexpr std::size_t kMaxForwards = 512;  // connections at a time in one session
// Bytes for a program that does not read; more is left with the client.
inline constexpr std::size_t kMaxHeldForward = 256 * 1024;

// A connected socket to a port of the pod; the error's message is for the client.
using Dial = std::function<Result<Fd>(int port)>;

// Until the client goes, breaks the protocol, or `stop`. `ports` are those asked for, of the plain
// form alone.
void forward_tunnelled(net::WebSocket& socket, const Dial& dial, const StopToken& stop);
void forward_plain(net::WebSocket& socket, const std::vector<int>& ports, const Dial& dial,
                   const StopToken& stop);

}  // namespace firesteel::node
