#pragma once
// Sets of completion indexes as a Job's status writes them: "1,3-5,7". Pure. Source:
// kube-controller-manager, pkg/controller/job/indexed_job_utils.go.
#include <set>
#include <string>
#include <string_view>

#include "base/json/json.h"

namespace firesteel::cluster {

// What is no number is left out, and so is what is not below `completions`.
[[nodiscard]] std::set<int> parse_indexes(std::string_view text, int completions);
[[nodiscard]] std::string print_indexes(const std::set<int>& indexes);
// The index that a pod was made for; -1 without one.
[[nodiscard]] int index_of(const json::Value& pod);

}  // namespace firesteel::cluster
