#pragma once
// The objects of one attempt with ids that are always the same: for `render`, and for `status` to
// say what was filled in.
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "spark/explain.h"
#include "spark/submission.h"

namespace firesteel::cli {

// Zeros for everything that an attempt takes from chance, clock and environment.
[[nodiscard]] spark::AttemptInputs placeholder_inputs();

struct Rendered {
  std::vector<json::Value> objects;              // the driver pod first
  std::vector<std::string> inferred;             // what the manifest left out, in words
  std::vector<spark::Explanation> explanations;  // which setting made each field
};
// `space` is the namespace when the application names none. Errors: as spark::build_submission.
[[nodiscard]] Result<Rendered> render_application(json::Value application, std::string_view space);

}  // namespace firesteel::cli
