#include "operator/decide/diagnose.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "operator/decide/diagnose_log.h"
#include "spark/names.h"

namespace firesteel::operators::decide {
namespace {

constexpr std::size_t kMaxQuoted = 512;  // of a message that a container or a node wrote
constexpr std::string_view kLogSaysWhy = "the driver's log says why";

std::string quote(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  if (text.size() <= kMaxQuoted) return std::string(text);
  std::size_t end = kMaxQuoted;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

// By name; a pod template may have named it otherwise, then Spark's container is the first.
const json::Value* spark_container(const json::Value& pod) {
  const json::Array& statuses = json::array_at(pod, {"status", "containerStatuses"});
  for (const json::Value& status : statuses) {
    if (json::string_at(status, "name") == spark::kDriverContainer) return &status;
  }
  return statuses.empty() ? nullptr : &statuses.front();
}

const json::Value* terminated_state(const json::Value& pod) {
  const json::Value* container = spark_container(pod);
  return container == nullptr ? nullptr : json::find(*container, {"state", "terminated"});
}

std::string_view explain_exit(std::int64_t code, std::string_view reason) {
  if (reason == "OOMKilled") {
    return "the driver used more memory than its limit: raise spec.driver.memory or memoryOverhead";
  }
  switch (code) {
    case 126:
      return "the container's command cannot be executed: is this a Spark image?";
    case 127:
      return "the container's command was not found: is this a Spark image?";
    case 134:
      return "it aborted";
    case 137:
      return "it was killed";
    case 139:
      return "it crashed (segmentation fault)";
    case 143:
      return "it was asked to stop";
    default:
      return kLogSaysWhy;
  }
}

std::string describe_exit(const json::Value& pod, const json::Value& terminated) {
  const std::int64_t code = json::int_at(terminated, {"exitCode"});
  const std::string_view reason = json::string_at(terminated, "reason");
  std::string text = fmt::format("driver container failed with ExitCode: {}, Reason: {}", code,
                                 reason.empty() ? std::string_view("Error") : reason);
  text += fmt::format("; {}", explain_exit(code, reason));
  const std::string_view said = json::string_at(terminated, "message");
  if (!said.empty()) text += ": " + quote(said);
  const json::Value* thrown =
      json::find(kube::annotations_of(pod), spark::kAnnotationExitException);
  if (thrown != nullptr && thrown->is_string()) {
    const std::string_view trace = json::view(thrown->get_string());
    text += ": " + quote(trace.substr(0, trace.find('\n')));
  }
  return text;
}

// An init container that failed keeps the driver's from ever starting.
std::optional<std::string> describe_failed_start(const json::Value& pod) {
  for (const json::Value& status : json::array_at(pod, {"status", "initContainerStatuses"})) {
    const json::Value* ended = json::find(status, {"state", "terminated"});
    if (ended == nullptr || json::int_at(*ended, {"exitCode"}) == 0) continue;
    const std::string_view said = json::string_at(*ended, "message");
    return fmt::format("init container {} of the driver pod failed with ExitCode: {}{}{}",
                       json::string_at(status, "name"), json::int_at(*ended, {"exitCode"}),
                       said.empty() ? "" : ": ", quote(said));
  }
  return std::nullopt;
}

std::string describe_pod_failure(const json::Value& pod) {
  if (auto failed = describe_failed_start(pod)) return std::move(*failed);
  const std::string_view reason = json::string_at(pod, {"status", "reason"});
  const std::string_view message = json::string_at(pod, {"status", "message"});
  std::string text = "driver container status missing";
  if (!reason.empty()) text += fmt::format("; the pod failed with reason {}", reason);
  if (!message.empty()) text += ": " + quote(message);
  return text;
}

// Whether the pod was asked to stop before its container ended.
bool stopped_from_outside(const json::Value& pod, const std::optional<TimePoint>& finished_at) {
  const auto deadline = parse_time(json::string_at(pod, {"metadata", "deletionTimestamp"}));
  if (!deadline) return false;
  const std::chrono::seconds grace(json::int_at(pod, {"metadata", "deletionGracePeriodSeconds"}));
  return !finished_at || *finished_at > *deadline - grace;
}

void report_end(const json::Value& pod, const json::Value* terminated, bool succeeded,
                DriverReport& report) {
  if (terminated != nullptr) {
    report.finished_at = parse_time(json::string_at(*terminated, "finishedAt"));
  }
  if (succeeded && !stopped_from_outside(pod, report.finished_at)) {
    report.state = DriverState::kSucceeded;
    report.reason = "Completed";
    return;
  }
  report.state = DriverState::kFailed;
  if (succeeded) {
    report.reason = "Deleted";
    report.failure = FailureClass::kInfrastructure;
    report.message = "the driver pod was deleted while the driver ran";
    return;
  }
  const std::string_view from = terminated != nullptr ? json::string_at(*terminated, "reason")
                                                      : json::string_at(pod, {"status", "reason"});
  report.reason = from.empty() ? "Error" : std::string(from);
  const std::int64_t code = terminated == nullptr ? 0 : json::int_at(*terminated, {"exitCode"});
  if (terminated != nullptr) {
    report.failure = classify_exit(code, from);
  } else {
    report.failure = describe_failed_start(pod) ? FailureClass::kUser : classify_pod_reason(from);
  }
  report.log_may_tell = terminated != nullptr && from != "OOMKilled" && from != "StartError" &&
                        !stopped_from_outside(pod, report.finished_at);
  report.message =
      terminated != nullptr ? describe_exit(pod, *terminated) : describe_pod_failure(pod);
}

bool report_waiting(const json::Array& statuses, DriverReport& report) {
  for (const json::Value& status : statuses) {
    const json::Value* waiting = json::find(status, {"state", "waiting"});
    if (waiting == nullptr) continue;
    const std::string_view reason = json::string_at(*waiting, "reason");
    // The ordinary steps to a running pod need no status write each.
    const bool ordinary = reason == "ContainerCreating" || reason == "PodInitializing";
    if (reason.empty() || ordinary) continue;
    report.reason = reason;
    const std::string_view message = json::string_at(*waiting, "message");
    if (!message.empty()) {
      report.message =
          fmt::format("container {}: {}", json::string_at(status, "name"), quote(message));
    }
    return true;
  }
  return false;
}

void report_pending(const json::Value& pod, DriverReport& report) {
  report.reason = "Pending";
  for (const json::Value& condition : json::array_at(pod, {"status", "conditions"})) {
    const bool unscheduled = json::string_at(condition, "type") == "PodScheduled" &&
                             json::string_at(condition, "status") == "False";
    if (!unscheduled) continue;
    const std::string_view reason = json::string_at(condition, "reason");
    report.reason = reason.empty() ? "Unschedulable" : std::string(reason);
    report.message = quote(json::string_at(condition, "message"));
    return;
  }
  if (report_waiting(json::array_at(pod, {"status", "initContainerStatuses"}), report)) return;
  report_waiting(json::array_at(pod, {"status", "containerStatuses"}), report);
}

}  // namespace

DriverReport report_driver(const json::Value& pod) {
  DriverReport report;
  report.terminating = kube::is_deleting(pod);
  const std::string_view phase = json::string_at(pod, {"status", "phase"});
  const json::Value* terminated = terminated_state(pod);
  if (terminated != nullptr) {
    report_end(pod, terminated, json::int_at(*terminated, {"exitCode"}, -1) == 0, report);
  } else if (phase == "Succeeded" || phase == "Failed") {
    report_end(pod, nullptr, phase == "Succeeded", report);
  } else if (phase.empty() || phase == "Pending") {
    report_pending(pod, report);
    report.failure = classify_pending(report.reason);
  } else if (phase == "Running") {
    report.state = DriverState::kRunning;
    report.reason = "Running";
  } else {
    report.state = DriverState::kUnknown;
    report.reason = "Unknown";
    report.message = quote(json::string_at(pod, {"status", "message"}));
  }
  return report;
}

void explain_by_log(DriverReport& report, std::string_view log_tail) {
  const std::optional<LogFinding> found = diagnose_log(log_tail);
  if (!found) return;
  report.failure = found->failure;
  const std::size_t vague = report.message.find(kLogSaysWhy);
  if (vague != std::string::npos) {
    report.message.replace(vague, kLogSaysWhy.size(), found->line);
  } else {
    report.message += "; " + found->line;
  }
}

std::string describe_missing_driver(std::string_view pod_name) {
  return fmt::format("driver pod not found: {} was deleted before the driver ended", pod_name);
}

bool is_driver_alive(const json::Value& pod) {
  const std::string_view phase = json::string_at(pod, {"status", "phase"});
  return phase != "Succeeded" && phase != "Failed" && terminated_state(pod) == nullptr;
}

}  // namespace firesteel::operators::decide
