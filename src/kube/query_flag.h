#pragma once
// Booleans of query parameters. Pure.
#include <string_view>

namespace firesteel::kube {

// What a parameter that is given says: "False" and "0" are false, anything else is true, nothing
// too ("?follow"). The Python client writes "True". Source: apimachinery,
// Convert_Slice_string_To_bool.
[[nodiscard]] constexpr bool query_flag(std::string_view value) {
  if (value == "0") return false;
  constexpr std::string_view kFalse = "false";
  if (value.size() != kFalse.size()) return true;
  for (std::size_t i = 0; i < kFalse.size(); ++i) {
    if ((value[i] | 0x20) != kFalse[i]) return true;
  }
  return false;
}

}  // namespace firesteel::kube
