#pragma once
// What a user may ask of this operator beyond the fields of SparkApplication: annotations, for the
// Kubeflow operator's CRDs keep them and its operator ignores them. Changing one restarts nothing.
// Those of a ScheduledSparkApplication are its runs'. Pure.
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "operator/decide/failure.h"

namespace firesteel::operators::decide {

inline constexpr std::string_view kAnnotationPrefix = "firesteel.dev/";
// A whole number: the place in the line of those that wait to start; the higher goes first.
inline constexpr std::string_view kAnnotationPriority = "firesteel.dev/priority";
// Durations ("10m", "1h30m"; "0" = no limit): an attempt that takes longer has failed.
inline constexpr std::string_view kAnnotationDriverStart = "firesteel.dev/driver-start-timeout";
inline constexpr std::string_view kAnnotationExecutorStart = "firesteel.dev/executor-start-timeout";
inline constexpr std::string_view kAnnotationRun = "firesteel.dev/run-timeout";
// Of a ScheduledSparkApplication: a run that could not start for longer than this is not made up
// for.
inline constexpr std::string_view kAnnotationStartingDeadline = "firesteel.dev/starting-deadline";
// Classes of failures (failure.h), separated by commas: others are not retried.
inline constexpr std::string_view kAnnotationRetryOn = "firesteel.dev/retry-on";

struct Policy {
  // Nothing: as the operator is set up. Zero: no limit.
  std::optional<std::chrono::seconds> driver_start_timeout;    // from the pod's creation
  std::optional<std::chrono::seconds> executor_start_timeout;  // from the driver's start
  std::optional<std::chrono::seconds> run_timeout;             // from the pod's creation
  std::optional<std::chrono::seconds> starting_deadline;       // nothing: however late
  std::optional<std::vector<FailureClass>> retry_on;           // nothing: all

  [[nodiscard]] bool retries(const std::optional<FailureClass>& failure) const;
};

// What cannot be read counts as not given.
[[nodiscard]] Policy policy_of(const json::Value& object);
// What cannot be read, for admission.
[[nodiscard]] std::vector<Problem> annotation_problems(const json::Value& object);

}  // namespace firesteel::operators::decide
