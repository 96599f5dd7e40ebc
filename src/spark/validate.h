#pragma once
// All that can be known to be wrong with an application before anything is created: the API's
// types, the Kubeflow webhook's rules and Spark's own refusals, everything at once. Shared by the
// admission webhook, the operator, `run` and `render`. Pure.
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::spark {

struct Validation {
  std::vector<Problem> problems;  // the application cannot run: refuse it
  std::vector<Problem>
      warnings;  // it can, but hardly as meant: unknown fields and keys, ignored settings
  [[nodiscard]] bool ok() const { return problems.empty(); }
};

// `application` may be defaulted or not.
[[nodiscard]] Validation validate(const json::Value& application);
// Name, schedule present, concurrencyPolicy, and the template as an application of its own.
[[nodiscard]] Validation validate_scheduled(const json::Value& scheduled_application);

// The error that an API server would answer: kInvalid, `SparkApplication "x" is invalid: path:
// message, ...`.
[[nodiscard]] Error to_error(const Validation& validation, const json::Value& application);

}  // namespace firesteel::spark
