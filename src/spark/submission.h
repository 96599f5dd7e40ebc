#pragma once
// One attempt's objects, from a SparkApplication: what Spark's own Kubernetes submission client
// would create, with what the Kubeflow webhook would have patched in. Pure. Source of the rules:
// Spark's KubernetesClientApplication, KubernetesDriverBuilder and its feature steps, per minor
// version.
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"
#include "spark/conf.h"

namespace firesteel::spark {

// Everything that Spark takes from chance, clock and environment; fixed by the operator's intent
// before anything is created, so that building twice gives the same objects.
struct AttemptInputs {
  std::string submission_id;   // UUID; label sparkoperator.k8s.io/submission-id
  std::string application_id;  // "spark-" + 32 hex digits: spark.app.id, label spark-app-selector
  std::string unique_id;       // the 16 hex digits of Spark's resource prefix (see names.h)
  std::string local_dir_id;    // UUID of /var/data/spark-<uuid>
  TimePoint submitted_at;      // spark.app.submitTime
  std::string kubernetes_master;     // "https://10.96.0.1:443": spark.master without k8s://
  std::string spark_user = "spark";  // SPARK_USER, who submits
  // Service account of drivers that name none; "" = the namespace's default one.
  std::string default_service_account;
  // Spark 4.2+ adds a NetworkPolicy for executors, which every real cluster serves.
  bool network_policy = false;
  // Only what spark-submit does, for comparing with it: secrets stay in the properties, pods get no
  // security context.
  bool like_spark_submit = false;
};

struct Submission {
  json::Value driver_pod;  // created first
  // Created after the pod, in this order, each with an owner reference to it that the caller fills
  // in (kube::owner_reference(pod, true, false)): Prometheus ConfigMap,
  // inline program, driver Service, NetworkPolicy, on-demand claims, executor-template ConfigMap,
  // Secret of what must not be in the properties,
  // properties ConfigMap: Spark's own order, with ours before it.
  std::vector<json::Value> dependents;
  std::string driver_pod_name;
  std::string spark_version;          // "3.5.9", and where it came from
  std::string spark_version_source;   // "spec.sparkVersion" | "image tag" | "newest known"
  std::vector<std::string> inferred;  // in words: what the manifest left out and was filled in
  std::vector<std::string> warnings;  // in words: settings that have no effect, unknown versions
  // Every property that the driver gets, with the field it came from: for `render`.
  Conf conf;
};

// `application` is a defaulted SparkApplication (spark::apply_defaults). Errors: kInvalid with
// problems for what Spark itself would refuse ("Must specify the driver container image", ...) and
// for what needs a JVM.
[[nodiscard]] Result<Submission> build_submission(const json::Value& application,
                                                  const AttemptInputs& inputs);

}  // namespace firesteel::spark
