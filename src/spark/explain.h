#pragma once
// For `firesteel render`: which setting made each field of a submission's objects. Pure.
#include <string>
#include <utility>
#include <vector>

#include "base/json/json.h"
#include "spark/submission.h"

namespace firesteel::spark {

struct Explanation {
  std::string object;  // "Pod/spark-pi-driver"
  std::string path;    // "spec.containers[spark-kubernetes-driver].resources.limits.memory"
  std::string reason;  // "spec.driver.memory", "Spark", "operator"
};

// One for every leaf of every object, in document order, and one for every property of the driver's
// configuration ("spark.properties[KEY]"). `application` is the one that `submission` was built
// from.
[[nodiscard]] std::vector<Explanation> explain(const Submission& submission,
                                               const json::Value& application);

}  // namespace firesteel::spark
