#pragma once
// How to reach the node agent of a pod or a node.
#include <string>

#include "base/json/json.h"
#include "base/result.h"
#include "net/client.h"

namespace firesteel::apiserver {

// "https://127.0.0.1:10250" from what the agent wrote into its Node. Errors: kUnavailable.
[[nodiscard]] Result<std::string> kubelet_url(const json::Value& node);

}  // namespace firesteel::apiserver
