// Nodes, RBAC objects, CustomResourceDefinitions, leases, classes, webhooks, budgets.
#include <boost/json/array.hpp>

#include "apiserver/table_columns.h"
#include "kube/object.h"

namespace firesteel::apiserver::tables {
namespace {

std::string node_status(const json::Value& node) {
  std::string out = "Unknown";
  for (const json::Value& condition : json::array_at(node, {"status", "conditions"})) {
    if (json::string_at(condition, "type") != "Ready") continue;
    out = json::string_at(condition, "status") == "True" ? "Ready" : "NotReady";
  }
  if (json::bool_at(node, {"spec", "unschedulable"})) out += ",SchedulingDisabled";
  return out;
}

std::string node_roles(const json::Value& node) {
  constexpr std::string_view kPrefix = "node-role.kubernetes.io/";
  std::set<std::string> roles;
  for (const auto& [key, value] : kube::labels_of(node)) {
    const std::string_view name(key.data(), key.size());
    if (name.starts_with(kPrefix) && name.size() > kPrefix.size()) {
      roles.emplace(name.substr(kPrefix.size()));
    } else if (name == "kubernetes.io/role" && value.is_string()) {
      roles.emplace(json::view(value.get_string()));
    }
  }
  return or_none(joined({roles.begin(), roles.end()}, ","));
}

std::string node_address(const json::Value& node, std::string_view type) {
  for (const json::Value& address : json::array_at(node, {"status", "addresses"})) {
    if (json::string_at(address, "type") == type) {
      return std::string(json::string_at(address, "address"));
    }
  }
  return "<none>";
}

std::string node_info(const json::Value& node, std::string_view key) {
  const std::string_view text = json::string_at(node, {"status", "nodeInfo", key});
  return std::string(text.empty() ? "<unknown>" : text);
}

json::Array node_cells(const json::Value& node, TimePoint now) {
  return {json::Value(kube::name_of(node)),
          json::Value(node_status(node)),
          json::Value(node_roles(node)),
          json::Value(age(node, now)),
          json::Value(json::string_at(node, {"status", "nodeInfo", "kubeletVersion"})),
          json::Value(node_address(node, "InternalIP")),
          json::Value(node_address(node, "ExternalIP")),
          json::Value(node_info(node, "osImage")),
          json::Value(node_info(node, "kernelVersion")),
          json::Value(node_info(node, "containerRuntimeVersion"))};
}

// NAME and CREATED AT: the kinds that show the time itself.
json::Array created_cells(const json::Value& object, TimePoint) {
  return {json::Value(kube::name_of(object)),
          json::Value(json::string_at(object, {"metadata", "creationTimestamp"}))};
}

json::Array binding_cells(const json::Value& object, TimePoint now) {
  std::vector<std::string> users;
  std::vector<std::string> groups;
  std::vector<std::string> accounts;
  for (const json::Value& subject : json::array_at(object, {"subjects"})) {
    const std::string_view kind = json::string_at(subject, "kind");
    const std::string name(json::string_at(subject, "name"));
    if (kind == "User") users.push_back(name);
    if (kind == "Group") groups.push_back(name);
    if (kind == "ServiceAccount") {
      accounts.push_back(fmt::format("{}/{}", json::string_at(subject, "namespace"), name));
    }
  }
  return {json::Value(kube::name_of(object)),
          json::Value(fmt::format("{}/{}", json::string_at(object, {"roleRef", "kind"}),
                                  json::string_at(object, {"roleRef", "name"}))),
          json::Value(age(object, now)),
          json::Value(joined(users, ", ")),
          json::Value(joined(groups, ", ")),
          json::Value(joined(accounts, ", "))};
}

json::Array lease_cells(const json::Value& object, TimePoint now) {
  return {json::Value(kube::name_of(object)),
          json::Value(json::string_at(object, {"spec", "holderIdentity"})),
          json::Value(age(object, now))};
}

json::Array priority_class_cells(const json::Value& object, TimePoint now) {
  std::string_view policy = json::string_at(object, "preemptionPolicy");
  if (policy.empty()) policy = "PreemptLowerPriority";
  return {json::Value(kube::name_of(object)), json::Value(json::int_at(object, {"value"})),
          json::Value(json::bool_at(object, {"globalDefault"})), json::Value(age(object, now)),
          json::Value(policy)};
}

json::Array storage_class_cells(const json::Value& object, TimePoint now) {
  constexpr std::string_view kDefault = "storageclass.kubernetes.io/is-default-class";
  std::string name(kube::name_of(object));
  if (json::string_at(object, {"metadata", "annotations", kDefault}) == "true") {
    name += " (default)";
  }
  std::string_view reclaim = json::string_at(object, "reclaimPolicy");
  if (reclaim.empty()) reclaim = "Delete";
  std::string_view mode = json::string_at(object, "volumeBindingMode");
  if (mode.empty()) mode = "Immediate";
  return {json::Value(name),
          json::Value(json::string_at(object, "provisioner")),
          json::Value(reclaim),
          json::Value(mode),
          json::Value(json::bool_at(object, {"allowVolumeExpansion"})),
          json::Value(age(object, now))};
}

json::Array webhook_cells(const json::Value& object, TimePoint now) {
  return {json::Value(kube::name_of(object)),
          json::Value(static_cast<std::int64_t>(json::array_at(object, {"webhooks"}).size())),
          json::Value(age(object, now))};
}

json::Array network_policy_cells(const json::Value& object, TimePoint now) {
  return {json::Value(kube::name_of(object)),
          json::Value(selector_text(json::find(object, {"spec", "podSelector"}))),
          json::Value(age(object, now))};
}

// A number or a percentage, "N/A" when not set.
std::string int_or_string(const json::Value& object, std::string_view key) {
  const json::Value* value = json::find(object, {"spec", key});
  if (value == nullptr || value->is_null()) return "N/A";
  if (value->is_string()) return std::string(json::view(value->get_string()));
  return fmt::format("{}", json::int_at(object, {"spec", key}));
}

json::Array disruption_budget_cells(const json::Value& object, TimePoint now) {
  return {json::Value(kube::name_of(object)), json::Value(int_or_string(object, "minAvailable")),
          json::Value(int_or_string(object, "maxUnavailable")),
          json::Value(json::int_at(object, {"status", "disruptionsAllowed"})),
          json::Value(age(object, now))};
}

json::Array ingress_cells(const json::Value& object, TimePoint now) {
  std::vector<std::string> hosts;
  for (const json::Value& rule : json::array_at(object, {"spec", "rules"})) {
    const std::string_view host = json::string_at(rule, "host");
    if (!host.empty()) hosts.emplace_back(host);
  }
  std::vector<std::string> addresses;
  for (const json::Value& entry : json::array_at(object, {"status", "loadBalancer", "ingress"})) {
    std::string_view at = json::string_at(entry, "ip");
    if (at.empty()) at = json::string_at(entry, "hostname");
    if (!at.empty()) addresses.emplace_back(at);
  }
  const bool tls = !json::array_at(object, {"spec", "tls"}).empty();
  return {json::Value(kube::name_of(object)),
          json::Value(or_none(json::string_at(object, {"spec", "ingressClassName"}))),
          json::Value(hosts.empty() ? std::string("*") : joined(hosts, ",")),
          json::Value(joined(addresses, ",")),
          json::Value(tls ? "80, 443" : "80"),
          json::Value(age(object, now))};
}

}  // namespace

void add_cluster(ByResource& out) {
  out["nodes"] = {{name_column(), column("Status"), column("Roles"), column("Age"),
                   column("Version"), wide("Internal-IP"), wide("External-IP"), wide("OS-Image"),
                   wide("Kernel-Version"), wide("Container-Runtime")},
                  node_cells};
  const BuiltIn created{{name_column(), column("Created At")}, created_cells};
  out["roles.rbac.authorization.k8s.io"] = created;
  out["clusterroles.rbac.authorization.k8s.io"] = created;
  out["limitranges"] = created;
  out["customresourcedefinitions.apiextensions.k8s.io"] = {
      {name_column(), column("Created At", "date")}, created_cells};
  const BuiltIn binding{{name_column(), column("Role"), column("Age"), wide("Users"),
                         wide("Groups"), wide("ServiceAccounts")},
                        binding_cells};
  out["rolebindings.rbac.authorization.k8s.io"] = binding;
  out["clusterrolebindings.rbac.authorization.k8s.io"] = binding;
  out["leases.coordination.k8s.io"] = {{name_column(), column("Holder"), column("Age")},
                                       lease_cells};
  out["priorityclasses.scheduling.k8s.io"] = {
      {name_column(), column("Value", "integer"), column("Global-Default", "boolean"),
       column("Age"), column("PreemptionPolicy")},
      priority_class_cells};
  out["storageclasses.storage.k8s.io"] = {
      {name_column(), column("Provisioner"), column("ReclaimPolicy"), column("VolumeBindingMode"),
       column("AllowVolumeExpansion", "boolean"), column("Age")},
      storage_class_cells};
  const BuiltIn webhooks{{name_column(), column("Webhooks", "integer"), column("Age")},
                         webhook_cells};
  out["mutatingwebhookconfigurations.admissionregistration.k8s.io"] = webhooks;
  out["validatingwebhookconfigurations.admissionregistration.k8s.io"] = webhooks;
  out["networkpolicies.networking.k8s.io"] = {
      {name_column(), column("Pod-Selector"), column("Age")}, network_policy_cells};
  out["poddisruptionbudgets.policy"] = {
      {name_column(), column("Min Available"), column("Max Unavailable"),
       column("Allowed Disruptions", "integer"), column("Age")},
      disruption_budget_cells};
  out["ingresses.networking.k8s.io"] = {{name_column(), column("Class"), column("Hosts"),
                                         column("Address"), column("Ports"), column("Age")},
                                        ingress_cells};
}

}  // namespace firesteel::apiserver::tables
