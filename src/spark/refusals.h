#pragma once
// What Spark's client refuses in the values of properties that it reads itself, when it submits.
// Pure. Source: the recorded refusals of oracle/expected (case names refused-*).
#include "spark/submission_context.h"

namespace firesteel::spark {

// Problems go to context.problems, each with the field that the value came from. Needs
// context.conf and context.program.
void refuse_values(SubmissionContext& context);
// Settings that only the machine of who submits, or a JVM there, could serve; and executors that
// could not be made. As refuse_values.
void refuse_unsupported(SubmissionContext& context);
// 4.1+: spark.kubernetes.driver.pod.excludedFeatureSteps names the NetworkPolicy's.
[[nodiscard]] bool leaves_out_network_policy(const SubmissionContext& context);

}  // namespace firesteel::spark
