#pragma once
// Whether a cluster could ever hold an application's pods: its nodes as if they were empty, its
// quotas as if they were unused. Pure; what is not known refuses nothing.
#include <optional>

#include "base/json/json.h"
#include "spark/validate.h"

namespace firesteel::spark {

struct ClusterRoom {
  std::optional<json::Array> nodes;  // Node objects, or unknown
  json::Array quotas;                // ResourceQuota objects of the application's namespace
};

// Problems: a driver or executor that is larger than every node that its nodeSelector allows, or a
// driver with one executor that is larger than a quota. Where nodes come from an autoscaler (they
// carry its labels), the former is a warning. `application` is defaulted and valid; of another one
// nothing is said.
[[nodiscard]] Validation check_room(const json::Value& application, const ClusterRoom& room);

}  // namespace firesteel::spark
