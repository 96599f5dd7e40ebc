#pragma once
// spec.monitoring: the Prometheus JMX agent and Spark's metrics configuration. Pure.
// Source: the Kubeflow operator's configPrometheusMonitoring.
#include "base/json/json.h"
#include "spark/app.h"

namespace firesteel::spark {

// Adds java options, annotations and metrics settings to the application, as if the user had
// written them there.
void add_monitoring(App& app);
// Does it need the ConfigMap "<application>-prom-conf"?
[[nodiscard]] bool needs_prometheus_config_map(const App& app);
[[nodiscard]] json::Value prometheus_config_map(const App& app);

}  // namespace firesteel::spark
