#pragma once
// Pod Security "restricted" for the containers of Spark, unless the application says otherwise.
// Pure. Source: the Pod Security Standards of Kubernetes.
#include <string_view>

#include "base/json/json.h"
#include "spark/pod_settings.h"
#include "spark/submission_context.h"

namespace firesteel::spark {

// A sparkConf key, since every place that holds an application holds sparkConf (schedules, Airflow)
// and every CRD of SparkApplications accepts it: "privileged" leaves pods as Spark makes them,
// "restricted" restricts those of unknown images too. Without it, the images of the Spark project
// are restricted: they are known to run as user 185.
inline constexpr std::string_view kPodSecurityKey = "spark.firesteel.podSecurity";

[[nodiscard]] bool is_restricted(const SubmissionContext& context, Role role);
// Fills in what the container's securityContext and the pod's leave open; what they say stays.
void restrict_container(const SubmissionContext& context, Role role, std::string_view container,
                        json::Value& pod);
// An image of the Spark project, from wherever it is pulled: spark:3.5.3,
// registry.example:5000/apache/spark-py@sha256:...
[[nodiscard]] bool is_spark_image(std::string_view image);

}  // namespace firesteel::spark
