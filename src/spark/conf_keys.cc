#include "spark/conf_keys.h"

#include <algorithm>

#include "spark/description.h"

namespace firesteel::spark {
namespace {

constexpr std::string_view kPrefix = "spark.kubernetes.";

// Without the prefix "spark.kubernetes.".
constexpr std::string_view kKeys[] = {"allocation.batch.delay",
                                      "allocation.batch.size",
                                      "allocation.driver.readinessTimeout",
                                      "allocation.executor.timeout",
                                      "allocation.maxPendingPods",
                                      "allocation.maxPendingPodsPerRp",
                                      "allocation.maximum",
                                      "allocation.pods.allocator",
                                      "allocation.recoveryMode.enabled",
                                      "appKillPodDeletionGracePeriod",
                                      "authenticate.caCertFile",
                                      "authenticate.clientCertFile",
                                      "authenticate.clientKeyFile",
                                      "authenticate.driver.caCertFile",
                                      "authenticate.driver.clientCertFile",
                                      "authenticate.driver.clientKeyFile",
                                      "authenticate.driver.mounted.caCertFile",
                                      "authenticate.driver.mounted.clientCertFile",
                                      "authenticate.driver.mounted.clientKeyFile",
                                      "authenticate.driver.mounted.oauthTokenFile",
                                      "authenticate.driver.serviceAccountName",
                                      "authenticate.executor.serviceAccountName",
                                      "authenticate.submission.caCertFile",
                                      "authenticate.submission.clientCertFile",
                                      "authenticate.submission.clientKeyFile",
                                      "authenticate.submission.oauthToken",
                                      "authenticate.submission.oauthTokenFile",
                                      "configMap.maxSize",
                                      "container.image",
                                      "container.image.pullPolicy",
                                      "container.image.pullSecrets",
                                      "context",
                                      "decommission.script",
                                      "driver.annotateExitException",
                                      "driver.connectionTimeout",
                                      "driver.container.image",
                                      "driver.limit.cores",
                                      "driver.master",
                                      "driver.ownPersistentVolumeClaim",
                                      "driver.pod.excludedFeatureSteps",
                                      "driver.pod.featureSteps",
                                      "driver.pod.name",
                                      "driver.podTemplateContainerName",
                                      "driver.podTemplateFile",
                                      "driver.request.cores",
                                      "driver.requestTimeout",
                                      "driver.resourceNamePrefix",
                                      "driver.reusePersistentVolumeClaim",
                                      "driver.scheduler.name",
                                      "driver.securityContext.allowPrivilegeEscalation",
                                      "driver.service.deleteOnTermination",
                                      "driver.service.ipFamilies",
                                      "driver.service.ipFamilyPolicy",
                                      "driver.service.publishNotReadyAddresses",
                                      "driver.waitToReusePersistentVolumeClaim",
                                      "dynamicAllocation.deleteGracePeriod",
                                      "executor.apiPollingInterval",
                                      "executor.checkAllContainers",
                                      "executor.container.image",
                                      "executor.decommissionLabel",
                                      "executor.decommissionLabelValue",
                                      "executor.deleteOnTermination",
                                      "executor.deletedExecutorsCacheTimeout",
                                      "executor.disableConfigMap",
                                      "executor.enableApiPolling",
                                      "executor.enableApiWatcher",
                                      "executor.enablePollingWithResourceVersion",
                                      "executor.eventProcessingInterval",
                                      "executor.hadoopConfigMapName",
                                      "executor.limit.cores",
                                      "executor.listenerQueueSize",
                                      "executor.lostCheck.maxAttempts",
                                      "executor.maxPendingPods",
                                      "executor.minTasksPerExecutorBeforeRolling",
                                      "executor.missingPodDetectDelta",
                                      "executor.pod.excludedFeatureSteps",
                                      "executor.pod.featureSteps",
                                      "executor.podDeletionCost",
                                      "executor.podNamePrefix",
                                      "executor.podTemplateContainerName",
                                      "executor.podTemplateFile",
                                      "executor.pvc.resizeFactor",
                                      "executor.pvc.resizeInterval",
                                      "executor.pvc.resizeThreshold",
                                      "executor.request.cores",
                                      "executor.resizeFactor",
                                      "executor.resizeInterval",
                                      "executor.resizeThreshold",
                                      "executor.rollInterval",
                                      "executor.rollPolicy",
                                      "executor.scheduler.name",
                                      "executor.securityContext.allowPrivilegeEscalation",
                                      "executor.terminationGracePeriodSeconds",
                                      "executor.useDriverPodIP",
                                      "executorSnapshotsSubscribersShutdownGracePeriod",
                                      "file.upload.path",
                                      "hadoop.configMapName",
                                      "jars.avoidDownloadSchemes",
                                      "kerberos.krb5.configMapName",
                                      "kerberos.krb5.path",
                                      "kerberos.tokenSecret.itemKey",
                                      "kerberos.tokenSecret.name",
                                      "legacy.useReadWriteOnceAccessMode",
                                      "local.dirs.tmpfs",
                                      "memoryOverheadFactor",
                                      "namespace",
                                      "pyspark.pythonVersion",
                                      "report.interval",
                                      "resource.type",
                                      "scheduler.name",
                                      "scheduler.volcano.podGroupTemplateFile",
                                      "scheduler.volcano.podGroupTemplateJson",
                                      "securityContext.allowPrivilegeEscalation",
                                      "submission.connectionTimeout",
                                      "submission.requestTimeout",
                                      "submission.waitAppCompletion",
                                      "submitInDriver",
                                      "trust.certificates"};

// What follows these is free.
constexpr std::string_view kFamilies[] = {
    "driver.label.", "driver.annotation.", "driver.service.label.", "driver.service.annotation.",
    "driver.secrets.", "driver.secretKeyRef.", "driver.volumes.", "driver.node.selector.",
    "executor.label.", "executor.annotation.", "executor.secrets.", "executor.secretKeyRef.",
    "executor.volumes.", "executor.node.selector.", "node.selector.", "driverEnv.",
    // Spark forks and plugins configure themselves here.
    "allocation.", "executor.roll", "operator."};

}  // namespace

std::string_view misspelt_kubernetes_key(std::string_view key) {
  if (!key.starts_with(kPrefix)) return {};
  const std::string_view rest = key.substr(kPrefix.size());
  if (std::ranges::find(kKeys, rest) != std::end(kKeys)) return {};
  const bool in_family = std::ranges::any_of(
      kFamilies, [&](std::string_view family) { return rest.starts_with(family); });
  if (in_family) return {};
  return nearest(rest, kKeys);
}

}  // namespace firesteel::spark
