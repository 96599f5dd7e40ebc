#include "kube/types/text.h"

namespace firesteel::kube {

// Source: apps/v1, batch/v1, policy/v1, networking/v1, rbac/v1.
const std::string_view kWorkloadTypes = R"(
= apps/v1 apps
DeploymentStrategyType = string
DeploymentConditionType = string
ReplicaSetConditionType = string
StatefulSetConditionType = string
DaemonSetConditionType = string
PodManagementPolicyType = string
StatefulSetUpdateStrategyType = string
DaemonSetUpdateStrategyType = string
PersistentVolumeClaimRetentionPolicyType = string

kind ControllerRevision: data any; revision! int64
kind Deployment: spec DeploymentSpec; status DeploymentStatus
DeploymentSpec: replicas *int32; selector! *LabelSelector; template! PodTemplateSpec;
  strategy DeploymentStrategy~; minReadySeconds int32; revisionHistoryLimit *int32; paused bool;
  progressDeadlineSeconds *int32
DeploymentStrategy: type DeploymentStrategyType; rollingUpdate *RollingUpdateDeployment
RollingUpdateDeployment: maxUnavailable *IntOrString; maxSurge *IntOrString
DeploymentStatus: observedGeneration int64; replicas int32; updatedReplicas int32;
  readyReplicas int32; availableReplicas int32; unavailableReplicas int32;
  terminatingReplicas *int32; conditions []DeploymentCondition(type); collisionCount *int32
DeploymentCondition: type! DeploymentConditionType; status! ConditionStatus;
  lastUpdateTime Time; lastTransitionTime Time; reason string; message string
kind ReplicaSet: spec ReplicaSetSpec; status ReplicaSetStatus
ReplicaSetSpec: replicas *int32; minReadySeconds int32; selector! *LabelSelector;
  template PodTemplateSpec
ReplicaSetStatus: replicas! int32; fullyLabeledReplicas int32; readyReplicas int32;
  availableReplicas int32; terminatingReplicas *int32; observedGeneration int64;
  conditions []ReplicaSetCondition(type)
ReplicaSetCondition: type! ReplicaSetConditionType; status! ConditionStatus;
  lastTransitionTime Time; reason string; message string
kind StatefulSet: spec StatefulSetSpec; status StatefulSetStatus
StatefulSetSpec: replicas *int32; selector! *LabelSelector; template! PodTemplateSpec;
  volumeClaimTemplates []PersistentVolumeClaim; serviceName+ string;
  podManagementPolicy PodManagementPolicyType; updateStrategy StatefulSetUpdateStrategy;
  revisionHistoryLimit *int32; minReadySeconds int32;
  persistentVolumeClaimRetentionPolicy *StatefulSetPersistentVolumeClaimRetentionPolicy;
  ordinals *StatefulSetOrdinals
StatefulSetUpdateStrategy: type StatefulSetUpdateStrategyType;
  rollingUpdate *RollingUpdateStatefulSetStrategy
RollingUpdateStatefulSetStrategy: partition *int32; maxUnavailable *IntOrString
StatefulSetPersistentVolumeClaimRetentionPolicy:
  whenDeleted PersistentVolumeClaimRetentionPolicyType;
  whenScaled PersistentVolumeClaimRetentionPolicyType
StatefulSetOrdinals: start+ int32
StatefulSetStatus: observedGeneration int64; replicas! int32; readyReplicas int32;
  currentReplicas int32; updatedReplicas int32; currentRevision string; updateRevision string;
  collisionCount *int32; conditions []StatefulSetCondition(type); availableReplicas+ int32
StatefulSetCondition: type! StatefulSetConditionType; status! ConditionStatus;
  lastTransitionTime Time; reason string; message string
kind DaemonSet: spec DaemonSetSpec; status DaemonSetStatus
DaemonSetSpec: selector! *LabelSelector; template! PodTemplateSpec;
  updateStrategy DaemonSetUpdateStrategy; minReadySeconds int32; revisionHistoryLimit *int32
DaemonSetUpdateStrategy: type DaemonSetUpdateStrategyType; rollingUpdate *RollingUpdateDaemonSet
RollingUpdateDaemonSet: maxUnavailable *IntOrString; maxSurge *IntOrString
DaemonSetStatus: currentNumberScheduled! int32; numberMisscheduled! int32;
  desiredNumberScheduled! int32; numberReady! int32; observedGeneration int64;
  updatedNumberScheduled int32; numberAvailable int32; numberUnavailable int32;
  collisionCount *int32; conditions []DaemonSetCondition(type)
DaemonSetCondition: type! DaemonSetConditionType; status! ConditionStatus;
  lastTransitionTime Time; reason string; message string

= batch/v1 batch
CompletionMode = string
ConcurrencyPolicy = string
JobConditionType = string
PodFailurePolicyAction = string
PodFailurePolicyOnExitCodesOperator = string
PodReplacementPolicy = string
kind Job: spec JobSpec; status JobStatus
JobSpec: parallelism *int32; completions *int32; activeDeadlineSeconds *int64;
  podFailurePolicy *PodFailurePolicy; successPolicy *SuccessPolicy; backoffLimit *int32;
  backoffLimitPerIndex *int32; maxFailedIndexes *int32; selector *LabelSelector;
  manualSelector *bool; template! PodTemplateSpec; ttlSecondsAfterFinished *int32;
  completionMode *CompletionMode; suspend *bool; podReplacementPolicy *PodReplacementPolicy;
  managedBy *string
PodFailurePolicy: rules! []PodFailurePolicyRule
PodFailurePolicyRule: action! PodFailurePolicyAction;
  onExitCodes *PodFailurePolicyOnExitCodesRequirement;
  onPodConditions []PodFailurePolicyOnPodConditionsPattern
PodFailurePolicyOnExitCodesRequirement: containerName *string;
  operator! PodFailurePolicyOnExitCodesOperator; values! []int32(set)
PodFailurePolicyOnPodConditionsPattern: type! PodConditionType; status! ConditionStatus
SuccessPolicy: rules! []SuccessPolicyRule
SuccessPolicyRule: succeededIndexes *string; succeededCount *int32
JobStatus: conditions []JobCondition(^type); startTime *Time; completionTime *Time; active int32;
  succeeded int32; failed int32; terminating *int32; completedIndexes string;
  failedIndexes *string; uncountedTerminatedPods *UncountedTerminatedPods; ready *int32
JobCondition: type! JobConditionType; status! ConditionStatus; lastProbeTime Time;
  lastTransitionTime Time; reason string; message string
UncountedTerminatedPods: succeeded []UID(set); failed []UID(set)
kind CronJob: spec CronJobSpec; status CronJobStatus
CronJobSpec: schedule! string; timeZone *string; startingDeadlineSeconds *int64;
  concurrencyPolicy ConcurrencyPolicy; suspend *bool; jobTemplate! JobTemplateSpec;
  successfulJobsHistoryLimit *int32; failedJobsHistoryLimit *int32
JobTemplateSpec: metadata ObjectMeta; spec JobSpec
CronJobStatus: active []ObjectReference; lastScheduleTime *Time; lastSuccessfulTime *Time

= policy/v1 policy
UnhealthyPodEvictionPolicyType = string
kind PodDisruptionBudget: spec PodDisruptionBudgetSpec; status PodDisruptionBudgetStatus
PodDisruptionBudgetSpec: minAvailable *IntOrString; selector *LabelSelector;
  maxUnavailable *IntOrString; unhealthyPodEvictionPolicy *UnhealthyPodEvictionPolicyType
PodDisruptionBudgetStatus: observedGeneration int64; disruptedPods {}Time;
  disruptionsAllowed! int32; currentHealthy! int32; desiredHealthy! int32; expectedPods! int32;
  conditions []Condition(type)
kind Eviction: deleteOptions *DeleteOptions

= networking.k8s.io/v1 networking
PathType = string
PolicyType = string
kind Ingress: spec IngressSpec; status IngressStatus
IngressSpec: ingressClassName *string; defaultBackend *IngressBackend; tls []IngressTLS;
  rules []IngressRule
IngressBackend: service *IngressServiceBackend; resource *TypedLocalObjectReference
IngressServiceBackend: name! string; port ServiceBackendPort
ServiceBackendPort%: name string; number int32
IngressTLS: hosts []string; secretName string
IngressRule: host string; http *HTTPIngressRuleValue
HTTPIngressRuleValue: paths! []HTTPIngressPath
HTTPIngressPath: path string; pathType! *PathType; backend! IngressBackend
IngressStatus: loadBalancer IngressLoadBalancerStatus
IngressLoadBalancerStatus: ingress []IngressLoadBalancerIngress
IngressLoadBalancerIngress: ip string; hostname string; ports []IngressPortStatus
IngressPortStatus: port! int32; protocol! Protocol; error *string
kind IngressClass: spec IngressClassSpec
IngressClassSpec: controller string; parameters *IngressClassParametersReference
IngressClassParametersReference: apiGroup+ *string; kind! string; name! string; scope+ *string;
  namespace *string
kind NetworkPolicy: spec NetworkPolicySpec
NetworkPolicySpec: podSelector+ LabelSelector; ingress []NetworkPolicyIngressRule;
  egress []NetworkPolicyEgressRule; policyTypes []PolicyType
NetworkPolicyIngressRule: ports []NetworkPolicyPort; from []NetworkPolicyPeer
NetworkPolicyEgressRule: ports []NetworkPolicyPort; to []NetworkPolicyPeer
NetworkPolicyPort: protocol *Protocol; port *IntOrString; endPort *int32
NetworkPolicyPeer: podSelector *LabelSelector; namespaceSelector *LabelSelector; ipBlock *IPBlock
IPBlock: cidr! string; except []string

= rbac.authorization.k8s.io/v1 rbac
kind Role: rules+ []PolicyRule
kind ClusterRole: rules+ []PolicyRule; aggregationRule *AggregationRule
PolicyRule: verbs! []string; apiGroups []string; resources []string; resourceNames []string;
  nonResourceURLs []string
AggregationRule: clusterRoleSelectors []LabelSelector
kind RoleBinding: subjects []Subject; roleRef! RoleRef
kind ClusterRoleBinding: subjects []Subject; roleRef! RoleRef
Subject%: kind! string; apiGroup string; name! string; namespace string
RoleRef%: apiGroup! string; kind! string; name! string
)";

}  // namespace firesteel::kube
