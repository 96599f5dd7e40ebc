#pragma once
// The states of a SparkApplication and of its executors, in the words that clients know. Source:
// the Kubeflow operator's v1beta2 API types; the strings are kept byte for byte. Pure.
#include <optional>
#include <string_view>

namespace firesteel::operators::decide {

enum class State {
  kNew,  // "", or no status at all
  kSubmitted,
  kRunning,
  kCompleted,
  kFailed,
  kSubmissionFailed,
  kPendingRerun,
  kInvalidating,
  kSucceeding,
  kFailing,
  kSuspending,
  kSuspended,
  kResuming,
  kUnknown,
};

// "SUBMITTED"; "" for kNew.
[[nodiscard]] std::string_view text(State state);
// "Submitted": the reason of conditions.
[[nodiscard]] std::string_view name(State state);
// Nothing for a text that is no state.
[[nodiscard]] std::optional<State> parse_state(std::string_view text);
// COMPLETED and FAILED: left only when the specification changes.
[[nodiscard]] bool is_terminal(State state);

enum class ExecutorState { kPending, kRunning, kCompleted, kFailed, kUnknown };

[[nodiscard]] std::string_view text(ExecutorState state);
// kUnknown for a text that is no state.
[[nodiscard]] ExecutorState parse_executor_state(std::string_view text);
[[nodiscard]] bool is_terminal(ExecutorState state);

}  // namespace firesteel::operators::decide
