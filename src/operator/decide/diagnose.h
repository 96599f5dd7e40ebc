#pragma once
// What a driver pod is doing and, when it does not run or has failed, why, in a sentence for the
// person who submitted it. Pure; reads only the pod.
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json/json.h"
#include "operator/decide/failure.h"

namespace firesteel::operators::decide {

enum class DriverState { kPending, kRunning, kSucceeded, kFailed, kUnknown };

struct DriverReport {
  DriverState state = DriverState::kPending;
  bool terminating = false;  // deletionTimestamp is set
  std::string
      reason;  // "Pending", "ImagePullBackOff", "Unschedulable", "OOMKilled": a condition's reason
  std::string message;  // kFailed: the error message; kPending: what it waits for
  std::optional<TimePoint> finished_at;
  // kFailed: its class; kPending: what it would be if the driver were given up.
  std::optional<FailureClass> failure;
  // The program ended by itself with a failure: its log says more than the pod does.
  bool log_may_tell = false;
};

// By the Spark container, since a sidecar may keep the pod running or fail it. A driver that ended
// with exit code 0 only after the pod was asked to stop has not completed (Airflow #41212). The
// text begins with the Kubeflow operator's "driver container failed with ExitCode: ..., Reason:
// ..." or "driver container status missing".
[[nodiscard]] DriverReport report_driver(const json::Value& pod);

// Puts the decisive line of the log's end, when there is one, into the report: its message keeps
// its beginning.
void explain_by_log(DriverReport& report, std::string_view log_tail);

// The driver pod is gone, and nobody but an outsider can have deleted it. Begins with "driver pod
// not found".
[[nodiscard]] std::string describe_missing_driver(std::string_view pod_name);

// Neither finished nor (as far as its status says) about to be: its Spark container may still do
// work.
[[nodiscard]] bool is_driver_alive(const json::Value& pod);

}  // namespace firesteel::operators::decide
