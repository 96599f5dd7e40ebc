#pragma once
// get and list, from memory. resourceVersion as Kubernetes' API concepts describe it: unset, 0 and
// NotOlderThan give the newest, Exact gives that revision or 410.
#include "apiserver/answer.h"
#include "apiserver/core.h"

namespace firesteel::apiserver {

// Errors: kNotFound.
[[nodiscard]] Result<Answer> read_one(Call& call);
// All, or ?limit= of them with a ?continue= that goes on in the same snapshot. Errors: kBadRequest
// for selectors and tokens, kGone when the snapshot is no longer there, kTimeout for a revision of
// the future.
[[nodiscard]] Result<Answer> read_list(Call& call);

// ?resourceVersion= as a number; 0 when absent. Errors: kBadRequest.
[[nodiscard]] Result<store::Revision> asked_revision(const net::Query& query);

}  // namespace firesteel::apiserver
