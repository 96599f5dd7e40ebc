#pragma once
// status.executorState from the executor pods and what was recorded of those that are gone. Pure.
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "operator/decide/state.h"
#include "operator/decide/status.h"

namespace firesteel::operators::decide {

[[nodiscard]] ExecutorState executor_state_of(const json::Value& pod);

// `executors` are the present attempt's. One that is gone keeps its end; one that had none becomes
// UNKNOWN while the application runs, COMPLETED when it completes (Spark deletes idle and finished
// executors itself), else FAILED; so does one whose deletion killed it. At most `limit` are
// recorded: those that exist come first.
[[nodiscard]] ExecutorStates executor_states(const ExecutorStates& recorded,
                                             const std::vector<const json::Value*>& executors,
                                             State application, std::size_t limit);

}  // namespace firesteel::operators::decide
