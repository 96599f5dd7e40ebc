#include "operator/decide/executor_state.h"

#include <utility>

#include "base/json/json.h"
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

bool was_killed_by_signal(const json::Value& container) {
  const json::Value* ended = json::find(container, {"state", "terminated"});
  if (ended == nullptr) return false;
  const auto code = json::int_at(*ended, {"exitCode"});
  return (code == 143 || code == 137) && json::string_at(*ended, {"reason"}) != "OOMKilled";
}

// Spark's driver deletes the executors that it no longer needs while their JVMs are still shutting
// down (KubernetesClusterSchedulerBackend.stop): whether such a pod is last seen as Failed by its
// SIGTERM or not at all is a race that says nothing about the executor.
bool ended_by_deletion(const json::Value& pod) {
  if (json::string_at(pod, {"metadata", "deletionTimestamp"}).empty()) return false;
  for (const json::Value& container : json::array_at(pod, {"status", "containerStatuses"})) {
    if (was_killed_by_signal(container)) return true;
  }
  return false;
}

ExecutorState state_now(const json::Value& pod, const ExecutorStates& recorded, State application) {
  const ExecutorState seen = executor_state_of(pod);
  if (seen != ExecutorState::kFailed || !ended_by_deletion(pod)) return seen;
  const auto before = recorded.find(std::string(kube::name_of(pod)));
  return state_of_vanished(before == recorded.end() ? ExecutorState::kRunning : before->second,
                           application);
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
    states[std::string(kube::name_of(*pod))] = state_now(*pod, recorded, application);
  }
  for (const auto& [name, state] : recorded) {
    if (states.size() >= limit) return states;
    states.try_emplace(name, state_of_vanished(state, application));
  }
  return states;
}

}  // namespace firesteel::operators::decide
