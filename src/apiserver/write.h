#pragma once
// create, update and patch: one path for all kinds. What came in is checked against the URL,
// completed (metadata, defaults, pruning), validated, attributed to its manager, and stored at the
// revision it was made from, or tried again.
#include <functional>

#include "apiserver/answer.h"
#include "apiserver/core.h"

namespace firesteel::apiserver {

// POST of a collection: 201 with the object. Errors: kBadRequest, kInvalid with all problems,
// kAlreadyExists, kNotFound and kForbidden for a namespace that is missing or going away.
[[nodiscard]] Result<Answer> create_object(Call& call, json::Value object);
// PUT of an object or its status.
[[nodiscard]] Result<Answer> replace_object(Call& call, json::Value object);

// The next state of an object; may be called again on a newer one.
using Transform = std::function<Result<json::Value>(const json::Value& current)>;
struct Change {
  std::string subresource;  // "" = the main resource
  bool tracked = false;     // managedFields are already right (server-side apply)
};
// Reads, transforms, completes, checks and writes; begins anew when somebody else wrote in between.
// An object whose deletion nothing holds back any more is removed. A change that changes nothing
// writes nothing. Gives the object as the caller's version shows it.
[[nodiscard]] Result<json::Document> change_object(Call& call, std::string_view name,
                                                   const Transform& transform,
                                                   const Change& change);

// The end of create_object, for an object whose managedFields may be right already.
[[nodiscard]] Result<Answer> finish_create(Call& call, json::Value object, bool tracked);

// An object about to be stored: prunes and defaults by schema, defaults of built-in kinds, hooks,
// validation. `before` is null on creation. Errors: kBadRequest (strict), kInvalid, kForbidden.
[[nodiscard]] Result<void> admit(Call& call, json::Value& object, const json::Value* before,
                                 std::string_view subresource);

}  // namespace firesteel::apiserver
