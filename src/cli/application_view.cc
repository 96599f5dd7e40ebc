#include "cli/application_view.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/format.h"
#include "cli/table.h"
#include "kube/conditions.h"
#include "kube/object.h"
#include "spark/names.h"

namespace firesteel::cli {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& letter : out) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return out;
}

std::string attempts_of(const json::Value& application) {
  return std::to_string(json::int_at(application, {"status", "executionAttempts"}));
}

std::string executors_text(const json::Value& application) {
  const ExecutorCounts counts = executors_of(application);
  return fmt::format("{}/{}", counts.running, counts.wanted);
}

std::string when(const json::Value& application, std::string_view field, TimePoint now) {
  const std::string_view time = json::string_at(application, {"status", field});
  if (!parse_time(time)) return "";
  return fmt::format("{} ({} ago)", time, age_since(time, now));
}

const json::Value* pod_named(std::span<const json::Document> pods, std::string_view name) {
  const auto found = std::ranges::find_if(
      pods, [&](const json::Document& pod) { return kube::name_of(*pod) == name; });
  return found == pods.end() ? nullptr : found->get();
}

// Why a pod is not running, in a word: its container's reason, else its condition's.
std::string reason_of(const json::Value& pod) {
  for (const json::Value& container : json::array_at(pod, {"status", "containerStatuses"})) {
    for (const std::string_view state : {"waiting", "terminated"}) {
      const std::string_view reason = json::string_at(container, {"state", state, "reason"});
      if (!reason.empty()) return std::string(reason);
    }
  }
  for (const json::Value& condition : json::array_at(pod, {"status", "conditions"})) {
    if (json::string_at(condition, "type") == "PodScheduled" &&
        json::string_at(condition, "status") == "False") {
      return fmt::format("{}: {}", json::string_at(condition, "reason"),
                         json::string_at(condition, "message"));
    }
  }
  return std::string(json::string_at(pod, {"status", "reason"}));
}

std::string driver_text(const json::Value& application, std::span<const json::Document> pods) {
  const std::string name(driver_pod_of(application));
  const json::Value* pod = name.empty() ? nullptr : pod_named(pods, name);
  if (pod == nullptr) return name;
  std::string text = fmt::format("{}, {}", name, json::string_at(*pod, {"status", "phase"}));
  const std::string reason = reason_of(*pod);
  if (!reason.empty()) text += fmt::format(" ({})", reason);
  const std::string_view node = json::string_at(*pod, {"spec", "nodeName"});
  if (!node.empty()) text += fmt::format(", node {}", node);
  const std::string_view ip = json::string_at(*pod, {"status", "podIP"});
  if (!ip.empty()) text += fmt::format(", {}", ip);
  return text;
}

std::string executors_table(const json::Value& application, std::span<const json::Document> pods) {
  Table table({"EXECUTOR", "STATE", "NODE", "IP", "REASON"});
  for (const auto& [name, state] : json::object_at(application, {"status", "executorState"})) {
    const json::Value* pod = pod_named(pods, std::string_view(name.data(), name.size()));
    table.add({std::string(name),
               state.is_string() ? std::string(json::view(state.get_string())) : "",
               pod == nullptr ? "" : std::string(json::string_at(*pod, {"spec", "nodeName"})),
               pod == nullptr ? "" : std::string(json::string_at(*pod, {"status", "podIP"})),
               pod == nullptr ? "" : reason_of(*pod)});
  }
  return table.empty() ? "" : "\n" + table.print();
}

std::string_view event_time(const json::Value& event) {
  for (const std::string_view field : {"lastTimestamp", "eventTime", "firstTimestamp"}) {
    const std::string_view time = json::string_at(event, field);
    if (!time.empty()) return time;
  }
  return json::string_at(event, {"metadata", "creationTimestamp"});
}

}  // namespace

std::string_view state_of(const json::Value& application) {
  const std::string_view state =
      json::string_at(application, {"status", "applicationState", "state"});
  return state.empty() ? "NEW" : state;
}

std::string_view error_of(const json::Value& application) {
  return json::string_at(application, {"status", "applicationState", "errorMessage"});
}

bool is_at_rest(std::string_view state) {
  return state == "COMPLETED" || state == "FAILED" || state == "SUSPENDED";
}

bool has_succeeded(std::string_view state) {
  return state == "COMPLETED";
}

Tone tone_of(std::string_view state) {
  if (state == "COMPLETED" || state == "RUNNING" || state == "SUCCEEDING") return Tone::kGood;
  if (state == "FAILED" || state == "FAILING" || state == "SUBMISSION_FAILED") return Tone::kBad;
  return Tone::kBusy;
}

std::string_view driver_pod_of(const json::Value& application) {
  return json::string_at(application, {"status", "driverInfo", "podName"});
}

ExecutorCounts executors_of(const json::Value& application) {
  ExecutorCounts counts;
  for (const auto& [name, state] : json::object_at(application, {"status", "executorState"})) {
    const std::string_view text =
        state.is_string() ? json::view(state.get_string()) : std::string_view();
    if (text == "PENDING") ++counts.pending;
    if (text == "RUNNING") ++counts.running;
    if (text == "COMPLETED") ++counts.completed;
    if (text == "FAILED") ++counts.failed;
  }
  const bool dynamic = json::bool_at(application, {"spec", "dynamicAllocation", "enabled"});
  const int live = counts.pending + counts.running;
  const int asked =
      static_cast<int>(json::int_at(application, {"spec", "executor", "instances"}, 1));
  counts.wanted = dynamic ? live : std::max(live, asked);
  return counts;
}

std::string duration_of(const json::Value& application, TimePoint now) {
  const auto start =
      parse_time(json::string_at(application, {"status", "lastSubmissionAttemptTime"}));
  if (!start) return "";
  const auto end = parse_time(json::string_at(application, {"status", "terminationTime"}));
  return human_duration(end.value_or(now) - *start);
}

std::string progress_text(const json::Value& application) {
  const std::string_view state = state_of(application);
  if (state == "RUNNING") {
    return fmt::format("driver {}, {} executors", driver_pod_of(application),
                       executors_text(application));
  }
  const std::string_view error = error_of(application);
  if (!error.empty()) return std::string(error.substr(0, error.find('\n')));
  if (state == "SUBMITTED" && !driver_pod_of(application).empty()) {
    return fmt::format("driver {} is starting", driver_pod_of(application));
  }
  return pending_text(application);
}

std::string waiting_text(const json::Value& pod) {
  for (const json::Value& container : json::array_at(pod, {"status", "containerStatuses"})) {
    const std::string_view message = json::string_at(container, {"state", "waiting", "message"});
    if (!message.empty()) return std::string(message);
  }
  for (const json::Value& condition : json::array_at(pod, {"status", "conditions"})) {
    if (json::string_at(condition, "type") == "PodScheduled" &&
        json::string_at(condition, "status") == "False") {
      return std::string(json::string_at(condition, "message"));
    }
  }
  return "";
}

std::string result_text(const json::Value& application, TimePoint now) {
  const std::string_view state = state_of(application);
  const std::string duration = duration_of(application, now);
  std::string text = fmt::format("{} {}", kube::name_of(application), lower(state));
  if (!duration.empty()) {
    text += fmt::format(" {} {}", has_succeeded(state) ? "in" : "after", duration);
  }
  const std::int64_t attempts = json::int_at(application, {"status", "executionAttempts"});
  if (attempts > 1) text += fmt::format(" ({} attempts)", attempts);
  if (!has_succeeded(state) && !error_of(application).empty()) {
    text += fmt::format(": {}", error_of(application));
  }
  return text;
}

std::string pending_text(const json::Value& application) {
  if (state_of(application) != "SUBMITTED" && state_of(application) != "RUNNING") return "";
  const json::Value* running = kube::find_condition(*json::find(application, "status"), "Running");
  if (running == nullptr) return "";
  return std::string(json::string_at(*running, "message"));
}

void sort_by_age(std::vector<json::Document>& applications) {
  std::ranges::stable_sort(applications, [](const json::Document& a, const json::Document& b) {
    // RFC 3339 in UTC sorts as text.
    const std::string_view born = json::string_at(*a, {"metadata", "creationTimestamp"});
    const std::string_view other = json::string_at(*b, {"metadata", "creationTimestamp"});
    return born != other ? born > other : kube::name_of(*a) < kube::name_of(*b);
  });
}

std::string applications_table(std::span<const json::Document> applications, bool all_namespaces,
                               bool wide, TimePoint now, bool coloured) {
  std::vector<std::string> header{"NAME", "STATE", "ATTEMPTS", "EXECUTORS", "AGE", "DURATION"};
  if (all_namespaces) header.insert(header.begin(), "NAMESPACE");
  if (wide) header.insert(header.end(), {"DRIVER", "IMAGE", "MESSAGE"});
  Table table(header);
  for (const json::Document& application : applications) {
    const std::string_view state = state_of(*application);
    std::vector<std::string> row{
        std::string(kube::name_of(*application)),
        paint(state, tone_of(state), coloured),
        attempts_of(*application),
        executors_text(*application),
        age_since(json::string_at(*application, {"metadata", "creationTimestamp"}), now),
        duration_of(*application, now)};
    if (all_namespaces) row.insert(row.begin(), std::string(kube::namespace_of(*application)));
    if (wide) {
      row.insert(row.end(), {std::string(driver_pod_of(*application)),
                             std::string(json::string_at(*application, {"spec", "image"})),
                             std::string(error_of(*application))});
    }
    table.add(std::move(row));
  }
  return table.print();
}

std::string application_text(const json::Value& application, std::span<const json::Document> pods,
                             std::span<const std::string> inferred, TimePoint now, bool coloured) {
  const auto spec = [&](std::string_view key) {
    return std::string(json::string_at(application, {"spec", key}));
  };
  // A program as text would fill the screen.
  std::string file = spec("mainApplicationFile");
  if (file.find('\n') != std::string::npos) file = "(inline)";
  const ExecutorCounts counts = executors_of(application);
  const std::string_view state = state_of(application);
  std::string filled_in;
  for (const std::string& one : inferred) {
    filled_in += (filled_in.empty() ? "" : "\n") + one;
  }
  std::string text = print_fields(
      {{"Name", std::string(kube::name_of(application))},
       {"Namespace", std::string(kube::namespace_of(application))},
       {"State", paint(state, tone_of(state), coloured)},
       {"Message", std::string(error_of(application))},
       {"Waiting", pending_text(application)},
       {"Type", spec("type")},
       {"Image", spec("image")},
       {"Main class", spec("mainClass")},
       {"File", file},
       {"Submitted", when(application, "lastSubmissionAttemptTime", now)},
       {"Finished", when(application, "terminationTime", now)},
       {"Duration", duration_of(application, now)},
       {"Attempts", attempts_of(application)},
       {"Spark ID", std::string(json::string_at(application, {"status", "sparkApplicationId"}))},
       {"Driver", driver_text(application, pods)},
       {"Web UI",
        std::string(json::string_at(application, {"status", "driverInfo", "webUIAddress"}))},
       {"Executors", fmt::format("{} of {} running, {} completed, {} failed", counts.running,
                                 counts.wanted, counts.completed, counts.failed)},
       {"Filled in", filled_in}});
  return text + executors_table(application, pods);
}

std::string events_table(std::span<const json::Document> events, TimePoint now, bool with_header) {
  std::vector<json::Document> sorted(events.begin(), events.end());
  std::ranges::stable_sort(sorted, {}, [](const json::Document& event) {
    return parse_time(event_time(*event)).value_or(TimePoint{});
  });
  Table table({"LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"});
  for (const json::Document& event : sorted) {
    const std::int64_t count = json::int_at(*event, {"count"}, 1);
    std::string seen = age_since(event_time(*event), now);
    if (count > 1) seen += fmt::format(" (x{})", count);
    table.add({seen, std::string(json::string_at(*event, "type")),
               std::string(json::string_at(*event, "reason")),
               fmt::format("{}/{}", lower(json::string_at(*event, {"involvedObject", "kind"})),
                           json::string_at(*event, {"involvedObject", "name"})),
               std::string(json::string_at(*event, "message"))});
  }
  return table.print(with_header);
}

}  // namespace firesteel::cli
