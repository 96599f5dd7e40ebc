#include "kube/object.h"

namespace firesteel::kube {

json::Value owner_reference(const json::Value& owner, bool controller, bool block_owner_deletion) {
  json::Object reference{{"apiVersion", json::string_at(owner, "apiVersion")},
                         {"kind", json::string_at(owner, "kind")},
                         {"name", name_of(owner)},
                         {"uid", uid_of(owner)}};
  if (controller) reference["controller"] = true;
  if (block_owner_deletion) reference["blockOwnerDeletion"] = true;
  return reference;
}

const json::Value* controller_of(const json::Value& object) {
  for (const json::Value& reference : json::array_at(object, {"metadata", "ownerReferences"})) {
    if (json::bool_at(reference, {"controller"})) return &reference;
  }
  return nullptr;
}

}  // namespace firesteel::kube
