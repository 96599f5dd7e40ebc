#include "operator/decide/executor_state.h"

#include <utility>

#include "kube/object.h"

namespace firesteel::operators::decide {
namespace {

ExecutorState state_of_vanished(ExecutorState recorded, State application) {
  if (is_terminal(recorded)) return recorded;
  switch (application) {
    case State::kCompleted:
    case State::kSucceeding:
      return ExecutorState::kCompleted;
    case State::kRunning:
    case State::kSubmitted:
    case State::kUnknown:
      return ExecutorState::kUnknown;
    case State::kNew:
    case State::kFailed:
    case State::kSubmissionFailed:
    case State::kPendingRerun:
    case State::kInvalidating:
    case State::kFailing:
    case State::kSuspending:
    case State::kSuspended:
    case State::kResuming:
      return ExecutorState::kFailed;
  }
  std::unreachable();
}

}  // namespace

ExecutorState executor_state_of(const json::Value& pod) {
  const std::string_view phase = json::string_at(pod, {"status", "phase"});
  if (phase.empty() || phase == "Pending") return ExecutorState::kPending;
  if (phase == "Running") return ExecutorState::kRunning;
  if (phase == "Succeeded") return ExecutorState::kCompleted;
  if (phase == "Failed") return ExecutorState::kFailed;
  return ExecutorState::kUnknown;
}

ExecutorStates executor_states(const ExecutorStates& recorded,
                               const std::vector<const json::Value*>& executors, State application,
                               std::size_t limit) {
  ExecutorStates states;
  for (const json::Value* pod : executors) {
    if (states.size() >= limit) return states;
    states[std::string(kube::name_of(*pod))] = executor_state_of(*pod);
  }
  for (const auto& [name, state] : recorded) {
    if (states.size() >= limit) return states;
    states.try_emplace(name, state_of_vanished(state, application));
  }
  return states;
}

}  // namespace firesteel::operators::decide
