#pragma once
// The driver's pod. Pure. Source: Spark's KubernetesDriverBuilder: BasicDriver, MountSecrets,
// EnvSecrets, MountVolumes, DriverCommand, HadoopConf, PodTemplateConfigMap and LocalDirs feature
// steps.
#include <vector>

#include "base/json/json.h"
#include "spark/submission_context.h"

namespace firesteel::spark {

struct DriverPod {
  json::Value pod;
  std::vector<json::Value> claims;  // on-demand PersistentVolumeClaims
};

// Without the webhook's settings and the owner reference. Problems go to context.problems.
[[nodiscard]] DriverPod build_driver_pod(SubmissionContext& context);
// The labels of the driver's pod: custom ones, then Spark's own. Also the selector of its service.
[[nodiscard]] json::Object driver_labels(const SubmissionContext& context);

}  // namespace firesteel::spark
