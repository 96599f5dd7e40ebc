#pragma once
// GET and POST pods/NAME/exec, attach and portforward: checks the request and passes the WebSocket
// on to the node agent, which answers it.
#include <string>
#include <string_view>

#include "apiserver/core.h"
#include "base/json/json.h"
#include "base/result.h"
#include "net/http.h"
#include "net/tls.h"

namespace firesteel::apiserver {

// "exec", "attach" or "portforward".
[[nodiscard]] bool is_stream_subresource(std::string_view subresource);

// Asks the webhooks that want to know of a CONNECT; they see the request's options as a
// PodExecOptions, PodAttachOptions or PodPortForwardOptions. Errors: those of
// call_validating_webhooks.
[[nodiscard]] Result<void> admit_stream(Call& call);

// The target to ask the node agent for: "/exec/default/x/main?command=ls&stdout=true". Errors, in
// kube-apiserver's words: kBadRequest for a container that there is not or that must be named, a
// pod without a node, an exec without a command or streams, and for anything but a WebSocket.
[[nodiscard]] Result<std::string> stream_target(const json::Value& pod, const net::Request& request,
                                                std::string_view subresource);

// Answers the whole request, errors included (as Status). Returns when either side has gone or the
// server stops. `node` is null when it is not there.
void serve_pod_stream(const json::Value& pod, const json::Value& node, const net::Request& request,
                      std::string_view subresource, const net::TlsClientOptions& kubelet_tls,
                      net::ResponseWriter& writer);

}  // namespace firesteel::apiserver
