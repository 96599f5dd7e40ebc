#include "operator/decide/schedule.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/loop/cron.h"
#include "kube/object.h"
#include "operator/decide/annotations.h"
#include "operator/decide/pass.h"
#include "operator/decide/schedule_status.h"
#include "spark/names.h"
#include "spark/validate.h"

namespace firesteel::operators::decide {
namespace {

using kube::loop::Cron;

constexpr std::chrono::seconds kLongestSleep{86400};

struct Timetable {
  Cron cron;
  const kube::loop::TimeZone& zone;
  std::string text;  // "zone|schedule", to notice an edit

  // After a run that was due then: @every keeps its rhythm.
  [[nodiscard]] std::optional<TimePoint> after(TimePoint due, TimePoint now) const {
    const auto interval = cron.interval();
    if (!interval || due > now) return cron.next(now, zone);
    return due + ((now - due) / *interval + 1) * *interval;
  }
};

struct SchedulePass {
  const ObservedSchedule& seen;
  const json::Value& schedule;
  ScheduleStatus status;  // as stored
  Runs runs;
};

struct ScheduleEnd {
  Requeue requeue;
  std::vector<ScheduleAction> actions = {};
  std::vector<EventNote> events = {};
};

std::string_view spec_text(const json::Value& schedule, std::string_view field) {
  return json::string_at(schedule, {"spec", field});
}

DeleteRun delete_run(const json::Value& run, bool wait_for_pods) {
  return {std::string(kube::name_of(run)), std::string(kube::uid_of(run)),
          std::string(kube::resource_version_of(run)), wait_for_pods};
}

std::string timestamp(TimePoint time, TimestampPrecision precision) {
  using namespace std::chrono;
  const auto since = time.time_since_epoch();
  switch (precision) {
    case TimestampPrecision::kNanos:
      return fmt::format("{}", duration_cast<nanoseconds>(since).count());
    case TimestampPrecision::kMicros:
      return fmt::format("{}", duration_cast<microseconds>(since).count());
    case TimestampPrecision::kMillis:
      return fmt::format("{}", duration_cast<milliseconds>(since).count());
    case TimestampPrecision::kSeconds:
      return fmt::format("{}", duration_cast<seconds>(since).count());
    case TimestampPrecision::kMinutes:
      return fmt::format("{}", duration_cast<minutes>(since).count());
  }
  std::unreachable();
}

std::string run_name(const SchedulePass& pass, TimePoint due) {
  return fmt::format("{}-{}", kube::name_of(pass.schedule), timestamp(due, pass.seen.precision));
}

// Deletes what is beyond the limit; gives the names that stay. `pending` is the run that is due
// and perhaps started without a record of it: removed now, it would be started again.
std::vector<std::string> trim(const std::vector<const json::Value*>& runs, std::int64_t limit,
                              std::string_view pending, std::vector<ScheduleAction>& deletions) {
  const auto keep = static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
  std::vector<std::string> names;
  for (const json::Value* run : runs) {
    if (names.size() < keep) {
      names.emplace_back(kube::name_of(*run));
    } else if (kube::name_of(*run) != pending) {
      deletions.emplace_back(delete_run(*run, false));
    }
  }
  return names;
}

ScheduleDecision finish(const SchedulePass& pass, ScheduleStatus next, ScheduleEnd end) {
  const auto limit = [&](std::string_view field) {
    return json::int_at(pass.schedule, {"spec", field}, 1);
  };
  const std::string pending =
      pass.status.next_run ? run_name(pass, *pass.status.next_run) : std::string();
  std::vector<ScheduleAction> deletions;
  next.successful =
      trim(pass.runs.completed, limit("successfulRunHistoryLimit"), pending, deletions);
  next.failed = trim(pass.runs.failed, limit("failedRunHistoryLimit"), pending, deletions);
  json::Value document = encode_schedule_status(next);
  const json::Value* stored = json::find(pass.schedule, "status");
  const bool unchanged = stored == nullptr ? document.as_object().empty() : *stored == document;
  if (!unchanged) end.actions.emplace_back(WriteScheduleStatus{std::move(document)});
  // Only when it is on record that they ran.
  std::ranges::move(deletions, std::back_inserter(end.actions));
  return {
      .actions = std::move(end.actions), .events = std::move(end.events), .requeue = end.requeue};
}

ScheduleDecision look_at_schedule() {
  return {.actions = {}, .events = {}, .needs_live_look = true, .requeue = Requeue::on_change()};
}

// The longest name that leaves room for "-" and the time, which must stay a label.
std::size_t longest_name(TimestampPrecision precision) {
  switch (precision) {
    case TimestampPrecision::kNanos:
      return 63 - 1 - 19;
    case TimestampPrecision::kMicros:
      return 63 - 1 - 16;
    case TimestampPrecision::kMillis:
      return 63 - 1 - 13;
    case TimestampPrecision::kSeconds:
      return 63 - 1 - 10;
    case TimestampPrecision::kMinutes:
      return 63 - 1 - 8;
  }
  std::unreachable();
}

// All that is wrong with the specification, in one text; "" when nothing is.
std::string problems_of(const ObservedSchedule& seen, const Result<Cron>& cron) {
  std::string text;
  const auto add = [&](std::string_view path, std::string_view message) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", path, message);
  };
  if (!cron) add("spec.schedule", cron.error().message);
  if (cron && seen.zone == nullptr) add("spec.timeZone", seen.zone_error);
  if (cron && seen.zone != nullptr && !cron->next(seen.now, *seen.zone)) {
    add("spec.schedule", "there is no such time in the next five years");
  }
  const std::string_view name = kube::name_of(*seen.schedule);
  if (name.size() > longest_name(seen.precision)) {
    add("metadata.name",
        fmt::format("has {} characters, expected at most {}, for its runs are called {}-<time>",
                    name.size(), longest_name(seen.precision), name));
  }
  for (const Problem& problem : spark::validate_scheduled(*seen.schedule).problems) {
    add(problem.path, problem.message);
  }
  return text;
}

ScheduleDecision reject(const SchedulePass& pass, std::string problems) {
  ScheduleStatus next = pass.status;
  next.state = kFailedValidation;
  next.next_run.reset();
  next.observed_schedule.clear();
  next.reason = std::move(problems);
  ScheduleEnd end{.requeue = Requeue::on_change()};
  if (next.reason != pass.status.reason) {
    end.events.push_back(note(EventKind::kWarning, "ScheduledSparkApplicationFailedValidation",
                              fmt::format("ScheduledSparkApplication {} cannot run: {}",
                                          kube::name_of(pass.schedule), next.reason)));
  }
  return finish(pass, std::move(next), std::move(end));
}

json::Value build_run(const SchedulePass& pass, TimePoint due) {
  const json::Value& schedule = pass.schedule;
  json::Object labels = kube::labels_of(schedule);
  labels[spark::kLabelScheduledAppName] = kube::name_of(schedule);
  json::Value run =
      json::Object{{"apiVersion", spark::kApiVersion}, {"kind", spark::kSparkApplicationKind}};
  json::Object& metadata = json::make_object(run, {"metadata"});
  metadata["name"] = run_name(pass, due);
  metadata["namespace"] = kube::namespace_of(schedule);
  metadata["labels"] = std::move(labels);
  metadata["ownerReferences"] = json::Array{kube::owner_reference(schedule, false, true)};
  json::Object annotations;
  for (const auto& annotation : kube::annotations_of(schedule)) {
    if (std::string_view(annotation.key()).starts_with(kAnnotationPrefix)) {
      annotations[annotation.key()] = annotation.value();
    }
  }
  if (!annotations.empty()) metadata["annotations"] = std::move(annotations);
  run.as_object()["spec"] = *json::find(schedule, {"spec", "template"});
  return run;
}

ScheduleDecision sleep_until(const SchedulePass& pass, ScheduleStatus next, ScheduleEnd end) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(*next.next_run - pass.seen.now);
  end.requeue = Requeue::after(std::clamp(left, std::chrono::seconds(1), kLongestSleep));
  return finish(pass, std::move(next), std::move(end));
}

// A run is due and another goes on.
ScheduleDecision wait_for_last_run(const SchedulePass& pass, ScheduleStatus next, bool replace) {
  const std::string last(kube::name_of(*pass.runs.active.front()));
  ScheduleEnd end{.requeue = Requeue::on_change()};
  next.reason = fmt::format("the run of {} waits for the end of {} (concurrencyPolicy {})",
                            format_time(*next.next_run), last, replace ? "Replace" : "Forbid");
  if (replace) {
    for (const json::Value* run : pass.runs.active) {
      if (!kube::is_deleting(*run)) end.actions.emplace_back(delete_run(*run, true));
    }
  }
  if (next.reason != pass.status.reason) {
    end.events.push_back(note(EventKind::kNormal,
                              replace ? "SparkApplicationReplaced" : "SparkApplicationRunDelayed",
                              next.reason));
  }
  return finish(pass, std::move(next), std::move(end));
}

// What creating it was answered with stays for a later time; other trouble passes.
ScheduleDecision skip_run(const SchedulePass& pass, ScheduleStatus next,
                          const Timetable& timetable) {
  const Error& error = *pass.seen.creation_error;
  if (is_transient(error.code)) {
    return {.actions = {}, .events = {}, .requeue = Requeue::backoff()};
  }
  next.reason = fmt::format("the run of {} could not be created: {}", format_time(*next.next_run),
                            error.message);
  next.next_run = timetable.after(*next.next_run, pass.seen.now);
  ScheduleEnd end{.requeue = Requeue::on_change()};
  end.events.push_back(note(EventKind::kWarning, "SparkApplicationCreationFailed", next.reason));
  return sleep_until(pass, std::move(next), std::move(end));
}

// The first run that is due and not too late; nothing when all that were missed are.
std::optional<TimePoint> run_to_make_up_for(const SchedulePass& pass, TimePoint due,
                                            const Timetable& timetable) {
  const auto deadline = policy_of(pass.schedule).starting_deadline;
  if (!deadline || pass.seen.now - due <= *deadline) return due;
  const TimePoint earliest = pass.seen.now - *deadline - std::chrono::seconds(1);
  const auto later = timetable.after(due, earliest);
  if (!later || *later > pass.seen.now) return std::nullopt;
  return later;
}

ScheduleDecision give_up_runs(const SchedulePass& pass, ScheduleStatus next,
                              const Timetable& timetable) {
  ScheduleEnd end{.requeue = Requeue::on_change()};
  end.events.push_back(
      note(EventKind::kWarning, "SparkApplicationRunsMissed",
           fmt::format("Runs from {} on were missed and are too late to be made up for ({})",
                       format_time(*next.next_run), kAnnotationStartingDeadline)));
  next.next_run = timetable.after(*next.next_run, pass.seen.now);
  next.reason.clear();
  return sleep_until(pass, std::move(next), std::move(end));
}

ScheduleDecision start_run(const SchedulePass& pass, ScheduleStatus next,
                           const Timetable& timetable) {
  const auto not_late = run_to_make_up_for(pass, *next.next_run, timetable);
  if (!not_late) return give_up_runs(pass, std::move(next), timetable);
  next.next_run = not_late;
  const std::string_view policy = spec_text(pass.schedule, "concurrencyPolicy");
  const bool replace = policy == "Replace";
  if (policy == "Forbid" && !pass.runs.active.empty()) {
    return wait_for_last_run(pass, std::move(next), false);
  }
  if (!pass.seen.schedule_live || !pass.seen.runs_live) return look_at_schedule();
  if (replace && !pass.runs.active.empty()) return wait_for_last_run(pass, std::move(next), true);
  if (pass.seen.creation_error) return skip_run(pass, std::move(next), timetable);
  const TimePoint due = *next.next_run;
  CreateRun run{build_run(pass, due)};
  next.last_run = pass.seen.now;
  next.last_run_name = kube::name_of(run.application);
  next.next_run = timetable.after(due, pass.seen.now);
  next.reason.clear();
  ScheduleEnd end{.requeue = Requeue::on_change()};
  end.events.push_back(note(EventKind::kNormal, "SparkApplicationCreated",
                            fmt::format("Created SparkApplication {} for the run of {}",
                                        next.last_run_name, format_time(due))));
  const auto second = timetable.cron.next(due, timetable.zone);
  if (second && *second <= pass.seen.now) {
    end.events.push_back(note(EventKind::kWarning, "SparkApplicationRunsMissed",
                              fmt::format("Runs from {} on were missed; {} makes up for them",
                                          format_time(due), next.last_run_name)));
  }
  end.actions.emplace_back(std::move(run));
  return sleep_until(pass, std::move(next), std::move(end));
}

bool was_edited(const SchedulePass& pass, const Timetable& timetable) {
  const ScheduleStatus& status = pass.status;
  if (!status.next_run) return true;
  if (!status.observed_schedule.empty()) return status.observed_schedule != timetable.text;
  const auto next = timetable.cron.next(pass.seen.now, timetable.zone);
  return *status.next_run > pass.seen.now && next && *next < *status.next_run;
}

}  // namespace

std::string zone_name(const json::Value& schedule) {
  const auto cron = Cron::parse(spec_text(schedule, "schedule"));
  std::string name = cron ? cron->zone() : std::string();
  if (name.empty()) name = spec_text(schedule, "timeZone");
  return name == "Local" ? std::string() : name;
}

ScheduleDecision decide_schedule(const ObservedSchedule& seen) noexcept {
  const json::Value& schedule = *seen.schedule;
  if (kube::is_deleting(schedule)) {
    return {.actions = {}, .events = {}, .requeue = Requeue::on_change()};
  }
  const SchedulePass pass{seen, schedule, decode_schedule_status(schedule),
                          sort_runs(schedule, seen.runs)};
  const auto cron = Cron::parse(spec_text(schedule, "schedule"));
  std::string problems = problems_of(seen, cron);
  if (!problems.empty()) return reject(pass, std::move(problems));
  const Timetable timetable{
      *cron, *seen.zone,
      fmt::format("{}|{}", zone_name(schedule), spec_text(schedule, "schedule"))};
  ScheduleStatus next = pass.status;
  next.state = kScheduled;
  if (pass.status.state == kFailedValidation) next.reason.clear();
  if (was_edited(pass, timetable)) {
    next.next_run = cron->next(seen.now, *seen.zone);
    next.reason.clear();
  }
  next.observed_schedule = timetable.text;
  if (json::bool_at(schedule, {"spec", "suspend"})) {
    return finish(pass, std::move(next), {.requeue = Requeue::on_change()});
  }
  if (*next.next_run <= seen.now) return start_run(pass, std::move(next), timetable);
  return sleep_until(pass, std::move(next), {.requeue = Requeue::on_change()});
}

}  // namespace firesteel::operators::decide
