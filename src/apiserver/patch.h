#pragma once
// The patch verb in its four forms: JSON patch, merge patch, strategic merge patch (built-in
// kinds), server-side apply.
#include "apiserver/answer.h"
#include "apiserver/core.h"

namespace firesteel::apiserver {

// Errors: kUnsupportedMedia for any other body, kBadRequest and kInvalid for patches that cannot be
// read or applied, kConflict for a stated resourceVersion that is not the newest and for fields of
// other managers; and those of a write.
[[nodiscard]] Result<Answer> patch_object(Call& call);

// One of the first three forms applied to any document: for the scale subresource.
[[nodiscard]] Result<json::Value> apply_patch(const Call& call, const json::Value& current);

}  // namespace firesteel::apiserver
