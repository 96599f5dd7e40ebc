#pragma once
// What metadata must hold beyond names and labels (kube::check_metadata): finalizers and owners.
// Source: Kubernetes, apimachinery/pkg/api/validation/objectmeta.go. Pure.
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

// `before` is null for a creation.
[[nodiscard]] std::vector<Problem> check_finalizers(const json::Value& object,
                                                    const json::Value* before);
[[nodiscard]] std::vector<Problem> check_owners(const json::Value& object);

}  // namespace firesteel::apiserver
