#pragma once
// The admission webhook's part of the platform: Secret, rights by name, Service and the two
// configurations that the operator serves. Pure.
#include <vector>

#include "base/json/json.h"

namespace firesteel::cli {

inline constexpr std::string_view kWebhookName = "spark-operator-webhook";

// Each is complete for server-side apply. The Secret's data and every caBundle are the operator's.
[[nodiscard]] std::vector<json::Value> webhook_objects();

}  // namespace firesteel::cli
