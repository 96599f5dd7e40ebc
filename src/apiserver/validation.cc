#include "apiserver/validation.h"

#include "apiserver/crd.h"
#include "apiserver/metadata_validation.h"
#include "apiserver/pod_validation.h"
#include "apiserver/rules_of_kinds.h"
#include "base/json/print.h"
#include "kube/names.h"
#include "kube/object.h"
#include "kube/quantity.h"
#include "kube/schema.h"
#include "kube/selector.h"

namespace firesteel::apiserver {

namespace {

using Problems = std::vector<Problem>;

void require(const json::Value& object, std::initializer_list<std::string_view> keys,
             Problems& problems) {
  const json::Value* found = json::find(object, keys);
  if (found != nullptr && !found->is_null() && !(found->is_string() && found->get_string().empty()))
    return;
  std::string path;
  for (std::string_view key : keys) path += (path.empty() ? "" : ".") + std::string(key);
  problems.push_back({path, "Required value", "FieldValueRequired"});
}

void forbid_change(const json::Value& object, const json::Value& before,
                   std::initializer_list<std::string_view> keys, Problems& problems) {
  const json::Value* now = json::find(object, keys);
  const json::Value* old = json::find(before, keys);
  const bool same = (now == nullptr) == (old == nullptr) && (now == nullptr || *now == *old);
  if (same) return;
  std::string path;
  for (std::string_view key : keys) path += (path.empty() ? "" : ".") + std::string(key);
  problems.push_back({path,
                      fmt::format("Invalid value: {}: field is immutable",
                                  now == nullptr ? "null" : json::print(*now)),
                      "FieldValueInvalid"});
}

// What may still change in a pod's spec, taken out of both sides. Source: core/validation
// ValidatePodUpdate.
json::Value fixed_spec(const json::Value& pod) {
  json::Value spec = json::object_at(pod, {"spec"});
  for (std::string_view member : {"activeDeadlineSeconds", "tolerations", "schedulingGates",
                                  "terminationGracePeriodSeconds"}) {
    json::remove(spec.as_object(), member);
  }
  for (std::string_view list : {"containers", "initContainers"}) {
    json::Value* containers = spec.as_object().if_contains(list);
    if (containers == nullptr || !containers->is_array()) continue;
    for (json::Value& container : containers->get_array()) {
      if (container.is_object()) json::remove(container.get_object(), "image");
    }
  }
  return spec;
}

void check_pod(const json::Value& pod, const json::Value* before, Problems& problems) {
  if (before == nullptr) {
    check_pod_spec(json::Value(json::object_at(pod, {"spec"})), "spec", problems);
    return;
  }
  if (fixed_spec(pod) != fixed_spec(*before)) {
    problems.push_back(
        {"spec",
         "Forbidden: pod updates may not change fields other than "
         "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
         "`spec.tolerations` (only additions to existing tolerations),"
         "`spec.terminationGracePeriodSeconds`",
         "FieldValueForbidden"});
  }
}

void check_workload(const json::Value& object, const json::Value* before, bool with_selector,
                    Problems& problems) {
  if (with_selector) {
    require(object, {"spec", "selector"}, problems);
    if (before != nullptr) forbid_change(object, *before, {"spec", "selector"}, problems);
    const json::Value* selector = json::find(object, {"spec", "selector"});
    if (selector != nullptr && json::find(object, {"spec", "template"}) != nullptr) {
      const auto parsed = kube::LabelSelector::from_json(*selector);
      const json::Object& labels =
          json::object_at(object, {"spec", "template", "metadata", "labels"});
      if (!parsed) {
        problems.insert(problems.end(), parsed.error().problems.begin(),
                        parsed.error().problems.end());
      } else if (!parsed->matches(labels)) {
        problems.push_back({"spec.template.metadata.labels",
                            fmt::format("Invalid value: {}: `selector` does not match template "
                                        "`labels`",
                                        json::print(labels)),
                            "FieldValueInvalid"});
      }
    }
  }
  const std::int64_t replicas = json::int_at(object, {"spec", "replicas"});
  if (replicas < 0) {
    problems.push_back(
        {"spec.replicas",
         fmt::format("Invalid value: {}: must be greater than or equal to 0", replicas),
         "FieldValueInvalid"});
  }
  // Volumes of a StatefulSet's pods may be claims to come: kube-apiserver does not look either.
  if (json::string_at(object, "kind") == "StatefulSet") return;
  const json::Value spec(json::object_at(object, {"spec", "template", "spec"}));
  check_pod_spec(spec, "spec.template.spec", problems);
  const std::string_view restart = json::string_at(spec, "restartPolicy");
  if (with_selector && (restart == "OnFailure" || restart == "Never")) {
    problems.push_back(unsupported("spec.template.spec.restartPolicy", restart, "\"Always\""));
  }
  if (!with_selector) check_job_restart(restart, "spec.template.spec.restartPolicy", problems);
}

void check_immutable_data(const json::Value& object, const json::Value* before,
                          Problems& problems) {
  if (before == nullptr || !json::bool_at(*before, {"immutable"})) return;
  for (std::string_view member : {"immutable", "data", "binaryData"}) {
    const json::Value* now = json::find(object, member);
    const json::Value* old = json::find(*before, member);
    if ((now == nullptr) == (old == nullptr) && (now == nullptr || *now == *old)) continue;
    problems.push_back({std::string(member),
                        "Forbidden: field is immutable when `immutable` is set",
                        "FieldValueForbidden"});
  }
}

void check_service(const json::Value& service, const json::Value* before, Problems& problems) {
  static constexpr std::string_view kTypes[] = {"ClusterIP", "ExternalName", "LoadBalancer",
                                                "NodePort"};
  const std::string_view type = json::string_at(service, {"spec", "type"});
  if (std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes)) {
    problems.push_back(unsupported(
        "spec.type", type, "\"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\""));
  }
  const json::Array& ports = json::array_at(service, {"spec", "ports"});
  const bool headless = json::string_at(service, {"spec", "clusterIP"}) == "None";
  if (ports.empty() && type != "ExternalName" && !headless) {
    problems.push_back({"spec.ports", "Required value", "FieldValueRequired"});
  }
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::int64_t port = json::int_at(ports[i], {"port"});
    if (port < 1 || port > 65535) {
      problems.push_back(
          {fmt::format("spec.ports[{}].port", i),
           fmt::format("Invalid value: {}: must be between 1 and 65535, inclusive", port),
           "FieldValueInvalid"});
    }
    check_target_port(ports[i], i, problems);
    if (ports.size() > 1 && json::string_at(ports[i], "name").empty()) {
      problems.push_back(
          {fmt::format("spec.ports[{}].name", i), "Required value", "FieldValueRequired"});
    }
  }
  if (before != nullptr && type != "ExternalName" &&
      !json::string_at(*before, {"spec", "clusterIP"}).empty()) {
    forbid_change(service, *before, {"spec", "clusterIP"}, problems);
  }
}

void check_kind(const ServedResource& served, const json::Value& object, const json::Value* before,
                Problems& problems) {
  const std::string_view kind = served.resource.kind;
  if (kind == "Pod") {
    check_pod(object, before, problems);
  } else if (kind == "Deployment" || kind == "ReplicaSet" || kind == "StatefulSet" ||
             kind == "DaemonSet") {
    check_workload(object, before, true, problems);
  } else if (kind == "Job") {
    check_workload(object, before, false, problems);
  } else if (kind == "ConfigMap") {
    check_config_map(object, problems);
    check_immutable_data(object, before, problems);
  } else if (kind == "Secret") {
    check_secret(object, problems);
    check_immutable_data(object, before, problems);
    if (before != nullptr) forbid_change(object, *before, {"type"}, problems);
  } else if (kind == "Service") {
    check_service(object, before, problems);
  } else if (kind == "RoleBinding" || kind == "ClusterRoleBinding") {
    require(object, {"roleRef", "kind"}, problems);
    require(object, {"roleRef", "name"}, problems);
    if (before != nullptr) forbid_change(object, *before, {"roleRef"}, problems);
  } else if (kind == "PersistentVolumeClaim") {
    check_claim(object, problems);
  } else if (kind == "CronJob") {
    check_cron_job(object, problems);
  } else if (kind == "Role" || kind == "ClusterRole") {
    check_rules(object, kind == "Role", problems);
  } else if (kind == "Event" && served.resource.group.empty()) {
    check_event(object, problems);
  } else if (kind == "CustomResourceDefinition") {
    const Problems more = validate_crd(object);
    problems.insert(problems.end(), more.begin(), more.end());
  }
}

}  // namespace

std::vector<Problem> validate_object(const ServedResource& served, const json::Value& object,
                                     const json::Value* before) {
  Problems problems = kube::check_metadata(object, served.resource.kind);
  for (const Problems& more : {check_finalizers(object, before), check_owners(object)}) {
    problems.insert(problems.end(), more.begin(), more.end());
  }
  if (served.custom) {
    if (served.schema) {
      const Problems more = served.schema->validate(object);
      problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
  }
  check_kind(served, object, before, problems);
  return problems;
}

}  // namespace firesteel::apiserver
