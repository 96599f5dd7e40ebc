#pragma once
// For the tables of decide's tests: a world in a few words, a decision in one line.
#include <string>
#include <string_view>
#include <vector>

#include "operator/decide/application.h"

namespace firesteel::operators::decide {

// 2026-11-22T12:00:00Z.
[[nodiscard]] TimePoint test_now();

// The application "pi" (uid app-1, generation 1) with a JSON merge patch on top. In the patch, $ID
// is the submission id of the present specification without the patch's own "spec", and $T-30
// thirty seconds before now.
[[nodiscard]] json::Value test_application(std::string_view merge_patch);

// Words for one pod each: role, phase, then options as key=value:
//   "driver Running", "driver Failed exit=137 reason=OOMKilled", "driver Pending id=other deleting
//   owner=gone".
[[nodiscard]] std::vector<json::Document> test_pods(std::string_view words);

// What a pass sees: `live` says whether it looked at the server itself.
[[nodiscard]] Observed test_observed(std::string_view application_patch, std::string_view pods,
                                     bool live);

// "delete pi-driver; write FAILING: why; event SparkDriverFailed; on change".
[[nodiscard]] std::string describe(const Decision& decision);
// The status that the decision writes, or null.
[[nodiscard]] json::Value written_status(const Decision& decision);

}  // namespace firesteel::operators::decide
