#pragma once
// GET pods/NAME/log: chooses the container with kubectl's error texts and passes the node agent's
// stream on.
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/result.h"
#include "net/http.h"
#include "net/tls.h"

namespace firesteel::apiserver {

// Which container's log is meant. Errors: kBadRequest as kube-apiserver words them: no name for a
// pod with several, a name that the pod has not.
[[nodiscard]] Result<std::string> choose_log_container(const json::Value& pod,
                                                       std::string_view asked);
// Whether that container has a log to read. Errors: kBadRequest (`container "x" in pod "y" is
// waiting to start: ContainerCreating`), as the kubelet words them.
[[nodiscard]] Result<void> check_log_available(const json::Value& pod, std::string_view container,
                                               bool previous);
// Pod log options: follow, previous, timestamps, tailLines, sinceSeconds, sinceTime, limitBytes.
// Errors: kInvalid. The query for the kubelet: "?follow=true&tailLines=10" or "".
[[nodiscard]] Result<std::string> log_query(const net::Query& query);

// Answers the whole request, errors included (as Status). `node` is the Node that spec.nodeName
// names, null when it is not there: its InternalIP and kubelet port are connected to with
// `kubelet_tls` (whose certificate the node agent knows as the API server's). Returns when the log
// ends, the client is gone or the server stops.
void serve_pod_log(const json::Value& pod, const json::Value& node, const net::Query& query,
                   const net::TlsClientOptions& kubelet_tls, net::ResponseWriter& writer);

}  // namespace firesteel::apiserver
