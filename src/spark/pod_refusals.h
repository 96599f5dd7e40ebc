#pragma once
// Refusals that only the finished pods show: what Kubernetes would say of the driver's pod when it
// is created, and of the executors' when the driver creates them, minutes later. Pure.
#include "base/json/json.h"
#include "spark/pod_settings.h"
#include "spark/submission_context.h"

namespace firesteel::spark {

// Two mounts at one path in Spark's container. `pod` is the driver's, or the executors' template;
// what Spark adds to executors by itself is known here. Adds to context.problems.
void refuse_duplicate_mounts(SubmissionContext& context, const json::Value& pod, Role role);
// Names that Spark derives volumes and pods from, which Kubernetes would refuse.
void refuse_derived_names(SubmissionContext& context);

}  // namespace firesteel::spark
