#pragma once
// The pod settings that have no Spark property: what the Kubeflow operator patches into pods
// through its mutating webhook (reference kubeflow-operator.md, d.3), applied to the driver's pod,
// and to the template from which the driver makes executors. Pure.
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "spark/app.h"

namespace firesteel::spark {

enum class Role { kDriver, kExecutor };

// The name of Spark's container in the role's pod, as Spark and the webhook choose it: the one that
// sparkConf names (podTemplateContainerName), else by Spark's own name (or "executor"), else the
// template's first.
[[nodiscard]] std::string spark_container_name(const App& app, Role role);
// Does `role` have anything that only a pod can say? If not, executors need no template.
[[nodiscard]] bool has_pod_settings(const App& app, Role role);
// Adds them to `pod`, in the webhook's order; the container named `container` is the one of Spark
// (created when missing).
void apply_pod_settings(json::Value& pod, std::string_view container, const App& app, Role role);

}  // namespace firesteel::spark
