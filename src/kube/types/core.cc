#include "kube/types/text.h"

namespace firesteel::kube {

// Source: core/v1 besides pods and volumes; discovery/v1, events/v1, coordination/v1.
const std::string_view kCoreTypes = R"(
= /v1 core

FinalizerName = string
NamespacePhase = string
NamespaceConditionType = string
NodePhase = string
NodeConditionType = string
NodeAddressType = string
UniqueVolumeName = string
SecretType = string
ServiceType = string
ServiceAffinity = string
ServiceExternalTrafficPolicy = string
ServiceInternalTrafficPolicy = string
IPFamily = string
IPFamilyPolicy = string
LimitType = string
ResourceQuotaScope = string
ScopeSelectorOperator = string
AddressType = string

kind ConfigMap: immutable *bool; data {}string; binaryData {}bytes
kind Secret: immutable *bool; data {}bytes; stringData {}string; type SecretType
kind ServiceAccount: secrets []ObjectReference(name); imagePullSecrets []LocalObjectReference;
  automountServiceAccountToken *bool
ObjectReference%: kind string; namespace string; name string; uid UID; apiVersion string;
  resourceVersion string; fieldPath string

kind Namespace: spec NamespaceSpec; status NamespaceStatus
NamespaceSpec: finalizers []FinalizerName
NamespaceStatus: phase NamespacePhase; conditions []NamespaceCondition(type)
NamespaceCondition: type! NamespaceConditionType; status! ConditionStatus;
  lastTransitionTime Time; reason string; message string

kind Node: spec NodeSpec; status NodeStatus
NodeSpec: podCIDR string; podCIDRs []string(set+); providerID string; unschedulable bool;
  taints []Taint; configSource *NodeConfigSource; externalID string
Taint: key! string; value string; effect! TaintEffect; timeAdded *Time
NodeConfigSource: configMap *ConfigMapNodeConfigSource
ConfigMapNodeConfigSource: namespace! string; name! string; uid UID; resourceVersion string;
  kubeletConfigKey! string
NodeStatus: capacity ResourceList; allocatable ResourceList; phase NodePhase;
  conditions []NodeCondition(type); addresses []NodeAddress(type);
  daemonEndpoints NodeDaemonEndpoints; nodeInfo NodeSystemInfo; images []ContainerImage;
  volumesInUse []UniqueVolumeName; volumesAttached []AttachedVolume; config *NodeConfigStatus;
  runtimeHandlers []NodeRuntimeHandler; features *NodeFeatures
NodeCondition: type! NodeConditionType; status! ConditionStatus; lastHeartbeatTime+ Time;
  lastTransitionTime+ Time; reason string; message string
NodeAddress: type! NodeAddressType; address! string
NodeDaemonEndpoints: kubeletEndpoint DaemonEndpoint
DaemonEndpoint: Port! int32
NodeSystemInfo: machineID! string; systemUUID! string; bootID! string; kernelVersion! string;
  osImage! string; containerRuntimeVersion! string; kubeletVersion! string;
  kubeProxyVersion! string; operatingSystem! string; architecture! string; swap *NodeSwapStatus
NodeSwapStatus: capacity *int64
ContainerImage: names+ []string; sizeBytes int64
AttachedVolume: name! UniqueVolumeName; devicePath! string
NodeConfigStatus: assigned *NodeConfigSource; active *NodeConfigSource;
  lastKnownGood *NodeConfigSource; error string
NodeRuntimeHandler: name+ string; features *NodeRuntimeHandlerFeatures
NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts *bool; userNamespaces *bool
NodeFeatures: supplementalGroupsPolicy *bool

kind Service: spec ServiceSpec; status ServiceStatus
ServiceSpec: ports []ServicePort(port,protocol); selector %{}string; clusterIP string;
  clusterIPs []string; type ServiceType; externalIPs []string; sessionAffinity ServiceAffinity;
  loadBalancerIP string; loadBalancerSourceRanges []string; externalName string;
  externalTrafficPolicy ServiceExternalTrafficPolicy; healthCheckNodePort int32;
  publishNotReadyAddresses bool; sessionAffinityConfig *SessionAffinityConfig;
  ipFamilies []IPFamily; ipFamilyPolicy *IPFamilyPolicy; allocateLoadBalancerNodePorts *bool;
  loadBalancerClass *string; internalTrafficPolicy *ServiceInternalTrafficPolicy;
  trafficDistribution *string
ServicePort: name string; protocol Protocol=TCP; appProtocol *string; port! int32;
  targetPort IntOrString; nodePort int32
SessionAffinityConfig: clientIP *ClientIPConfig
ClientIPConfig: timeoutSeconds *int32
ServiceStatus: loadBalancer LoadBalancerStatus; conditions []Condition(type)
LoadBalancerStatus: ingress []LoadBalancerIngress
LoadBalancerIngress: ip string; hostname string; ipMode *string; ports []PortStatus
PortStatus: port! int32; protocol! Protocol; error *string

kind Endpoints: subsets []EndpointSubset
EndpointSubset: addresses []EndpointAddress; notReadyAddresses []EndpointAddress;
  ports []EndpointPort
EndpointAddress%: ip! string; hostname string; nodeName *string; targetRef *ObjectReference
EndpointPort%: name string; port! int32; protocol Protocol; appProtocol *string

kind Event: involvedObject! ObjectReference; reason string; message string; source EventSource;
  firstTimestamp+ Time; lastTimestamp+ Time; count int32; type string; eventTime+ MicroTime;
  series *EventSeries; action string; related *ObjectReference; reportingComponent+ string;
  reportingInstance+ string
EventSource: component string; host string
EventSeries: count int32; lastObservedTime MicroTime

kind LimitRange: spec LimitRangeSpec
LimitRangeSpec: limits! []LimitRangeItem
LimitRangeItem: type! LimitType; max ResourceList; min ResourceList; default ResourceList;
  defaultRequest ResourceList; maxLimitRequestRatio ResourceList
kind ResourceQuota: spec ResourceQuotaSpec; status ResourceQuotaStatus
ResourceQuotaSpec: hard ResourceList; scopes []ResourceQuotaScope; scopeSelector *ScopeSelector
ScopeSelector%: matchExpressions []ScopedResourceSelectorRequirement
ScopedResourceSelectorRequirement: scopeName! ResourceQuotaScope;
  operator! ScopeSelectorOperator; values []string
ResourceQuotaStatus: hard ResourceList; used ResourceList

kind ReplicationController: spec ReplicationControllerSpec; status ReplicationControllerStatus
ReplicationControllerSpec: replicas *int32; minReadySeconds int32; selector %{}string;
  template *PodTemplateSpec
ReplicationControllerStatus: replicas! int32; fullyLabeledReplicas int32; readyReplicas int32;
  availableReplicas int32; observedGeneration int64;
  conditions []ReplicationControllerCondition(type)
ReplicationControllerCondition: type! string; status! ConditionStatus; lastTransitionTime Time;
  reason string; message string
TopologySelectorTerm%: matchLabelExpressions []TopologySelectorLabelRequirement
TopologySelectorLabelRequirement: key! string; values! []string

= discovery.k8s.io/v1 discovery
AddressType = string
kind EndpointSlice: addressType! AddressType; endpoints! []Endpoint; ports+ []EndpointPort
Endpoint: addresses! []string(set); conditions EndpointConditions; hostname *string;
  targetRef *ObjectReference; deprecatedTopology {}string; nodeName *string; zone *string;
  hints *EndpointHints
EndpointConditions: ready *bool; serving *bool; terminating *bool
EndpointHints: forZones []ForZone; forNodes []ForNode
ForZone: name! string
ForNode: name! string
EndpointPort%: name *string; protocol *Protocol; port *int32; appProtocol *string

= events.k8s.io/v1 events
kind Event: eventTime! MicroTime; series *EventSeries; reportingController string;
  reportingInstance string; action string; reason string; regarding ObjectReference;
  related *ObjectReference; note string; type string; deprecatedSource EventSource;
  deprecatedFirstTimestamp+ Time; deprecatedLastTimestamp+ Time; deprecatedCount int32
EventSeries: count! int32; lastObservedTime! MicroTime

= coordination.k8s.io/v1 coordination
CoordinatedLeaseStrategy = string
kind Lease: spec LeaseSpec
LeaseSpec: holderIdentity *string; leaseDurationSeconds *int32; acquireTime *MicroTime;
  renewTime *MicroTime; leaseTransitions *int32; strategy *CoordinatedLeaseStrategy;
  preferredHolder *string

= scheduling.k8s.io/v1 scheduling
kind PriorityClass: value! int32; globalDefault bool; description string;
  preemptionPolicy *PreemptionPolicy
)";

}  // namespace firesteel::kube
