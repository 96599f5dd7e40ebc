// `firesteel doctor [NAME]`: why an application does not do what it should, with the evidence and
// the change to make; without a name, whether the platform can run applications at all.
#include <fmt/format.h>

#include "base/json/print.h"
#include "base/json/yaml.h"
#include "cli/access.h"
#include "cli/application_view.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interruption.h"
#include "cli/platform_checks.h"
#include "cli/table.h"
#include "kube/object.h"
#include "operator/decide/diagnose.h"
#include "operator/decide/diagnose_log.h"
#include "operator/decide/status.h"
#include "operator/driver_log.h"
#include "spark/app.h"
#include "spark/names.h"

namespace firesteel::cli {
namespace {

namespace decide = operators::decide;
namespace resources = kube::resources;
using decide::DriverState;

constexpr std::size_t kMostEvents = 5;

struct Diagnosis {
  std::string state;
  std::string failure;  // its class; "" when nothing failed
  std::string why;
  std::vector<std::string> evidence;
  std::string change;

  [[nodiscard]] bool is_well() const { return why.empty(); }
};

std::string lines(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& line : all) text += (text.empty() ? "" : "\n") + line;
  return text;
}

std::string spec_text(const json::Value& application, std::string_view role,
                      std::string_view field) {
  const json::Value* value = json::find(application, {"spec", role, field});
  if (value == nullptr) return "not set";
  return value->is_string() ? std::string(json::view(value->get_string())) : json::print(*value);
}

std::string memory_change(const json::Value& application, std::string_view role) {
  return fmt::format("raise spec.{0}.memory (now {1}) or spec.{0}.memoryOverhead (now {2})", role,
                     spec_text(application, role, "memory"),
                     spec_text(application, role, "memoryOverhead"));
}

// "pod pi-driver: exit code 137, OOMKilled, memory limit 896Mi".
void add_pod(const json::Value& pod, Diagnosis& found) {
  std::string text =
      fmt::format("pod {}: {}", kube::name_of(pod), json::string_at(pod, {"status", "phase"}));
  const std::string_view reason = json::string_at(pod, {"status", "reason"});
  if (!reason.empty()) text += fmt::format(", {}", reason);
  for (const json::Value& status : json::array_at(pod, {"status", "containerStatuses"})) {
    if (const json::Value* ended = json::find(status, {"state", "terminated"})) {
      text += fmt::format(", exit code {}, {}", json::int_at(*ended, {"exitCode"}),
                          json::string_at(*ended, "reason"));
    }
    if (const json::Value* waiting = json::find(status, {"state", "waiting"})) {
      text += fmt::format(", waits: {} {}", json::string_at(*waiting, "reason"),
                          json::string_at(*waiting, "message"));
    }
    break;
  }
  const json::Array& containers = json::array_at(pod, {"spec", "containers"});
  if (!containers.empty()) {
    const std::string_view limit =
        json::string_at(containers.front(), {"resources", "limits", "memory"});
    if (!limit.empty()) text += fmt::format(", memory limit {}", limit);
  }
  found.evidence.push_back(std::move(text));
}

bool is_out_of_memory(const json::Value& pod) {
  for (const json::Value& status : json::array_at(pod, {"status", "containerStatuses"})) {
    for (const std::string_view when : {"state", "lastState"}) {
      if (json::string_at(status, {when, "terminated", "reason"}) == "OOMKilled") return true;
    }
  }
  return false;
}

Result<void> look_at_events(const Access& cluster, const std::string& name,
                            const std::string& driver, Diagnosis& found) {
  const kube::List all = TRY(cluster.api->list(resources::kEvents, cluster.space, {}));
  std::vector<std::pair<std::string, std::string>> warnings;  // by time
  for (const json::Document& event : all.items) {
    const std::string_view object = json::string_at(*event, {"involvedObject", "name"});
    const bool ours = object == name || object == driver;
    if (!ours || json::string_at(*event, "type") != "Warning") continue;
    warnings.emplace_back(json::string_at(*event, "lastTimestamp"),
                          fmt::format("event {}: {}", json::string_at(*event, "reason"),
                                      json::string_at(*event, "message")));
  }
  std::ranges::sort(warnings);
  const std::size_t skip = warnings.size() > kMostEvents ? warnings.size() - kMostEvents : 0;
  for (std::size_t i = skip; i < warnings.size(); ++i) {
    found.evidence.push_back(decide::hide_secrets(warnings[i].second));
  }
  return {};
}

std::string change_for_pending(const json::Value& application, std::string_view reason) {
  if (decide::classify_pending(reason) == decide::FailureClass::kImagePull) {
    return fmt::format(
        "correct spec.image (now {}), or spec.imagePullSecrets; `firesteel image "
        "list` shows the images of the cluster on this machine",
        json::string_at(application, {"spec", "image"}));
  }
  if (reason == "Unschedulable") {
    return "ask for less in spec.driver and spec.executor, correct their nodeSelector and "
           "tolerations, or add nodes";
  }
  return "wait, or see the events above";
}

void look_at_driver(const Access& cluster, const json::Value& application, const json::Value& pod,
                    Diagnosis& found) {
  add_pod(pod, found);
  decide::DriverReport driver = decide::report_driver(pod);
  if (driver.state == DriverState::kPending && !driver.message.empty()) {
    found.why = fmt::format("the driver waits: {}: {}", driver.reason, driver.message);
    found.change = change_for_pending(application, driver.reason);
  }
  if (driver.state != DriverState::kFailed) return;
  if (driver.log_may_tell) {
    operators::HttpDriverLogs logs(*cluster.api);
    const auto tail = logs.tail(cluster.space, kube::name_of(pod));
    if (const auto line = decide::diagnose_log(tail.value_or(std::string()))) {
      found.evidence.push_back("log: " + line->line);
      found.change = line->change;
    } else if (!tail) {
      found.evidence.push_back("log: cannot be read: " + tail.error().message);
    }
    decide::explain_by_log(driver, tail.value_or(std::string()));
  }
  if (found.why.empty()) found.why = driver.message;
  if (found.failure.empty() && driver.failure) found.failure = decide::text(*driver.failure);
  if (is_out_of_memory(pod)) found.change = memory_change(application, "driver");
}

std::string change_by_class(decide::FailureClass failure, const json::Value& application) {
  switch (failure) {
    case decide::FailureClass::kUser:
      return fmt::format("see `firesteel logs {}`", kube::name_of(application));
    case decide::FailureClass::kOutOfMemory:
      return memory_change(application, "driver");
    case decide::FailureClass::kInfrastructure:
      return "run it again (`kubectl apply` after `firesteel delete`), or set "
             "spec.restartPolicy to OnFailure";
    case decide::FailureClass::kImagePull:
      return change_for_pending(application, "ImagePullBackOff");
    case decide::FailureClass::kQuota:
      return "ask for less in spec.driver and spec.executor, or raise the namespace's "
             "ResourceQuota";
    case decide::FailureClass::kSubmission:
      return "correct the manifest as the message says";
    case decide::FailureClass::kTimeout:
      return "see the events above for what it waited for";
  }
  std::unreachable();
}

Result<Diagnosis> diagnose(const Access& cluster, const std::string& name) {
  const auto application =
      TRY(cluster.api->get(resources::kSparkApplications, cluster.space, name));
  const decide::Status status = decide::decode_status(*application);
  Diagnosis found;
  found.state = state_of(*application);
  const bool failed = status.state == decide::State::kFailed ||
                      status.state == decide::State::kFailing ||
                      status.state == decide::State::kSubmissionFailed;
  if (failed) found.why = status.error_message;
  if (failed && status.failure) found.failure = decide::text(*status.failure);
  const std::string driver = status.driver_info.pod_name.empty()
                                 ? spark::driver_pod_name(spark::decode(*application).value)
                                 : status.driver_info.pod_name;
  kube::ListOptions own;
  own.label_selector = fmt::format("{}={}", spark::kLabelAppName, name);
  const kube::List pods = TRY(cluster.api->list(resources::kPods, cluster.space, own));
  std::string executors_change;
  for (const json::Document& pod : pods.items) {
    if (kube::name_of(*pod) == driver) {
      look_at_driver(cluster, *application, *pod, found);
    } else if (is_out_of_memory(*pod)) {
      add_pod(*pod, found);
      executors_change = memory_change(*application, "executor");
      if (found.why.empty()) found.why = "an executor used more memory than its limit";
    }
  }
  if (!executors_change.empty()) found.change = executors_change;
  if (!found.is_well()) TRY(look_at_events(cluster, name, driver, found));
  const auto failure = decide::parse_failure_class(found.failure);
  if (found.change.empty() && failure) found.change = change_by_class(*failure, *application);
  return found;
}

json::Value to_document(const std::string& name, const Diagnosis& found) {
  json::Array evidence;
  for (const std::string& line : found.evidence) evidence.emplace_back(line);
  return json::Object{{"name", name},
                      {"state", found.state},
                      {"failure", found.failure},
                      {"why", found.why},
                      {"evidence", std::move(evidence)},
                      {"change", found.change}};
}

void print(const json::Value& document, const std::string& text, Output output) {
  if (output == Output::kJson) {
    print_out(json::print_pretty(document) + "\n");
  } else if (output == Output::kYaml) {
    print_out(json::print_yaml(document));
  } else {
    print_out(text);
  }
}

Result<int> report_application(const Access& cluster, const DoctorOptions& options) {
  const Diagnosis found = TRY(diagnose(cluster, options.name));
  const std::string text = print_fields(
      {{"Application", options.name},
       {"State",
        found.failure.empty() ? found.state : fmt::format("{} ({})", found.state, found.failure)},
       {"Why", found.is_well() ? "nothing is wrong with it" : found.why},
       {"Evidence", lines(found.evidence)},
       {"Change", found.change}});
  print(to_document(options.name, found), text, options.output);
  return found.is_well() ? kExitOk : kExitFailed;
}

int report_platform(const Access& cluster, const DoctorOptions& options) {
  const std::vector<PlatformCheck> checks = check_platform(cluster, !options.target.space.empty());
  Table table({"CHECK", "STATUS", "FOUND"});
  json::Array documents;
  std::string changes;
  int code = kExitOk;
  const bool coloured = options.output == Output::kTable && is_coloured(1);
  for (const PlatformCheck& check : checks) {
    table.add({check.name,
               paint(check.good ? "ok" : "wrong", check.good ? Tone::kGood : Tone::kBad, coloured),
               check.found});
    documents.push_back(json::Object{{"check", check.name},
                                     {"ok", check.good},
                                     {"found", check.found},
                                     {"change", check.change}});
    if (check.good) continue;
    changes += fmt::format("{}: {}\n", check.name, check.change);
    if (code == kExitOk) code = check.name == kCheckApi ? kExitUnreachable : kExitFailed;
  }
  const std::string text = table.print() + (changes.empty() ? "" : "\n" + changes);
  print(json::Object{{"checks", std::move(documents)}}, text, options.output);
  return code;
}

}  // namespace

int command_doctor(const DoctorOptions& options) {
  const Interruption interruption;
  const Result<Access> cluster = access(options.target, interruption.token());
  if (!cluster) return report(cluster.error());
  if (options.name.empty()) return report_platform(*cluster, options);
  const Result<int> code = report_application(*cluster, options);
  if (code) return *code;
  if (interruption.cause() == Interruption::Cause::kSignal) return kExitInterrupted;
  return report(code.error());
}

}  // namespace firesteel::cli
