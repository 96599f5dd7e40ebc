#pragma once
// Reading the metadata that every object has. Views into the object: valid as long as it is. Pure.
#include <string>
#include <string_view>

#include "base/json/json.h"

namespace firesteel::kube {

inline std::string_view name_of(const json::Value& object) {
  return json::string_at(object, {"metadata", "name"});
}
inline std::string_view namespace_of(const json::Value& object) {
  return json::string_at(object, {"metadata", "namespace"});
}
inline std::string_view uid_of(const json::Value& object) {
  return json::string_at(object, {"metadata", "uid"});
}
inline std::string_view resource_version_of(const json::Value& object) {
  return json::string_at(object, {"metadata", "resourceVersion"});
}
inline const json::Object& labels_of(const json::Value& object) {
  return json::object_at(object, {"metadata", "labels"});
}
inline std::string_view label_of(const json::Value& object, std::string_view key) {
  const json::Value* value = json::find(labels_of(object), key);
  return value != nullptr && value->is_string() ? json::view(value->get_string())
                                                : std::string_view();
}
inline const json::Object& annotations_of(const json::Value& object) {
  return json::object_at(object, {"metadata", "annotations"});
}
inline bool is_deleting(const json::Value& object) {
  return !json::string_at(object, {"metadata", "deletionTimestamp"}).empty();
}
// "namespace/name", or "name" for cluster-scoped objects: the key of work queues and caches.
inline std::string key_of(const json::Value& object) {
  const std::string_view space = namespace_of(object);
  return space.empty() ? std::string(name_of(object))
                       : std::string(space) + "/" + std::string(name_of(object));
}

// An owner reference to `owner` as controllers set it.
[[nodiscard]] json::Value owner_reference(const json::Value& owner, bool controller,
                                          bool block_owner_deletion);
// The controller among the owner references, or null.
[[nodiscard]] const json::Value* controller_of(const json::Value& object);

}  // namespace firesteel::kube
