#pragma once
// For `firesteel render`: which setting made each field of the objects besides the driver's pod.
// Pure.
#include <vector>

#include "spark/explain.h"

namespace firesteel::spark {

// Adds one for every leaf of each of submission.dependents, in document order.
void explain_dependents(const Submission& submission, const json::Value& application,
                        std::vector<Explanation>& out);

}  // namespace firesteel::spark
