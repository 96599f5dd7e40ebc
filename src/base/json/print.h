#pragma once
// JSON to text. Shortest numbers that read back the same (0.1, not 1E-1), no escaping of '/', UTF-8
// as is. Pure.
#include <string>

#include "base/json/json.h"

namespace firesteel::json {

// Compact, members in their order.
[[nodiscard]] std::string print(const Value& value);
void print_to(std::string& out, const Value& value);
// Two-space indentation, as kubectl's -o json.
[[nodiscard]] std::string print_pretty(const Value& value);
// Compact with members sorted by key: equal documents have equal canonical text.
[[nodiscard]] std::string print_canonical(const Value& value);

}  // namespace firesteel::json
