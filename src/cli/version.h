#pragma once
// The program's own version: `firesteel version`, the operator's image tag, the user agent.
#include <string_view>

namespace firesteel::cli {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace firesteel::cli
