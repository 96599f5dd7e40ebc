#include "apiserver/subresources.h"

#include "apiserver/auth.h"
#include "apiserver/eviction.h"
#include "apiserver/json_path.h"
#include "apiserver/patch.h"
#include "apiserver/remove.h"
#include "apiserver/webhook_admission.h"
#include "apiserver/write.h"
#include "kube/conditions.h"
#include "kube/object.h"
#include "kube/selector.h"
#include "kube/status.h"

namespace firesteel::apiserver {

namespace {

// What subresources take. Source: Kubernetes' API reference.
const kube::Resource kScale{"autoscaling", "v1", "scales", "Scale"};
const kube::Resource kBinding{"", "v1", "bindings", "Binding"};
const kube::Resource kEviction{"policy", "v1", "evictions", "Eviction"};
const kube::Resource kTokenRequest{"authentication.k8s.io", "v1", "tokenrequests", "TokenRequest"};

Answer answer_with(json::Value object, int status) {
  return Answer{status, ObjectAnswer{std::make_shared<const json::Value>(std::move(object))}};
}

json::Value success(int code) {
  return json::Object{{"kind", "Status"},
                      {"apiVersion", "v1"},
                      {"metadata", json::Object()},
                      {"status", "Success"},
                      {"code", code}};
}

// ".spec.replicas" of a CRD, or the built-in kinds' own.
struct ScalePaths {
  std::string spec = ".spec.replicas";
  std::string status = ".status.replicas";
  std::string selector;
};

ScalePaths scale_paths(const ServedResource& served) {
  if (!served.custom) return {};
  return {served.scale_spec_path, served.scale_status_path, served.scale_selector_path};
}

std::int64_t number_at(const json::Value& object, const std::string& path) {
  const auto parsed = JsonPath::parse(path);
  if (!parsed) return 0;
  const auto found = parsed->find(object);
  if (found.empty() || !found.front()->is_number()) return 0;
  return json::int_at(json::Object{{"n", *found.front()}}, {"n"});
}

std::string selector_of(const ServedResource& served, const json::Value& object,
                        const std::string& path) {
  if (served.custom) {
    const auto parsed = JsonPath::parse(path);
    if (!parsed) return {};
    const auto found = parsed->find(object);
    return !found.empty() && found.front()->is_string()
               ? std::string(json::view(found.front()->get_string()))
               : std::string();
  }
  const json::Value* selector = json::find(object, {"spec", "selector"});
  if (selector == nullptr) return {};
  const auto parsed = kube::LabelSelector::from_json(*selector);
  return parsed ? parsed->text() : std::string();
}

json::Value scale_of(const ServedResource& served, const json::Value& object) {
  const ScalePaths paths = scale_paths(served);
  json::Object metadata;
  for (std::string_view member :
       {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}) {
    if (const json::Value* value = json::find(object, {"metadata", member})) {
      metadata[member] = *value;
    }
  }
  json::Object status{{"replicas", number_at(object, paths.status)}};
  json::Object spec;  // no replicas are left out
  if (const auto wanted = number_at(object, paths.spec); wanted != 0) spec["replicas"] = wanted;
  const std::string selector = selector_of(served, object, paths.selector);
  if (!selector.empty()) status["selector"] = selector;
  return json::Object{{"kind", "Scale"},
                      {"apiVersion", "autoscaling/v1"},
                      {"metadata", std::move(metadata)},
                      {"spec", std::move(spec)},
                      {"status", std::move(status)}};
}

// Sets the member at a path of plain names, which is all that specReplicasPath may be.
void set_at(json::Value& object, std::string_view path, std::int64_t number) {
  json::Value* at = &object;
  while (!path.empty()) {
    path.remove_prefix(path.front() == '.' ? 1 : 0);
    const std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(name.size());
    if (!at->is_object()) *at = json::Object();
    at = &at->get_object()[name];
  }
  *at = number;
}

Result<json::Value> with_scale(const Call& call, const json::Value& current,
                               const json::Value& scale) {
  const json::Value* replicas = json::find(scale, {"spec", "replicas"});
  const std::int64_t number = json::int_at(scale, {"spec", "replicas"}, -1);
  if (replicas != nullptr && number < 0) {
    return std::unexpected(kube::invalid_error(
        {"autoscaling", "v1", "scale", "Scale"}, call.path.name,
        {{"spec.replicas",
          fmt::format("Invalid value: {}: must be greater than or equal to 0", number),
          "FieldValueInvalid"}}));
  }
  json::Value next = current;
  const std::string_view version = kube::resource_version_of(scale);
  if (!version.empty()) json::make_object(next, {"metadata"})["resourceVersion"] = version;
  set_at(next, scale_paths(*call.served).spec, std::max<std::int64_t>(number, 0));
  return next;
}

Result<Answer> change_scale(Call& call, const Transform& new_scale) {
  const auto rescale = [&](const json::Value& current) -> Result<json::Value> {
    const json::Value before = scale_of(*call.served, current);
    json::Value scale = TRY(new_scale(before));
    TRY(admit_subresource(call, AdmissionOperation::kUpdate, kScale, scale, &before));
    return with_scale(call, current, scale);
  };
  const json::Document changed =
      TRY(change_object(call, call.path.name, rescale, Change{"scale", false}));
  return answer_with(scale_of(*call.served, *changed), 200);
}

Result<json::Value> bound(const Call& call, const json::Value& pod, const json::Value& binding) {
  const std::string_view node = json::string_at(binding, {"target", "name"});
  const std::string_view already = json::string_at(pod, {"spec", "nodeName"});
  const std::string_view name = kube::name_of(pod);
  if (!already.empty()) {
    return conflict(call.resource(), name,
                    fmt::format("pod {} is already assigned to node \"{}\"", name, already));
  }
  if (kube::is_deleting(pod)) {
    return conflict(call.resource(), name,
                    fmt::format("pod {} is being deleted, cannot be assigned to a host", name));
  }
  json::Value next = pod;
  json::make_object(next, {"spec"})["nodeName"] = node;
  for (std::string_view member : {"annotations", "labels"}) {
    for (const auto& each : json::object_at(binding, {"metadata", member})) {
      json::make_object(next, {"metadata", member})[each.key()] = each.value();
    }
  }
  json::Value status = json::object_at(next, {"status"});
  kube::set_condition(status, "PodScheduled", "True", "", "", call.core.now());
  next.as_object()["status"] = std::move(status);
  return next;
}

}  // namespace

Result<Answer> bind_pod(Call& call, json::Value binding) {
  TRY(admit_subresource(call, AdmissionOperation::kCreate, kBinding, binding));
  if (json::string_at(binding, {"target", "name"}).empty()) {
    return std::unexpected(
        kube::invalid_error({"", "v1", "bindings", "Binding"}, call.path.name,
                            {{"target.name", "Required value", "FieldValueRequired"}}));
  }
  TRY(change_object(
      call, call.path.name, [&](const json::Value& pod) { return bound(call, pod, binding); },
      Change{"binding", false}));
  return answer_with(success(201), 201);
}

Result<Answer> evict_pod(Call& call, json::Value eviction) {
  TRY(admit_subresource(call, AdmissionOperation::kCreate, kEviction, eviction));
  const json::Value* options = json::find(eviction, "deleteOptions");
  Deletion deletion = TRY(read_deletion(call, options));
  deletion.admitted = true;
  const json::Document pod = call.core.get(call.resource(), call.path.space, call.path.name);
  if (pod == nullptr) return not_found(call.resource(), call.path.name);
  TRY(ask_disruption_budget(call, *pod));
  TRY(remove_object(call, call.path.name, deletion));
  return answer_with(success(201), 201);
}

Result<Answer> finalize_namespace(Call& call, const json::Value& space) {
  const json::Document changed = TRY(change_object(
      call, call.path.name,
      [&space](const json::Value& current) -> Result<json::Value> {
        json::Value next = current;
        const std::string_view version = kube::resource_version_of(space);
        if (!version.empty()) json::make_object(next, {"metadata"})["resourceVersion"] = version;
        json::make_object(next, {"spec"})["finalizers"] =
            json::array_at(space, {"spec", "finalizers"});
        return next;
      },
      Change{"finalize", false}));
  return Answer{200, ObjectAnswer{changed}};
}

Result<Answer> read_scale(Call& call) {
  const auto entry = call.core.store().get(key_of(*call.served, call.path.space, call.path.name));
  if (!entry) return not_found(call.resource(), call.path.name);
  return answer_with(scale_of(*call.served, *entry->value), 200);
}

Result<Answer> replace_scale(Call& call, const json::Value& scale) {
  return change_scale(call, [&scale](const json::Value&) -> Result<json::Value> { return scale; });
}

Result<Answer> patch_scale(Call& call) {
  return change_scale(call, [&call](const json::Value& now) { return apply_patch(call, now); });
}

Result<Answer> request_token(Call& call, json::Value request) {
  TRY(admit_subresource(call, AdmissionOperation::kCreate, kTokenRequest, request));
  const json::Document account = call.core.get(call.resource(), call.path.space, call.path.name);
  if (account == nullptr) return not_found(call.resource(), call.path.name);
  json::Document object;
  json::Document node;
  if (const auto bound = bound_object_of(request)) {
    const bool node_itself = bound->resource == kube::resources::kNodes;
    object = call.core.get(bound->resource, node_itself ? "" : call.path.space, bound->name);
    if (object != nullptr && bound->resource == kube::resources::kPods) {
      node = call.core.get(kube::resources::kNodes, "",
                           json::string_at(*object, {"spec", "nodeName"}));
    }
  }
  json::Value answered =
      TRY(create_token(request, *account, BoundObjects{object.get(), node.get()},
                       call.core.options().service_account_key_pem, call.core.now()));
  return answer_with(std::move(answered), 201);
}

}  // namespace firesteel::apiserver
