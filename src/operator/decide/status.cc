#include "operator/decide/status.h"

namespace firesteel::operators::decide {
namespace {

std::string string_of(const json::Value& application,
                      std::initializer_list<std::string_view> keys) {
  return std::string(json::string_at(application, keys));
}

void put(json::Object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void put(json::Object& object, std::string_view key, std::int64_t number) {
  if (number != 0) object[key] = number;
}

void put(json::Object& object, std::string_view key, const std::optional<TimePoint>& time) {
  if (time) object[key] = format_time(*time);
}

json::Object encode_driver_info(const DriverInfo& info) {
  json::Object object;
  put(object, "podName", info.pod_name);
  put(object, "webUIServiceName", info.web_ui_service_name);
  put(object, "webUIAddress", info.web_ui_address);
  put(object, "webUIPort", info.web_ui_port);
  put(object, "webUIIngressName", info.web_ui_ingress_name);
  put(object, "webUIIngressAddress", info.web_ui_ingress_address);
  return object;
}

}  // namespace

Status decode_status(const json::Value& application) {
  Status status;
  status.state = parse_state(json::string_at(application, {"status", "applicationState", "state"}))
                     .value_or(State::kUnknown);
  status.error_message = string_of(application, {"status", "applicationState", "errorMessage"});
  status.submission_id = string_of(application, {"status", "submissionID"});
  status.spark_application_id = string_of(application, {"status", "sparkApplicationId"});
  status.last_submission_attempt_time =
      parse_time(json::string_at(application, {"status", "lastSubmissionAttemptTime"}));
  status.termination_time = parse_time(json::string_at(application, {"status", "terminationTime"}));
  DriverInfo& info = status.driver_info;
  info.pod_name = string_of(application, {"status", "driverInfo", "podName"});
  info.web_ui_service_name = string_of(application, {"status", "driverInfo", "webUIServiceName"});
  info.web_ui_address = string_of(application, {"status", "driverInfo", "webUIAddress"});
  info.web_ui_port = json::int_at(application, {"status", "driverInfo", "webUIPort"});
  info.web_ui_ingress_name = string_of(application, {"status", "driverInfo", "webUIIngressName"});
  info.web_ui_ingress_address =
      string_of(application, {"status", "driverInfo", "webUIIngressAddress"});
  for (const auto& [pod, state] : json::object_at(application, {"status", "executorState"})) {
    const json::String* value = state.if_string();
    status.executor_state[std::string(pod)] =
        value == nullptr ? ExecutorState::kUnknown : parse_executor_state(json::view(*value));
  }
  status.execution_attempts = json::int_at(application, {"status", "executionAttempts"});
  status.submission_attempts = json::int_at(application, {"status", "submissionAttempts"});
  status.observed_generation = json::int_at(application, {"status", "observedGeneration"});
  status.conditions = json::array_at(application, {"status", "conditions"});
  for (const json::Value& condition : status.conditions) {
    if (json::string_at(condition, "type") != "Failed") continue;
    status.failure = parse_failure_class(json::string_at(condition, "reason"));
  }
  return status;
}

json::Value encode_status(const Status& status) {
  json::Object application_state;
  application_state["state"] = text(status.state);
  put(application_state, "errorMessage", status.error_message);
  json::Object object;
  object["applicationState"] = std::move(application_state);
  object["driverInfo"] = encode_driver_info(status.driver_info);
  put(object, "sparkApplicationId", status.spark_application_id);
  put(object, "submissionID", status.submission_id);
  put(object, "submissionAttempts", status.submission_attempts);
  put(object, "executionAttempts", status.execution_attempts);
  put(object, "lastSubmissionAttemptTime", status.last_submission_attempt_time);
  put(object, "terminationTime", status.termination_time);
  if (!status.executor_state.empty()) {
    json::Object executors;
    for (const auto& [pod, state] : status.executor_state) executors[pod] = text(state);
    object["executorState"] = std::move(executors);
  }
  put(object, "observedGeneration", status.observed_generation);
  if (!status.conditions.empty()) object["conditions"] = status.conditions;
  return object;
}

}  // namespace firesteel::operators::decide
