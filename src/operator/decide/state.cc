#include "operator/decide/state.h"

#include <array>
#include <utility>

namespace firesteel::operators::decide {
namespace {

constexpr std::array kStates{
    State::kNew,        State::kSubmitted,        State::kRunning,      State::kCompleted,
    State::kFailed,     State::kSubmissionFailed, State::kPendingRerun, State::kInvalidating,
    State::kSucceeding, State::kFailing,          State::kSuspending,   State::kSuspended,
    State::kResuming,   State::kUnknown,
};

constexpr std::array kExecutorStates{ExecutorState::kPending, ExecutorState::kRunning,
                                     ExecutorState::kCompleted, ExecutorState::kFailed,
                                     ExecutorState::kUnknown};

}  // namespace

std::string_view text(State state) {
  switch (state) {
    case State::kNew:
      return "";
    case State::kSubmitted:
      return "SUBMITTED";
    case State::kRunning:
      return "RUNNING";
    case State::kCompleted:
      return "COMPLETED";
    case State::kFailed:
      return "FAILED";
    case State::kSubmissionFailed:
      return "SUBMISSION_FAILED";
    case State::kPendingRerun:
      return "PENDING_RERUN";
    case State::kInvalidating:
      return "INVALIDATING";
    case State::kSucceeding:
      return "SUCCEEDING";
    case State::kFailing:
      return "FAILING";
    case State::kSuspending:
      return "SUSPENDING";
    case State::kSuspended:
      return "SUSPENDED";
    case State::kResuming:
      return "RESUMING";
    case State::kUnknown:
      return "UNKNOWN";
  }
  std::unreachable();
}

std::string_view name(State state) {
  switch (state) {
    case State::kNew:
      return "New";
    case State::kSubmitted:
      return "Submitted";
    case State::kRunning:
      return "Running";
    case State::kCompleted:
      return "Completed";
    case State::kFailed:
      return "Failed";
    case State::kSubmissionFailed:
      return "SubmissionFailed";
    case State::kPendingRerun:
      return "PendingRerun";
    case State::kInvalidating:
      return "Invalidating";
    case State::kSucceeding:
      return "Succeeding";
    case State::kFailing:
      return "Failing";
    case State::kSuspending:
      return "Suspending";
    case State::kSuspended:
      return "Suspended";
    case State::kResuming:
      return "Resuming";
    case State::kUnknown:
      return "Unknown";
  }
  std::unreachable();
}

std::optional<State> parse_state(std::string_view wanted) {
  for (const State state : kStates) {
    if (text(state) == wanted) return state;
  }
  return std::nullopt;
}

bool is_terminal(State state) {
  return state == State::kCompleted || state == State::kFailed;
}

std::string_view text(ExecutorState state) {
  switch (state) {
    case ExecutorState::kPending:
      return "PENDING";
    case ExecutorState::kRunning:
      return "RUNNING";
    case ExecutorState::kCompleted:
      return "COMPLETED";
    case ExecutorState::kFailed:
      return "FAILED";
    case ExecutorState::kUnknown:
      return "UNKNOWN";
  }
  std::unreachable();
}

ExecutorState parse_executor_state(std::string_view wanted) {
  for (const ExecutorState state : kExecutorStates) {
    if (text(state) == wanted) return state;
  }
  return ExecutorState::kUnknown;
}

bool is_terminal(ExecutorState state) {
  return state == ExecutorState::kCompleted || state == ExecutorState::kFailed;
}

}  // namespace firesteel::operators::decide
