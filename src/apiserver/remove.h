#pragma once
// delete and deletecollection. A pod on a node gets its grace period (the node agent then deletes
// with 0); an object with finalizers is only marked; propagation policies Foreground and Orphan
// become finalizers, which the garbage collector serves. Source: apiserver's
// pkg/registry/rest/delete.go, core/pod/strategy.go.
#include "apiserver/answer.h"
#include "apiserver/core.h"

namespace firesteel::apiserver {

struct Deletion {
  std::optional<std::int64_t> grace_seconds;
  std::string propagation;  // "", Background, Foreground, Orphan
  std::string uid;          // precondition
  std::string resource_version;
  bool dry_run = false;
  bool admitted = false;  // webhooks have been asked already, about what led to it
};

// From a DeleteOptions body (may be empty) and the query. Errors: kBadRequest, kInvalid.
[[nodiscard]] Result<Deletion> read_deletion(const Call& call, const json::Value* body);

// A Status when the object is gone, the marked object when it is not yet. Errors: kNotFound,
// kConflict, kForbidden.
[[nodiscard]] Result<Answer> remove_object(Call& call, std::string_view name,
                                           const Deletion& deletion);
[[nodiscard]] Result<Answer> remove_collection(Call& call, const Deletion& deletion);

}  // namespace firesteel::apiserver
