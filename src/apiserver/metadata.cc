#include "apiserver/metadata.h"

#include <random>

#include "kube/names.h"
#include "kube/object.h"
#include "kube/status.h"
#include "net/tls.h"

namespace firesteel::apiserver {

namespace {

std::size_t random_below(std::size_t bound) {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(generator);
}

// Kinds whose generation counts changes of the spec. Source: the strategies in Kubernetes'
// pkg/registry.
bool has_generation(const ServedResource& served) {
  if (served.custom) return true;
  static const std::set<std::string_view> kKinds = {"Pod",
                                                    "Deployment",
                                                    "ReplicaSet",
                                                    "StatefulSet",
                                                    "DaemonSet",
                                                    "Job",
                                                    "CronJob",
                                                    "ReplicationController",
                                                    "Ingress",
                                                    "NetworkPolicy",
                                                    "PodDisruptionBudget",
                                                    "CustomResourceDefinition",
                                                    "PodTemplate",
                                                    "IngressClass",
                                                    "PriorityClass"};
  return kKinds.contains(served.resource.kind);
}

json::Value without(const json::Value& object, std::initializer_list<std::string_view> members) {
  json::Value copy = object;
  for (std::string_view member : members) json::remove(copy.as_object(), member);
  return copy;
}

}  // namespace

Result<void> check_identity(const Call& call, json::Value& object) {
  const kube::Resource& resource = call.resource();
  if (!object.is_object()) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("the body is no object; expected a {}", resource.kind));
  }
  const std::string version = resource.api_version();
  const std::string_view found_version = json::string_at(object, "apiVersion");
  const std::string_view found_kind = json::string_at(object, "kind");
  if (!found_version.empty() && found_version != version) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("the API version in the data ({}) does not match the expected API "
                            "version ({})",
                            found_version, version));
  }
  if (call.served->custom && !found_kind.empty() && found_kind != resource.kind) {
    kube::Resource named = resource;
    named.kind = found_kind;
    return std::unexpected(kube::invalid_error(
        named, kube::name_of(object),
        {{"kind", fmt::format("Invalid value: \"{}\": must be {}", found_kind, resource.kind),
          "FieldValueInvalid"}}));
  }
  if (!found_kind.empty() && found_kind != resource.kind) {
    return fail(ErrorCode::kBadRequest, fmt::format("the kind in the data ({}) does not match the "
                                                    "expected kind ({})",
                                                    found_kind, resource.kind));
  }
  object.as_object()["apiVersion"] = version;
  object.as_object()["kind"] = resource.kind;
  const json::Value* metadata = json::find(object, "metadata");
  if (metadata != nullptr && !metadata->is_object() && !metadata->is_null()) {
    return fail(ErrorCode::kBadRequest, "metadata: expected an object");
  }
  json::Object& own = json::make_object(object, {"metadata"});
  if (!call.served->namespaced()) {
    json::remove(own, "namespace");
  } else {
    const std::string_view space = kube::namespace_of(object);
    if (!space.empty() && space != call.path.space) {
      return fail(ErrorCode::kBadRequest,
                  "the namespace of the provided object does not match the namespace sent on the "
                  "request");
    }
    own["namespace"] = call.path.space;
  }
  const std::string_view name = kube::name_of(object);
  if (!call.path.name.empty() && !name.empty() && name != call.path.name) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                            name, call.path.name));
  }
  if (!call.path.name.empty()) own["name"] = call.path.name;
  return {};
}

Result<void> begin_metadata(const Call& call, json::Value& object) {
  if (!kube::resource_version_of(object).empty()) {
    return fail(ErrorCode::kBadRequest,
                "resourceVersion should not be set on objects to be created");
  }
  json::Object& metadata = json::make_object(object, {"metadata"});
  for (std::string_view member :
       {"resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
    json::remove(metadata, member);
  }
  const std::string prefix(json::string_at(object, {"metadata", "generateName"}));
  if (kube::name_of(object).empty() && !prefix.empty()) {
    metadata["name"] = kube::generate_name(prefix, random_below);
  }
  metadata["uid"] = net::random_uuid();
  metadata["creationTimestamp"] = format_time(call.core.now());
  if (has_generation(*call.served)) metadata["generation"] = 1;
  return {};
}

void keep_metadata(json::Value& object, const json::Value& before) {
  json::Object& metadata = json::make_object(object, {"metadata"});
  const json::Object& old = json::object_at(before, {"metadata"});
  for (std::string_view member :
       {"name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp",
        "deletionGracePeriodSeconds", "generateName", "resourceVersion"}) {
    if (const json::Value* value = json::find(old, member)) {
      metadata[member] = *value;
    } else {
      json::remove(metadata, member);
    }
  }
  json::remove(metadata, "selfLink");
}

void raise_generation(const ServedResource& served, json::Value& object,
                      const json::Value& before) {
  if (!has_generation(served)) return;
  bool changed = false;
  if (!served.custom && json::find(before, "spec") != nullptr) {
    const json::Value* spec = json::find(object, "spec");
    changed = spec == nullptr || *spec != *json::find(before, "spec");
  } else if (served.has_spec_status) {
    changed = without(object, {"metadata", "status"}) != without(before, {"metadata", "status"});
  } else {
    changed = without(object, {"metadata"}) != without(before, {"metadata"});
  }
  const std::int64_t old = json::int_at(before, {"metadata", "generation"}, 0);
  if (changed) json::make_object(object, {"metadata"})["generation"] = old + 1;
}

Result<void> check_preconditions(const kube::Resource& resource, const json::Value& object,
                                 const json::Value& before) {
  const std::string_view uid = kube::uid_of(object);
  const std::string_view name = kube::name_of(before);
  if (!uid.empty() && uid != kube::uid_of(before)) {
    return conflict(resource, name,
                    fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: "
                                "{}",
                                uid, kube::uid_of(before)));
  }
  const std::string_view version = kube::resource_version_of(object);
  if (!version.empty() && version != "0" && version != kube::resource_version_of(before)) {
    return conflict(resource, name, kModified);
  }
  return {};
}

bool same_content(const json::Value& left, const json::Value& right) {
  if (without(left, {"metadata"}) != without(right, {"metadata"})) return false;
  json::Value a(json::object_at(left, {"metadata"}));
  json::Value b(json::object_at(right, {"metadata"}));
  return without(a, {"managedFields", "resourceVersion"}) ==
         without(b, {"managedFields", "resourceVersion"});
}

bool is_released(const json::Value& object) {
  if (!kube::is_deleting(object)) return false;
  if (!json::array_at(object, {"metadata", "finalizers"}).empty()) return false;
  if (json::string_at(object, "kind") == "Namespace" &&
      !json::array_at(object, {"spec", "finalizers"}).empty()) {
    return false;
  }
  return json::int_at(object, {"metadata", "deletionGracePeriodSeconds"}) == 0;
}

}  // namespace firesteel::apiserver
