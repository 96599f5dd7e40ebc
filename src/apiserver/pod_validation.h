#pragma once
// What must hold for a PodSpec, a pod's or a template's. Source: ValidatePodSpec in Kubernetes'
// pkg/apis/core/validation. Pure.
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

// Appends what is wrong with `spec`, which stands at `path` ("spec.template.spec").
void check_pod_spec(const json::Value& spec, const std::string& path,
                    std::vector<Problem>& problems);
// `Unsupported value: "x": supported values: ...`.
[[nodiscard]] Problem unsupported(std::string path, std::string_view found,
                                  std::string_view supported);

}  // namespace firesteel::apiserver
