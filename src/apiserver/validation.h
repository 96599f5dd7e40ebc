#pragma once
// What must hold for an object of a built-in kind: names, required fields of the kinds in use, and
// what an update may not change. Messages are those of Kubernetes' pkg/apis/*/validation. Pure; all
// problems at once.
#include <vector>

#include "apiserver/registry.h"
#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

// `before` is null on creation. For the main resource, not its subresources.
[[nodiscard]] std::vector<Problem> validate_object(const ServedResource& served,
                                                   const json::Value& object,
                                                   const json::Value* before);

}  // namespace firesteel::apiserver
