#include "operator/decide/schedule_status.h"

#include <algorithm>

#include "kube/object.h"
#include "operator/decide/state.h"

namespace firesteel::operators::decide {
namespace {

std::vector<std::string> names_at(const json::Value& schedule, std::string_view field) {
  std::vector<std::string> names;
  for (const json::Value& name : json::array_at(schedule, {"status", field})) {
    if (name.is_string()) names.emplace_back(json::view(name.get_string()));
  }
  return names;
}

void put(json::Object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void put(json::Object& object, std::string_view key, const std::optional<TimePoint>& time) {
  if (time) object[key] = format_time(*time);
}

void put(json::Object& object, std::string_view key, const std::vector<std::string>& names) {
  if (names.empty()) return;
  json::Array array;
  for (const std::string& name : names) array.emplace_back(name);
  object[key] = std::move(array);
}

bool is_owned(const json::Value& run, const json::Value& schedule) {
  return std::ranges::any_of(json::array_at(run, {"metadata", "ownerReferences"}),
                             [&](const json::Value& owner) {
                               return json::string_at(owner, "uid") == kube::uid_of(schedule);
                             });
}

// Times have whole seconds; the names, which end in the time, decide between two of one second.
bool is_newer(const json::Value* a, const json::Value* b) {
  const std::string_view a_time = json::string_at(*a, {"metadata", "creationTimestamp"});
  const std::string_view b_time = json::string_at(*b, {"metadata", "creationTimestamp"});
  return a_time != b_time ? a_time > b_time : kube::name_of(*a) > kube::name_of(*b);
}

}  // namespace

ScheduleStatus decode_schedule_status(const json::Value& schedule) {
  const auto text = [&](std::string_view field) {
    return std::string(json::string_at(schedule, {"status", field}));
  };
  ScheduleStatus status;
  status.last_run = parse_time(text("lastRun"));
  status.next_run = parse_time(text("nextRun"));
  status.last_run_name = text("lastRunName");
  status.successful = names_at(schedule, "pastSuccessfulRunNames");
  status.failed = names_at(schedule, "pastFailedRunNames");
  status.state = text("scheduleState");
  status.reason = text("reason");
  status.observed_schedule = text("observedSchedule");
  return status;
}

json::Value encode_schedule_status(const ScheduleStatus& status) {
  json::Object object;
  put(object, "lastRun", status.last_run);
  put(object, "nextRun", status.next_run);
  put(object, "lastRunName", status.last_run_name);
  put(object, "pastSuccessfulRunNames", status.successful);
  put(object, "pastFailedRunNames", status.failed);
  put(object, "scheduleState", status.state);
  put(object, "reason", status.reason);
  put(object, "observedSchedule", status.observed_schedule);
  return object;
}

Runs sort_runs(const json::Value& schedule, const std::vector<json::Document>& all) {
  Runs runs;
  for (const json::Document& run : all) {
    if (!is_owned(*run, schedule)) continue;
    const auto state = parse_state(json::string_at(*run, {"status", "applicationState", "state"}));
    const bool ended = state == State::kCompleted || state == State::kFailed;
    // One that is being removed in the foreground still has its driver.
    if (ended && kube::is_deleting(*run)) continue;
    auto& list = !ended ? runs.active : state == State::kCompleted ? runs.completed : runs.failed;
    list.push_back(run.get());
  }
  for (auto* list : {&runs.active, &runs.completed, &runs.failed}) {
    std::ranges::sort(*list, is_newer);
  }
  return runs;
}

}  // namespace firesteel::operators::decide
