#pragma once
// Settings of an application that nothing will read, each with the reason: no field is silently
// ignored. Pure.
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "spark/app.h"

namespace firesteel::spark {

// Warnings for validation. `application` as the user wrote it (without defaults); `app` may have
// them.
[[nodiscard]] std::vector<Problem> ignored_settings(const json::Value& application, const App& app);

}  // namespace firesteel::spark
