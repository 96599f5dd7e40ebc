#pragma once
// SparkApplication.status as the operator computes with it. The status is the operator's own
// object: it is derived afresh in every pass and written whole, so decoding and encoding lose
// nothing of anybody else's. Pure.
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json/json.h"
#include "operator/decide/failure.h"
#include "operator/decide/state.h"

namespace firesteel::operators::decide {

using ExecutorStates = std::map<std::string, ExecutorState>;

struct DriverInfo {
  std::string pod_name;  // "" until every object of the attempt has been created
  std::string web_ui_service_name;
  std::string web_ui_address;
  std::int64_t web_ui_port = 0;
  std::string web_ui_ingress_name;
  std::string web_ui_ingress_address;
  bool operator==(const DriverInfo&) const = default;
};

struct Status {
  State state = State::kNew;
  std::string error_message;
  std::string submission_id;         // of the present attempt; see attempt.h
  std::string spark_application_id;  // "spark-" and 32 hex digits
  std::optional<TimePoint> last_submission_attempt_time;
  std::optional<TimePoint> termination_time;
  DriverInfo driver_info;
  ExecutorStates executor_state;
  std::int64_t execution_attempts =
      0;  // drivers created since the last change of the specification
  std::int64_t submission_attempts = 0;  // tries to create the present driver
  std::int64_t observed_generation = 0;  // 0 = not recorded
  json::Array conditions;
  // Why the attempt fails or failed; stored as the reason of the condition Failed.
  std::optional<FailureClass> failure;

  // The intent is written, but not yet that all objects of the attempt are there.
  [[nodiscard]] bool creating() const {
    return state == State::kSubmitted && driver_info.pod_name.empty();
  }
};

// Of an application; a state that is none reads as kUnknown, fields of a wrong type as missing.
[[nodiscard]] Status decode_status(const json::Value& application);
// The status object. driverInfo and applicationState are always there, for the CRD requires them;
// empty fields are not.
[[nodiscard]] json::Value encode_status(const Status& status);

}  // namespace firesteel::operators::decide
