#pragma once
// spec.batchScheduler: what Volcano and YuniKorn need to know to place driver and executors as one
// gang. Pure. Source: the Kubeflow operator's internal/scheduler; resources are Spark's own sums
// (with overhead), not its.
#include <string>

#include "spark/submission_context.h"

namespace firesteel::spark {

// "spark-<application>-pg", as the Kubeflow operator calls Volcano's PodGroup.
[[nodiscard]] std::string pod_group_name(std::string_view application);

// Adds the scheduler's annotations and labels of both roles as properties. A group that the user
// names stays. Nothing for other schedulers.
void add_batch_scheduling(SubmissionContext& context);

// Whether the submission makes a PodGroup of its own: Volcano, and no group of the user's.
[[nodiscard]] bool needs_pod_group(const SubmissionContext& context);
// One member, so that the driver starts alone; the resources are those of all.
[[nodiscard]] json::Value pod_group(const SubmissionContext& context);

}  // namespace firesteel::spark
