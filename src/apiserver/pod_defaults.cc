#include <random>

#include "apiserver/defaults.h"
#include "apiserver/priority.h"
#include "kube/names.h"
#include "kube/object.h"
#include "kube/quantity.h"

namespace firesteel::apiserver {

namespace {

constexpr std::string_view kTokenDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr std::int64_t kTokenSeconds = 3607;  // kube-apiserver's own value for bound tokens

std::size_t random_below(std::size_t bound) {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(generator);
}

// Latest when the image has no tag (or :latest) and no digest. Source: core/v1 defaults.go.
std::string_view pull_policy(std::string_view image) {
  if (image.find('@') != std::string_view::npos) return "IfNotPresent";
  const std::size_t slash = image.rfind('/');
  const std::size_t colon = image.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon == std::string_view::npos || image.substr(colon) == ":latest") return "Always";
  return "IfNotPresent";
}

void default_probe(json::Object& container, std::string_view name) {
  json::Value* value = container.if_contains(name);
  if (value == nullptr || !value->is_object()) return;
  json::Object& probe = value->get_object();
  set_default(probe, "timeoutSeconds", 1);
  set_default(probe, "periodSeconds", 10);
  set_default(probe, "successThreshold", 1);
  set_default(probe, "failureThreshold", 3);
  if (json::Value* http = probe.if_contains("httpGet"); http != nullptr && http->is_object()) {
    set_default(http->get_object(), "scheme", "HTTP");
    set_default(http->get_object(), "path", "/");
  }
}

// Requests that are missing are the limits. Quantities are stored in their canonical text.
void default_resources(json::Object& container) {
  json::Value holder = container["resources"];
  if (!holder.is_object()) holder = json::Object();
  for (std::string_view list : {"limits", "requests"}) {
    json::Value* values = holder.get_object().if_contains(list);
    if (values == nullptr || !values->is_object()) continue;
    for (auto& member : values->get_object()) {
      const auto quantity = kube::Quantity::from_json(member.value());
      if (quantity) member.value() = quantity->text();
    }
  }
  const json::Object limits = json::object_at(holder, {"limits"});
  if (!limits.empty()) {
    json::Object& requests = json::make_object(holder, {"requests"});
    for (const auto& limit : limits) set_default(requests, limit.key(), limit.value());
  }
  container["resources"] = holder;
}

void default_container(json::Object& container) {
  set_default(container, "terminationMessagePath", "/dev/termination-log");
  set_default(container, "terminationMessagePolicy", "File");
  const json::Value* image = json::find(container, "image");
  if (image != nullptr && image->is_string()) {
    const std::string_view policy = pull_policy(json::view(image->get_string()));
    set_default(container, "imagePullPolicy", json::String(policy));
  }
  default_resources(container);
  for (std::string_view probe : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    default_probe(container, probe);
  }
  if (json::Value* ports = container.if_contains("ports"); ports && ports->is_array()) {
    for (json::Value& port : ports->get_array()) {
      if (port.is_object()) set_default(port.get_object(), "protocol", "TCP");
    }
  }
  if (json::Value* env = container.if_contains("env"); env && env->is_array()) {
    for (json::Value& variable : env->get_array()) {
      if (json::find(variable, {"valueFrom", "fieldRef"}) != nullptr) {
        set_default(json::make_object(variable, {"valueFrom", "fieldRef"}), "apiVersion", "v1");
      }
    }
  }
}

// The files of a downwardAPI volume or projection.
void default_field_references(json::Value& holder) {
  json::Value* items = json::make_object(holder, {"downwardAPI"}).if_contains("items");
  if (items == nullptr || !items->is_array()) return;
  for (json::Value& item : items->get_array()) {
    if (json::find(item, "fieldRef") == nullptr) continue;
    set_default(json::make_object(item, {"fieldRef"}), "apiVersion", "v1");
  }
}

void default_volume_source(json::Value& volume) {
  if (!volume.is_object()) return;
  for (std::string_view source : {"configMap", "secret", "projected", "downwardAPI"}) {
    if (json::find(volume, source) == nullptr) continue;
    set_default(json::make_object(volume, {source}), "defaultMode", 420);
  }
  if (json::find(volume, "hostPath") != nullptr) {
    set_default(json::make_object(volume, {"hostPath"}), "type", "");
  }
  if (json::find(volume, "downwardAPI") != nullptr) default_field_references(volume);
  if (volume.get_object().size() == 1) volume.get_object()["emptyDir"] = json::Object();
  json::Value* projected = volume.get_object().if_contains("projected");
  json::Value* sources = projected && projected->is_object()
                             ? projected->get_object().if_contains("sources")
                             : nullptr;
  if (sources == nullptr || !sources->is_array()) return;
  for (json::Value& source : sources->get_array()) {
    if (json::find(source, "serviceAccountToken") != nullptr) {
      set_default(json::make_object(source, {"serviceAccountToken"}), "expirationSeconds", 3600);
    }
    if (json::find(source, "downwardAPI") != nullptr) default_field_references(source);
  }
}

json::Value token_volume(const std::string& name) {
  return json::Object{
      {"name", name},
      {"projected",
       json::Object{
           {"sources",
            json::Array{
                json::Object{
                    {"serviceAccountToken",
                     json::Object{{"expirationSeconds", kTokenSeconds}, {"path", "token"}}}},
                json::Object{{"configMap", json::Object{{"name", "kube-root-ca.crt"},
                                                        {"items", json::Array{json::Object{
                                                                      {"key", "ca.crt"},
                                                                      {"path", "ca.crt"}}}}}}},
                json::Object{
                    {"downwardAPI",
                     json::Object{
                         {"items", json::Array{json::Object{
                                       {"path", "namespace"},
                                       {"fieldRef",
                                        json::Object{{"apiVersion", "v1"},
                                                     {"fieldPath", "metadata.namespace"}}}}}}}}}}},
           {"defaultMode", 420}}}};
}

bool mounts_token(const json::Value& container) {
  for (const json::Value& mount : json::array_at(container, {"volumeMounts"})) {
    if (json::string_at(mount, "mountPath") == kTokenDirectory) return true;
  }
  return false;
}

// The ServiceAccount admission plugin's token volume, in every container that has none of its own
// there.
void mount_token(json::Object& spec) {
  std::string name;
  for (std::string_view list : {"initContainers", "containers"}) {
    json::Value* containers = spec.if_contains(list);
    if (containers == nullptr || !containers->is_array()) continue;
    for (json::Value& container : containers->get_array()) {
      if (!container.is_object() || mounts_token(container)) continue;
      if (name.empty()) name = kube::generate_name("kube-api-access-", random_below);
      json::Value& mounts = container.get_object()["volumeMounts"];
      if (!mounts.is_array()) mounts = json::Array();
      mounts.get_array().push_back(
          json::Object{{"name", name}, {"readOnly", true}, {"mountPath", kTokenDirectory}});
    }
  }
  if (name.empty()) return;
  json::Value& volumes = spec["volumes"];
  if (!volumes.is_array()) volumes = json::Array();
  volumes.get_array().push_back(token_volume(name));
}

std::unexpected<Error> refuse(const json::Value& pod, std::string_view why) {
  return fail(ErrorCode::kForbidden,
              fmt::format("pods \"{}\" is forbidden: {}", kube::name_of(pod), why));
}

Result<void> admit_service_account(const Core& core, json::Value& pod) {
  json::Object& spec = json::make_object(pod, {"spec"});
  set_default(spec, "serviceAccountName",
              spec.contains("serviceAccount") ? spec["serviceAccount"] : json::Value("default"));
  if (spec["serviceAccountName"] == "") spec["serviceAccountName"] = "default";
  const std::string name(json::string_at(pod, {"spec", "serviceAccountName"}));
  spec["serviceAccount"] = name;
  const json::Document account =
      core.get(kube::resources::kServiceAccounts, kube::namespace_of(pod), name);
  // A namespace's default account comes a moment after the namespace; a pod may be quicker.
  if (account == nullptr && name != "default") {
    return refuse(pod, fmt::format("error looking up service account {}/{}: serviceaccount \"{}\" "
                                   "not found",
                                   kube::namespace_of(pod), name, name));
  }
  const bool by_account =
      account == nullptr || json::bool_at(*account, {"automountServiceAccountToken"}, true);
  if (json::bool_at(pod, {"spec", "automountServiceAccountToken"}, by_account)) mount_token(spec);
  const json::Array& pulls = account ? json::array_at(*account, {"imagePullSecrets"})
                                     : json::array_at(pod, {"no-secrets"});
  if (!pulls.empty() && !spec.contains("imagePullSecrets")) spec["imagePullSecrets"] = pulls;
  return {};
}

// The DefaultTolerationSeconds admission plugin.
void tolerate_node_trouble(json::Object& spec) {
  json::Value& tolerations = spec["tolerations"];
  if (!tolerations.is_array()) tolerations = json::Array();
  for (std::string_view key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    bool there = false;
    for (const json::Value& each : tolerations.get_array()) {
      const std::string_view found = json::string_at(each, "key");
      there = there || found == key || found.empty();
    }
    if (there) continue;
    tolerations.get_array().push_back(json::Object{
        {"key", key}, {"operator", "Exists"}, {"effect", "NoExecute"}, {"tolerationSeconds", 300}});
  }
}

}  // namespace

void default_pod_spec(json::Object& spec) {
  for (std::string_view list : {"initContainers", "containers", "ephemeralContainers"}) {
    json::Value* containers = spec.if_contains(list);
    if (containers == nullptr || !containers->is_array()) continue;
    for (json::Value& container : containers->get_array()) {
      if (container.is_object()) default_container(container.get_object());
    }
  }
  if (json::Value* volumes = spec.if_contains("volumes"); volumes && volumes->is_array()) {
    for (json::Value& volume : volumes->get_array()) default_volume_source(volume);
  }
  set_default(spec, "restartPolicy", "Always");
  set_default(spec, "terminationGracePeriodSeconds", 30);
  set_default(spec, "dnsPolicy", "ClusterFirst");
  if (spec.contains("serviceAccountName") && !spec.contains("serviceAccount")) {
    set_default(spec, "serviceAccount", spec["serviceAccountName"]);
  }
  set_default(spec, "securityContext", json::Object());
  set_default(spec, "schedulerName", "default-scheduler");
}

std::string_view quality_of_service(const json::Value& pod) {
  bool any = false;
  bool guaranteed = true;
  for (std::string_view list : {"containers", "initContainers"}) {
    for (const json::Value& container : json::array_at(pod, {"spec", list})) {
      const json::Object& requests = json::object_at(container, {"resources", "requests"});
      const json::Object& limits = json::object_at(container, {"resources", "limits"});
      for (std::string_view name : {"cpu", "memory"}) {
        const json::Value* request = json::find(requests, name);
        const json::Value* limit = json::find(limits, name);
        any = any || request != nullptr || limit != nullptr;
        guaranteed = guaranteed && limit != nullptr && (request == nullptr || *request == *limit);
      }
    }
  }
  if (!any) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

Result<void> admit_pod(const Core& core, json::Value& pod) {
  TRY(admit_service_account(core, pod));
  TRY(admit_priority(core, pod));
  json::Object& spec = json::make_object(pod, {"spec"});
  tolerate_node_trouble(spec);
  set_default(spec, "enableServiceLinks", true);
  pod.as_object()["status"] =
      json::Object{{"phase", "Pending"}, {"qosClass", quality_of_service(pod)}};
  return {};
}

}  // namespace firesteel::apiserver
