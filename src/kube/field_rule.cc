#include "kube/field_rule.h"

namespace firesteel::kube {
namespace {

using Kind = FieldRule::Kind;

// One line of the table. An empty parent or owner matches any; `parent` is the field above.
struct Row {
  std::string_view field;
  std::string_view parent;
  std::string_view owner;  // kind of the object
  Kind kind;
  std::string_view merge_key;
  std::string_view key;
  std::string_view second_key = {};
  std::string_view second_otherwise = {};
};

constexpr Row kTable[] = {
    // meta/v1 ObjectMeta
    {"ownerReferences", "metadata", "", Kind::kKeyedList, "uid", "uid"},
    {"finalizers", "metadata", "", Kind::kSet, "", ""},
    {"managedFields", "metadata", "", Kind::kAtomic, "", ""},
    // core/v1 PodSpec, wherever it is embedded
    {"containers", "spec", "", Kind::kKeyedList, "name", "name"},
    {"initContainers", "spec", "", Kind::kKeyedList, "name", "name"},
    {"ephemeralContainers", "spec", "", Kind::kKeyedList, "name", "name"},
    {"volumes", "spec", "", Kind::kKeyedList, "name", "name"},
    {"imagePullSecrets", "", "", Kind::kKeyedList, "name", "name"},
    {"hostAliases", "spec", "", Kind::kKeyedList, "ip", "ip"},
    {"resourceClaims", "spec", "", Kind::kKeyedList, "name", "name"},
    {"schedulingGates", "spec", "", Kind::kKeyedList, "name", "name"},
    {"topologySpreadConstraints", "spec", "", Kind::kKeyedList, "topologyKey", "topologyKey",
     "whenUnsatisfiable"},
    {"nodeSelector", "spec", "", Kind::kAtomic, "", ""},
    // core/v1 Container
    {"ports", "containers", "", Kind::kKeyedList, "containerPort", "containerPort", "protocol",
     "TCP"},
    {"ports", "initContainers", "", Kind::kKeyedList, "containerPort", "containerPort", "protocol",
     "TCP"},
    {"ports", "ephemeralContainers", "", Kind::kKeyedList, "containerPort", "containerPort",
     "protocol", "TCP"},
    {"env", "", "", Kind::kKeyedList, "name", "name"},
    {"volumeMounts", "", "", Kind::kKeyedList, "mountPath", "mountPath"},
    {"volumeDevices", "", "", Kind::kKeyedList, "devicePath", "devicePath"},
    {"claims", "resources", "", Kind::kKeyedList, "", "name"},
    {"fieldRef", "", "", Kind::kAtomic, "", ""},
    {"resourceFieldRef", "", "", Kind::kAtomic, "", ""},
    {"configMapKeyRef", "", "", Kind::kAtomic, "", ""},
    {"secretKeyRef", "", "", Kind::kAtomic, "", ""},
    // core/v1 PodStatus, NodeStatus, NodeSpec
    {"podIPs", "status", "", Kind::kKeyedList, "ip", "ip"},
    {"hostIPs", "status", "", Kind::kAtomic, "ip", ""},
    {"addresses", "status", "Node", Kind::kKeyedList, "type", "type"},
    {"podCIDRs", "spec", "Node", Kind::kSet, "", ""},
    // the others
    {"ports", "spec", "Service", Kind::kKeyedList, "port", "port", "protocol", "TCP"},
    {"secrets", "", "ServiceAccount", Kind::kKeyedList, "name", "name"},
    {"webhooks", "", "MutatingWebhookConfiguration", Kind::kKeyedList, "name", "name"},
    {"webhooks", "", "ValidatingWebhookConfiguration", Kind::kKeyedList, "name", "name"},
    {"conditions", "status", "", Kind::kKeyedList, "type", "type"},
    {"selector", "spec", "", Kind::kAtomic, "", ""},
    {"labelSelector", "", "", Kind::kAtomic, "", ""},
    {"namespaceSelector", "", "", Kind::kAtomic, "", ""},
    {"roleRef", "", "", Kind::kAtomic, "", ""},
    {"involvedObject", "", "", Kind::kAtomic, "", ""},
    {"targetRef", "", "", Kind::kAtomic, "", ""},
};

bool matches(const Row& row, std::string_view owner, FieldPath path) {
  if (row.field != path.back() || (!row.owner.empty() && row.owner != owner)) return false;
  return row.parent.empty() || (path.size() > 1 && row.parent == path[path.size() - 2]);
}

}  // namespace

FieldRule built_in_rule(std::string_view kind, FieldPath path) {
  FieldRule rule;
  if (path.empty()) return rule;
  for (const Row& row : kTable) {
    if (!matches(row, kind, path)) continue;
    rule.kind = row.kind;
    rule.merge_key = row.merge_key;
    if (!row.key.empty()) rule.keys.push_back({std::string(row.key), ""});
    if (!row.second_key.empty()) {
      rule.keys.push_back({std::string(row.second_key), std::string(row.second_otherwise)});
    }
    break;
  }
  return rule;
}

}  // namespace firesteel::kube
