#pragma once
// The metadata that the server owns: names, uids, times, generations, deletion. Source: Kubernetes
// API conventions (metadata) and apiserver's pkg/registry/rest.
#include "apiserver/core.h"

namespace firesteel::apiserver {

// The body is of the kind and version of the URL (what is missing is filled in), names and
// namespace agree with the URL. Errors: kBadRequest.
[[nodiscard]] Result<void> check_identity(const Call& call, json::Value& object);

// A new object's metadata: name from generateName, namespace, uid, creationTimestamp, generation 1;
// what only the server may set is dropped. Errors: kBadRequest.
[[nodiscard]] Result<void> begin_metadata(const Call& call, json::Value& object);

// What an update cannot change is taken from `before`: uid, creation and deletion, generation, self
// link.
void keep_metadata(json::Value& object, const json::Value& before);
// Raises metadata.generation when something other than metadata and (with a status subresource)
// status differs.
void raise_generation(const ServedResource& served, json::Value& object, const json::Value& before);

// The preconditions that an object itself states: metadata.uid and metadata.resourceVersion, where
// set, are those of `before`. Errors: kConflict.
[[nodiscard]] Result<void> check_preconditions(const kube::Resource& resource,
                                               const json::Value& object,
                                               const json::Value& before);

// Equal but for managedFields and resourceVersion: writing it would change nothing.
[[nodiscard]] bool same_content(const json::Value& left, const json::Value& right);

// Deletion was asked for, and nothing holds the object any more (finalizers, a namespace's
// spec.finalizers, a grace period): it can go.
[[nodiscard]] bool is_released(const json::Value& object);

}  // namespace firesteel::apiserver
