#include "apiserver/validation.h"

#include "apiserver/crd.h"
#include "apiserver/metadata_validation.h"
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

Problem unsupported(std::string path, std::string_view found, std::string_view supported) {
  return {std::move(path),
          fmt::format("Unsupported value: \"{}\": supported values: {}", found, supported),
          "FieldValueNotSupported"};
}

void check_quantities(const json::Value& container, const std::string& path, Problems& problems) {
  for (std::string_view list : {"limits", "requests"}) {
    for (const auto& member : json::object_at(container, {"resources", list})) {
      const std::string at =
          fmt::format("{}.resources.{}[{}]", path, list, std::string_view(member.key()));
      const auto quantity = kube::Quantity::from_json(member.value());
      if (!quantity) {
        problems.push_back({at,
                            fmt::format("Invalid value: {}: {}", json::print(member.value()),
                                        quantity.error().message),
                            "FieldValueInvalid"});
      } else if (quantity->is_negative()) {
        problems.push_back({at,
                            fmt::format("Invalid value: \"{}\": must be greater than or equal to 0",
                                        quantity->text()),
                            "FieldValueInvalid"});
      }
    }
  }
}

void check_mounts(const json::Value& container, const std::string& path,
                  const std::set<std::string_view>& volumes, Problems& problems) {
  const json::Array& mounts = json::array_at(container, {"volumeMounts"});
  std::set<std::string_view> paths;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const std::string at = fmt::format("{}.volumeMounts[{}]", path, i);
    const std::string_view name = json::string_at(mounts[i], "name");
    if (!volumes.contains(name)) {
      problems.push_back(
          {at + ".name", fmt::format("Not found: \"{}\"", name), "FieldValueNotFound"});
    }
    const std::string_view mount = json::string_at(mounts[i], "mountPath");
    if (mount.empty()) {
      problems.push_back({at + ".mountPath", "Required value", "FieldValueRequired"});
    } else if (!paths.insert(mount).second) {
      problems.push_back({at + ".mountPath",
                          fmt::format("Invalid value: \"{}\": must be unique", mount),
                          "FieldValueInvalid"});
    }
  }
}

void check_containers(const json::Value& spec, const std::string& path,
                      const std::set<std::string_view>& volumes, Problems& problems) {
  std::set<std::string_view> names;
  for (std::string_view list : {"initContainers", "containers"}) {
    const json::Array& containers = json::array_at(spec, {list});
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const std::string at = fmt::format("{}.{}[{}]", path, list, i);
      const std::string_view name = json::string_at(containers[i], "name");
      if (name.empty()) {
        problems.push_back({at + ".name", "Required value", "FieldValueRequired"});
      }
      for (const std::string& wrong : kube::check_dns1123_label(name)) {
        if (name.empty()) break;
        problems.push_back({at + ".name", fmt::format("Invalid value: \"{}\": {}", name, wrong),
                            "FieldValueInvalid"});
      }
      if (!name.empty() && !names.insert(name).second) {
        problems.push_back(
            {at + ".name", fmt::format("Duplicate value: \"{}\"", name), "FieldValueDuplicate"});
      }
      if (json::string_at(containers[i], "image").empty()) {
        problems.push_back({at + ".image", "Required value", "FieldValueRequired"});
      }
      check_quantities(containers[i], at, problems);
      check_mounts(containers[i], at, volumes, problems);
    }
  }
}

void check_pod_spec(const json::Value& spec, const std::string& path, Problems& problems) {
  std::set<std::string_view> volumes;
  const json::Array& declared = json::array_at(spec, {"volumes"});
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const std::string at = fmt::format("{}.volumes[{}].name", path, i);
    const std::string_view name = json::string_at(declared[i], "name");
    if (name.empty()) {
      problems.push_back({at, "Required value", "FieldValueRequired"});
    } else if (!volumes.insert(name).second) {
      problems.push_back({at, fmt::format("Duplicate value: \"{}\"", name), "FieldValueDuplicate"});
    }
  }
  if (json::array_at(spec, {"containers"}).empty()) {
    problems.push_back({path + ".containers", "Required value", "FieldValueRequired"});
  }
  check_containers(spec, path, volumes, problems);
  const std::string_view restart = json::string_at(spec, "restartPolicy");
  if (restart != "Always" && restart != "OnFailure" && restart != "Never") {
    problems.push_back(
        unsupported(path + ".restartPolicy", restart, "\"Always\", \"OnFailure\", \"Never\""));
  }
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
  // Volumes of a StatefulSet's pods may be claims to come: kube-apiserver does not look either.
  if (json::string_at(object, "kind") == "StatefulSet") return;
  check_pod_spec(json::Value(json::object_at(object, {"spec", "template", "spec"})),
                 "spec.template.spec", problems);
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

// Value maps of strings: what a user writes as a number in YAML is refused, as Go's decoder does.
void check_strings(const json::Value& object, std::string_view member, Problems& problems) {
  for (const auto& each : json::object_at(object, {member})) {
    if (each.value().is_string()) continue;
    problems.push_back(
        {fmt::format("{}[{}]", member, std::string_view(each.key())),
         fmt::format("Invalid value: {}: expected a string, quote it", json::print(each.value())),
         "FieldValueInvalid"});
  }
}

void check_kind(std::string_view kind, const json::Value& object, const json::Value* before,
                Problems& problems) {
  if (kind == "Pod") {
    check_pod(object, before, problems);
  } else if (kind == "Deployment" || kind == "ReplicaSet" || kind == "StatefulSet" ||
             kind == "DaemonSet") {
    check_workload(object, before, true, problems);
  } else if (kind == "Job") {
    check_workload(object, before, false, problems);
  } else if (kind == "ConfigMap") {
    check_strings(object, "data", problems);
    check_immutable_data(object, before, problems);
  } else if (kind == "Secret") {
    check_strings(object, "data", problems);
    check_immutable_data(object, before, problems);
    if (before != nullptr) forbid_change(object, *before, {"type"}, problems);
  } else if (kind == "Service") {
    check_service(object, before, problems);
  } else if (kind == "RoleBinding" || kind == "ClusterRoleBinding") {
    require(object, {"roleRef", "kind"}, problems);
    require(object, {"roleRef", "name"}, problems);
    if (before != nullptr) forbid_change(object, *before, {"roleRef"}, problems);
  } else if (kind == "PersistentVolumeClaim") {
    require(object, {"spec", "accessModes"}, problems);
    require(object, {"spec", "resources", "requests", "storage"}, problems);
  } else if (kind == "CronJob") {
    require(object, {"spec", "schedule"}, problems);
    require(object, {"spec", "jobTemplate"}, problems);
  } else if (kind == "Event") {
    require(object, {"involvedObject"}, problems);
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
  check_kind(served.resource.kind, object, before, problems);
  return problems;
}

}  // namespace firesteel::apiserver
