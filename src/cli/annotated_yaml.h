#pragma once
// Rendered objects as YAML with a comment on every field that says which setting made it. Pure.
#include <span>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "spark/explain.h"

namespace firesteel::cli {

// The text of json::print_yaml with trailing comments, aligned: `# from spec.driver.memory`. A
// driver's properties are explained above their file, since a comment inside would be part of it.
// `explanations` are those of one submission, of which `object` is one object.
[[nodiscard]] std::string annotated_yaml(const json::Value& object,
                                         std::span<const spark::Explanation> explanations,
                                         bool coloured);

// The differences of two texts, line by line, as `diff -u` shows them; "" when there are none.
[[nodiscard]] std::string unified_diff(std::string_view before, std::string_view after,
                                       std::string_view before_name, std::string_view after_name,
                                       bool coloured);

}  // namespace firesteel::cli
