#pragma once
// What the driver needs besides its pod: Service, ConfigMaps, NetworkPolicy. Pure.
// Source: DriverServiceFeatureStep, KubernetesClientUtils.buildConfigMap, PodTemplateConfigMapStep,
// NetworkPolicyFeatureStep.
#include "base/json/json.h"
#include "spark/submission_context.h"

namespace firesteel::spark {

// Headless, so that executors reach the driver by name.
[[nodiscard]] json::Value driver_service(const SubmissionContext& context);
// spark.properties, from context.conf; what is filled in inside the pod stands beside it.
[[nodiscard]] json::Value properties_config_map(const SubmissionContext& context);
// What must not stand there (see secret_conf.h).
[[nodiscard]] json::Value conf_secret(const SubmissionContext& context);
// The template from which the driver makes executors: spec.executor.template with the executor's
// pod settings.
[[nodiscard]] json::Value executor_template(const SubmissionContext& context);
[[nodiscard]] json::Value executor_template_config_map(const SubmissionContext& context);
// The program that stands in the manifest.
[[nodiscard]] json::Value inline_config_map(const SubmissionContext& context);
// Ingress to executors only from the same application (4.2+).
[[nodiscard]] json::Value network_policy(const SubmissionContext& context);
// spec.driverPodDisruptionBudget: no node is drained under a running driver. Named like its pod, as
// the Kubeflow operator names it.
[[nodiscard]] json::Value disruption_budget(const SubmissionContext& context);

}  // namespace firesteel::spark
