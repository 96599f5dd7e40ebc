#pragma once
// Error to metav1.Status and back: the one place where the two meet. Source: Kubernetes
// apimachinery, api/errors and metav1.StatusReason. Pure.
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "kube/resource.h"

namespace firesteel::kube {

struct StatusCode {
  int http;                 // 404
  std::string_view reason;  // "NotFound"
};

[[nodiscard]] StatusCode status_code(ErrorCode code);
// The Status object with status "Failure"; problems become details.causes. `resource` and `name`
// fill details when given.
[[nodiscard]] json::Value to_status(const Error& error, const Resource* resource = nullptr,
                                    std::string_view name = {});
// From a Status body (or any other body that came with an HTTP error).
[[nodiscard]] Error from_status(int http, const json::Value& body);

// kInvalid in Kubernetes' words: `Pod "x" is invalid: spec.a: Required value`, several problems in
// brackets.
[[nodiscard]] Error invalid_error(const Resource& resource, std::string_view name,
                                  std::vector<Problem> problems);

}  // namespace firesteel::kube
