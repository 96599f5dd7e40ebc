#pragma once
// What `firesteel up` installs in the embedded cluster, in order: the specification's namespace,
// the operator with its account and rights, and the job account `spark-operator-spark`. Pure.
#include <string>
#include <vector>

#include "base/json/json.h"

namespace firesteel::cli {

inline constexpr std::string_view kPlatformNamespace = "data-platform";
inline constexpr std::string_view kOperatorName = "spark-operator";
inline constexpr std::string_view kJobServiceAccount = "spark-operator-spark";

// Custom resource definitions first, then the rest. Each is complete for server-side apply.
[[nodiscard]] std::vector<json::Value> platform_objects(std::string_view version);

}  // namespace firesteel::cli
