#pragma once
// The kubelet endpoint's long conversations and its measurements: exec, attach, portForward,
// stats/summary. Source: kubelet's server.go.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "net/http.h"
#include "node/supervisor.h"

namespace firesteel::node {

// What the endpoint asks of the agent; all are thread-safe. Errors are in kubelet's words.
struct StreamSources {
  struct Process {
    std::string id;  // of the supervisor
    bool input_once = false;
  };
  std::function<Result<Process>(std::string_view space, std::string_view pod,
                                std::string_view container)>
      find_process;
  std::function<Result<std::string>(std::string_view space, std::string_view pod)> find_address;
  std::function<json::Value()> summary;
  Supervisor* supervisor = nullptr;
  std::string binary_path;
};

// Answers the request when it is one of these: /exec/NAMESPACE/POD/CONTAINER, /attach/...,
// /portForward/NAMESPACE/POD (WebSocket upgrades), /stats/summary. `path` is the decoded target.
[[nodiscard]] bool serve_streams(const StreamSources& sources, const net::Request& request,
                                 const std::vector<std::string>& path, net::ResponseWriter& writer);

}  // namespace firesteel::node
