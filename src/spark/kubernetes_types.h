#pragma once
// The parts of Kubernetes' pod that spec.driver and spec.executor pass through, as far as a typing
// mistake there would break silently. For types.cc.
#include "spark/description.h"

namespace firesteel::spark::kubernetes_types {

using enum FieldKind;
inline constexpr std::string_view kProtocols[] = {"TCP", "UDP", "SCTP"};

inline constexpr Type kAnything{.name = "Object", .fields = {}, .open = true};

inline constexpr Field kVolumeFields[] = {
    {.name = "name", .kind = kString, .doc = "name of the volume", .required = true},
};
inline constexpr Type kVolume{.name = "Volume", .fields = kVolumeFields, .open = true};

inline constexpr Field kVolumeMountFields[] = {
    {.name = "name", .kind = kString, .doc = "name of a volume", .required = true},
    {.name = "mountPath", .kind = kString, .doc = "path in the container", .required = true},
    {.name = "readOnly", .kind = kBoolean, .doc = "no writing"},
    {.name = "subPath", .kind = kString, .doc = "path in the volume"},
};
inline constexpr Type kVolumeMount{
    .name = "VolumeMount", .fields = kVolumeMountFields, .open = true};

inline constexpr Field kEnvVarFields[] = {
    {.name = "name", .kind = kString, .doc = "name of the variable", .required = true},
    {.name = "value", .kind = kString, .doc = "its value"},
    {.name = "valueFrom", .kind = kObject, .doc = "where its value comes from", .type = &kAnything},
};
inline constexpr Type kEnvVar{.name = "EnvVar", .fields = kEnvVarFields, .open = true};

inline constexpr Field kTolerationFields[] = {
    {.name = "key", .kind = kString, .doc = "key of the taint"},
    {.name = "operator", .kind = kString, .doc = "Equal or Exists"},
    {.name = "value", .kind = kString, .doc = "value of the taint"},
    {.name = "effect", .kind = kString, .doc = "effect of the taint"},
    {.name = "tolerationSeconds", .kind = kLong, .doc = "how long it is tolerated"},
};
inline constexpr Type kToleration{.name = "Toleration", .fields = kTolerationFields, .open = true};

inline constexpr Field kContainerFields[] = {
    {.name = "name", .kind = kString, .doc = "name of the container", .required = true},
    {.name = "image", .kind = kString, .doc = "its image"},
    {.name = "command", .kind = kStrings, .doc = "its program"},
    {.name = "args", .kind = kStrings, .doc = "the program's arguments"},
    {.name = "env", .kind = kObjects, .doc = "environment variables", .type = &kEnvVar},
    {.name = "volumeMounts", .kind = kObjects, .doc = "mounted volumes", .type = &kVolumeMount},
};
inline constexpr Type kContainer{.name = "Container", .fields = kContainerFields, .open = true};

inline constexpr Field kHostAliasFields[] = {
    {.name = "ip", .kind = kString, .doc = "an address", .required = true, .checked_here = true},
    {.name = "hostnames", .kind = kStrings, .doc = "its names"},
};
inline constexpr Type kHostAlias{.name = "HostAlias", .fields = kHostAliasFields, .open = true};

inline constexpr Field kIngressTlsFields[] = {
    {.name = "hosts", .kind = kStrings, .doc = "host names"},
    {.name = "secretName", .kind = kString, .doc = "Secret with the certificate"},
};
inline constexpr Type kIngressTls{.name = "IngressTLS", .fields = kIngressTlsFields, .open = true};

inline constexpr Field kNamePathFields[] = {
    {.name = "name", .kind = kString, .doc = "name of the object", .required = true},
    {.name = "path", .kind = kString, .doc = "where it is mounted", .required = true},
};
inline constexpr Type kNamePath{.name = "NamePath", .fields = kNamePathFields};

inline constexpr Field kSecretInfoFields[] = {
    {.name = "name", .kind = kString, .doc = "name of the Secret", .required = true},
    {.name = "path", .kind = kString, .doc = "where it is mounted", .required = true},
    {.name = "secretType",
     .kind = kString,
     .doc = "GCPServiceAccount, HadoopDelegationToken or Generic"},
};
inline constexpr Type kSecretInfo{.name = "SecretInfo", .fields = kSecretInfoFields};

inline constexpr Field kNameKeyFields[] = {
    {.name = "name", .kind = kString, .doc = "name of the Secret", .required = true},
    {.name = "key", .kind = kString, .doc = "key in it", .required = true},
};
inline constexpr Type kNameKey{.name = "NameKey", .fields = kNameKeyFields};

inline constexpr Field kGpuFields[] = {
    {.name = "name",
     .kind = kString,
     .doc = "resource name, such as nvidia.com/gpu",
     .required = true},
    {.name = "quantity", .kind = kLong, .doc = "how many", .required = true},
};
inline constexpr Type kGpu{.name = "GPUSpec", .fields = kGpuFields};

inline constexpr Field kPortFields[] = {
    {.name = "name", .kind = kString, .doc = "name of the port", .required = true},
    {.name = "protocol",
     .kind = kString,
     .doc = "TCP, UDP or SCTP",
     .values = kProtocols,
     .checked_here = true},
    {.name = "containerPort",
     .kind = kInteger,
     .doc = "a port number",
     .minimum = 1,
     .maximum = 65535,
     .required = true,
     .checked_here = true},
};
inline constexpr Type kPort{.name = "Port", .fields = kPortFields};

}  // namespace firesteel::spark::kubernetes_types
