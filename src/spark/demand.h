#pragma once
// What an application takes of a cluster when it starts: its driver, and the executors it begins
// with. Pure. Source: BasicExecutorFeatureStep for what an executor asks for.
#include <cstdint>

#include "base/json/json.h"
#include "kube/pod_resources.h"
#include "spark/submission.h"

namespace firesteel::spark {

struct Demand {
  // spark.executor.instances; with dynamic allocation the largest of instances, initialExecutors
  // and minExecutors: what comes later is taken as it is left by others.
  std::int64_t executors = 0;
  // Of one pod each, by the names that quotas use: "pods", "requests.cpu", "limits.memory", ...
  kube::Resources driver;
  kube::Resources executor;
};

[[nodiscard]] Demand demand_of(const Submission& submission);
// Of a defaulted application as it would be submitted now; for one that cannot be, only a driver.
[[nodiscard]] Demand demand_of(const json::Value& defaulted_application);

}  // namespace firesteel::spark
