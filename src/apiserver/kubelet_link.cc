#include "apiserver/kubelet_link.h"

#include <boost/json/array.hpp>

#include "kube/object.h"

namespace firesteel::apiserver {

Result<std::string> kubelet_url(const json::Value& node) {
  std::string_view address;
  for (const json::Value& entry : json::array_at(node, {"status", "addresses"})) {
    if (json::string_at(entry, "type") == "InternalIP") address = json::string_at(entry, "address");
  }
  const std::int64_t port =
      json::int_at(node, {"status", "daemonEndpoints", "kubeletEndpoint", "Port"});
  if (address.empty() || port <= 0) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("node \"{}\" has no InternalIP and kubelet port in its status: is its "
                            "agent running?",
                            kube::name_of(node)));
  }
  const bool v6 = address.find(':') != std::string_view::npos;
  return v6 ? fmt::format("https://[{}]:{}", address, port)
            : fmt::format("https://{}:{}", address, port);
}

}  // namespace firesteel::apiserver
