#pragma once
// The subresources with a behaviour of their own: pods/binding, pods/eviction, scale,
// namespaces/finalize, serviceaccounts/token. (status is a plain write; pods/log is pod_logs.h.)
#include "apiserver/answer.h"
#include "apiserver/core.h"

namespace firesteel::apiserver {

// POST: spec.nodeName from target.name, once. Errors: kConflict when the pod is bound already.
[[nodiscard]] Result<Answer> bind_pod(Call& call, json::Value binding);
// POST: deletes the pod with the Eviction's deleteOptions.
[[nodiscard]] Result<Answer> evict_pod(Call& call, json::Value eviction);
// PUT: replaces spec.finalizers; the last one gone removes the namespace.
[[nodiscard]] Result<Answer> finalize_namespace(Call& call, const json::Value& space);
// GET, PUT and PATCH of autoscaling/v1 Scale.
[[nodiscard]] Result<Answer> read_scale(Call& call);
[[nodiscard]] Result<Answer> replace_scale(Call& call, const json::Value& scale);
[[nodiscard]] Result<Answer> patch_scale(Call& call);
// POST: a TokenRequest, answered with the token.
[[nodiscard]] Result<Answer> request_token(Call& call, json::Value request);

}  // namespace firesteel::apiserver
