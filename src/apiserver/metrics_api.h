#pragma once
// metrics.k8s.io/v1beta1: NodeMetrics and PodMetrics, measured by the node agents when asked for.
// Source: k8s.io/metrics, metrics-server.
#include <string_view>

#include "apiserver/answer.h"
#include "apiserver/core.h"
#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

inline constexpr std::string_view kMetricsGroup = "metrics.k8s.io";

// get and list of nodes and pods; label selectors are those of the nodes and pods themselves.
// Errors: kNotFound, kMethodNotAllowed, kBadRequest for a selector; kUnavailable when no node agent
// answers.
[[nodiscard]] Result<Answer> answer_metrics(Call& call);

// From a node agent's summary; null for what it has not measured. `object` is the Node or Pod.
[[nodiscard]] json::Value node_metrics(const json::Value& object, const json::Value& summary);
[[nodiscard]] json::Value pod_metrics(const json::Value& object, const json::Value& summary);

}  // namespace firesteel::apiserver
