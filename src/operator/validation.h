#pragma once
// What the validating and mutating webhooks do, as functions that an API server calls: the embedded
// one is given them, `firesteel operator` serves them. Pure, but for the
// machine's time zones.
#include <functional>
#include <map>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "kube/resource.h"

namespace firesteel::operators {

// All problems of an object at once; those with the reason "Warning" do not refuse it.
using Validator = std::function<std::vector<Problem>(const json::Value& object)>;
using Defaulter = std::function<void(json::Value& object)>;

// For sparkapplications and scheduledsparkapplications.
[[nodiscard]] std::map<kube::Resource, Validator> validators();
// For sparkapplications. Idempotent.
[[nodiscard]] std::map<kube::Resource, Defaulter> defaulters();

}  // namespace firesteel::operators
