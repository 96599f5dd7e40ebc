#pragma once
// The CustomResourceDefinitions (apiextensions.k8s.io/v1), made from description.h: structural
// schemas below 256 KiB each, so that client-side `kubectl apply` works too. Pod-like parts keep
// unknown members. Pure.
#include "base/json/json.h"

namespace firesteel::spark {

[[nodiscard]] json::Value spark_application_crd();
[[nodiscard]] json::Value scheduled_spark_application_crd();

}  // namespace firesteel::spark
