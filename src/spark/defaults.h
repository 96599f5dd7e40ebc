#pragma once
// What the mutating webhook writes into a SparkApplication (reference kubeflow-operator.md, d.4).
// The operator applies the same function itself, so it need not have gone through the webhook.
// Idempotent and pure; unknown fields survive.
#include "base/json/json.h"

namespace firesteel::spark {

// spec.type Scala, mode cluster, restartPolicy Never with intervals of 5 s for the others, cores 1,
// memory 1g, instances 1 and shuffleTrackingEnabled, each unless given there or in sparkConf;
// missing driver and executor blocks are added.
[[nodiscard]] json::Value apply_defaults(json::Value application);

}  // namespace firesteel::spark
