#pragma once
// What a client sent, brought into the form of its kind: wrong types refused, unknown and doubled
// fields reported as ?fieldValidation= asks (Strict: refused, Warn or nothing: a warning each,
// Ignore: silently) and dropped. Source: apiserver's handlers (create.go, update.go, patch.go) and
// their strict decoding.
#include "apiserver/core.h"

namespace firesteel::apiserver {

// The object in the body of a create or an update. Errors: kBadRequest in Kubernetes' words.
[[nodiscard]] Result<json::Value> read_object(Call& call);
// An object of a built-in kind that a patch made. Errors: kInvalid of "patch".
[[nodiscard]] Result<void> conform_patched(Call& call, json::Value& object);
// What a server-side apply wants: every field must be one of the kind. Errors: kInternal, as
// kube-apiserver answers.
[[nodiscard]] Result<void> check_applied(const Call& call, const json::Value& applied);
// Drops what the kind does not know: custom kinds report it here, built-in ones have done so when
// they were read. Errors: kBadRequest (Strict).
[[nodiscard]] Result<void> prune(Call& call, json::Value& object);
// A built-in object in its canonical form: empty fields left out, quantities canonical. Nothing
// for custom ones.
void normalise(const ServedResource& served, json::Value& object);

}  // namespace firesteel::apiserver
