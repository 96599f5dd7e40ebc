#pragma once
// exec, attach and port-forward for clients that upgrade to SPDY/3.1 instead of WebSocket:
// client-go before 1.30 and whoever uses its NewSPDYExecutor. Both forms look like a net::WebSocket
// to the code behind them, which knows messages only. Source: apimachinery's httpstream/spdy,
// kubelet's cri/streaming/remotecommand (createHTTPStreamStreams, v4).
#include <memory>
#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "net/http.h"
#include "net/websocket.h"

namespace firesteel::node {

// Answers the upgrade with `protocol` of X-Stream-Protocol-Version, which the client must offer.
// What is received are pieces of the byte stream; what is sent goes out as it is. Errors:
// kBadRequest when the client does not offer it (nothing was sent then).
[[nodiscard]] Result<std::unique_ptr<net::WebSocket>> accept_spdy(const net::Request& request,
                                                                  net::ResponseWriter& writer,
                                                                  std::string_view protocol);

// Which streams the client opens, beside the one for errors.
struct SpdyStreams {
  bool in = false;
  bool out = false;
  bool err = false;
  bool resize = false;
};

// The messages of container_streams.h, each channel a stream of its own; the end of input arrives
// as v5's close message. Waits until the client has opened the streams. Errors: kTimeout when it
// does not within 30 s, kBadRequest when it breaks the protocol or leaves.
[[nodiscard]] Result<std::unique_ptr<net::WebSocket>> channels_over_spdy(
    std::unique_ptr<net::WebSocket> connection, const SpdyStreams& streams, const StopToken& stop);

}  // namespace firesteel::node
