#include "kube/types/text.h"

namespace firesteel::kube {

// Source: apimachinery, meta/v1 and autoscaling/v1's Scale.
const std::string_view kMetaTypes = R"(
= meta.k8s.io/v1 meta

UID = string
FieldsV1 = any
DeletionPropagation = string
LabelSelectorOperator = string
ConditionStatus = string
ManagedFieldsOperationType = string

ObjectMeta: name string; generateName string; namespace string; selfLink string; uid UID;
  resourceVersion string; generation int64; creationTimestamp Time; deletionTimestamp *Time;
  deletionGracePeriodSeconds *int64; labels {}string; annotations {}string;
  ownerReferences []OwnerReference(uid); finalizers []string(set+);
  managedFields []ManagedFieldsEntry
OwnerReference%: apiVersion! string; kind! string; name! string; uid! UID; controller *bool;
  blockOwnerDeletion *bool
ManagedFieldsEntry: manager string; operation ManagedFieldsOperationType; apiVersion string;
  time *Time; fieldsType string; fieldsV1 *FieldsV1; subresource string
LabelSelector%: matchLabels {}string; matchExpressions []LabelSelectorRequirement
LabelSelectorRequirement: key! string; operator! LabelSelectorOperator; values []string
FieldSelectorRequirement: key! string; operator! string; values []string
Condition: type! string; status! ConditionStatus; observedGeneration int64;
  lastTransitionTime! Time; reason! string; message! string
Preconditions: uid *UID; resourceVersion *string
DeleteOptions: kind string; apiVersion string; gracePeriodSeconds *int64;
  preconditions *Preconditions; orphanDependents *bool; propagationPolicy *DeletionPropagation;
  dryRun []string; ignoreStoreReadErrorWithClusterBreakingPotential *bool

= autoscaling/v1 autoscaling
kind Scale: spec ScaleSpec; status ScaleStatus
ScaleSpec: replicas int32
ScaleStatus: replicas! int32; selector string

= autoscaling/v2 autoscaling
kind HorizontalPodAutoscaler: spec HorizontalPodAutoscalerSpec; status HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerSpec: scaleTargetRef! CrossVersionObjectReference; minReplicas *int32;
  maxReplicas! int32; metrics []MetricSpec; behavior *HorizontalPodAutoscalerBehavior
CrossVersionObjectReference: kind! string; name! string; apiVersion string
MetricSpec: type! MetricSourceType; object *ObjectMetricSource; pods *PodsMetricSource;
  resource *ResourceMetricSource; containerResource *ContainerResourceMetricSource;
  external *ExternalMetricSource
MetricSourceType = string
MetricTargetType = string
HPAScalingPolicyType = string
ScalingPolicySelect = string
ObjectMetricSource: describedObject! CrossVersionObjectReference; target! MetricTarget;
  metric! MetricIdentifier
PodsMetricSource: metric! MetricIdentifier; target! MetricTarget
ResourceMetricSource: name! ResourceName; target! MetricTarget
ContainerResourceMetricSource: name! ResourceName; target! MetricTarget; container! string
ExternalMetricSource: metric! MetricIdentifier; target! MetricTarget
MetricIdentifier: name! string; selector *LabelSelector
MetricTarget: type! MetricTargetType; value *Quantity; averageValue *Quantity;
  averageUtilization *int32
HorizontalPodAutoscalerBehavior: scaleUp *HPAScalingRules; scaleDown *HPAScalingRules
HPAScalingRules: stabilizationWindowSeconds *int32; selectPolicy *ScalingPolicySelect;
  policies []HPAScalingPolicy; tolerance *Quantity
HPAScalingPolicy: type! HPAScalingPolicyType; value! int32; periodSeconds! int32
HorizontalPodAutoscalerStatus: observedGeneration *int64; lastScaleTime *Time;
  currentReplicas int32; desiredReplicas! int32; currentMetrics []MetricStatus;
  conditions []HorizontalPodAutoscalerCondition(type)
HorizontalPodAutoscalerCondition: type! string; status! ConditionStatus; lastTransitionTime Time;
  reason string; message string
MetricStatus: type! MetricSourceType; object *ObjectMetricStatus; pods *PodsMetricStatus;
  resource *ResourceMetricStatus; containerResource *ContainerResourceMetricStatus;
  external *ExternalMetricStatus
ObjectMetricStatus: metric! MetricIdentifier; current! MetricValueStatus;
  describedObject! CrossVersionObjectReference
PodsMetricStatus: metric! MetricIdentifier; current! MetricValueStatus
ResourceMetricStatus: name! ResourceName; current! MetricValueStatus
ContainerResourceMetricStatus: name! ResourceName; current! MetricValueStatus; container! string
ExternalMetricStatus: metric! MetricIdentifier; current! MetricValueStatus
MetricValueStatus: value *Quantity; averageValue *Quantity; averageUtilization *int32
)";

}  // namespace firesteel::kube
