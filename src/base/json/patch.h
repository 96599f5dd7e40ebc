#pragma once
// JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386). Pure.
#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::json {

// `patch` is the array of operations; all are applied or none. Errors: kBadRequest for a malformed
// patch, kInvalid when an operation cannot be applied (missing path, failed test).
[[nodiscard]] Result<Value> apply_json_patch(Value document, const Value& patch);

// Never fails: a merge patch is any document.
[[nodiscard]] Value apply_merge_patch(Value document, const Value& patch);

// The merge patch that makes `from` into `to`: {} when they are equal. Arrays are replaced whole.
[[nodiscard]] Value make_merge_patch(const Value& from, const Value& to);

}  // namespace firesteel::json
