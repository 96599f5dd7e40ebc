#pragma once
// The spark.kubernetes.* properties that Spark knows: to name misspelt ones, which Spark ignores
// silently. Pure. Source: Spark's documentation "Running Spark on Kubernetes", 3.4 to 4.3.
#include <string_view>

namespace firesteel::spark {

// The known key that `key` most likely means, or "" when it is known itself or not under
// spark.kubernetes.
[[nodiscard]] std::string_view misspelt_kubernetes_key(std::string_view key);

}  // namespace firesteel::spark
