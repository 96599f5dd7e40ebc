#include "operator/scheduled_reconcile.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/object.h"
#include "kube/resource.h"
#include "spark/names.h"

namespace firesteel::operators {
namespace {

using kube::resources::kScheduledSparkApplications;
using kube::resources::kSparkApplications;
using Next = Result<std::optional<std::chrono::nanoseconds>>;

Next later(const decide::Requeue& requeue) {
  switch (requeue.when()) {
    case decide::Requeue::When::kAfter:
      return std::optional<std::chrono::nanoseconds>(requeue.delay());
    case decide::Requeue::When::kOnChange:
      return std::nullopt;
    case decide::Requeue::When::kBackoff:
      return fail(ErrorCode::kUnavailable, "a run cannot be created at the moment");
  }
  std::unreachable();
}

bool is_owned(const json::Value& run, const json::Value& schedule) {
  return std::ranges::any_of(json::array_at(run, {"metadata", "ownerReferences"}),
                             [&](const json::Value& owner) {
                               return json::string_at(owner, "uid") == kube::uid_of(schedule);
                             });
}

}  // namespace

struct ScheduledReconciler::Round {
  decide::ObservedSchedule seen;
  std::string space;
  std::string name;
  bool conflict_met = false;
  std::optional<Error> creation_error;
};

ScheduledReconciler::ScheduledReconciler(kube::Api& api, const ScheduleCaches& caches,
                                         const Clock& clock, client::TimeZones& zones,
                                         decide::TimestampPrecision precision, EventSink events)
    : api_(api),
      caches_(caches),
      clock_(clock),
      zones_(zones),
      precision_(precision),
      events_(std::move(events)) {}

Next ScheduledReconciler::reconcile(const std::string& key) {
  Round round;
  round.seen.schedule = caches_.schedule(key);
  if (round.seen.schedule == nullptr) return std::nullopt;
  round.space = kube::namespace_of(*round.seen.schedule);
  round.name = kube::name_of(*round.seen.schedule);
  round.seen.runs = caches_.runs(key);
  round.seen.precision = precision_;
  for (int count = 0; count < kMaxPasses; ++count) {
    if (auto end = pass(round)) return std::move(*end);
  }
  return fail(
      ErrorCode::kInternal,
      fmt::format("scheduledsparkapplication {} did not settle in {} passes", key, kMaxPasses));
}

// The schedule and its runs as the server has them now.
Result<void> ScheduledReconciler::look_live(Round& round) {
  json::Document schedule = TRY(api_.get(kScheduledSparkApplications, round.space, round.name));
  if (kube::uid_of(*schedule) != kube::uid_of(*round.seen.schedule)) {
    return fail(ErrorCode::kNotFound, fmt::format("schedule {} was replaced", round.name));
  }
  kube::ListOptions selection;
  selection.label_selector = fmt::format("{}={}", spark::kLabelScheduledAppName, round.name);
  round.seen.runs = TRY(api_.list(kSparkApplications, round.space, selection)).items;
  round.seen.schedule = std::move(schedule);
  round.seen.schedule_live = true;
  round.seen.runs_live = true;
  return {};
}

Result<void> ScheduledReconciler::act(Round& round, const decide::ScheduleAction& action) {
  const json::Value& schedule = *round.seen.schedule;
  if (const auto* write = std::get_if<decide::WriteScheduleStatus>(&action)) {
    json::Value object = schedule;
    object.as_object()["status"] = write->status;
    kube::WriteOptions options;
    options.subresource = "status";
    json::Document answer =
        TRY(api_.replace(kScheduledSparkApplications, round.space, round.name, object, options));
    round.seen.schedule = std::move(answer);
    round.seen.schedule_live = true;
    return {};
  }
  if (const auto* gone = std::get_if<decide::DeleteRun>(&action)) {
    kube::DeleteOptions options;
    options.uid = gone->uid;
    options.resource_version = gone->resource_version;
    options.propagation =
        gone->wait_for_pods ? kube::Propagation::kForeground : kube::Propagation::kBackground;
    auto removed = api_.remove(kSparkApplications, round.space, gone->name, options);
    if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
    return {};
  }
  const json::Value& run = std::get<decide::CreateRun>(action).application;
  auto created = api_.create(kSparkApplications, round.space, run, {});
  if (created) return {};
  Error error = std::move(created.error());
  if (error.code == ErrorCode::kAlreadyExists) {
    // Created before, by a pass whose answer or status write got lost?
    const json::Document found = TRY(api_.get(kSparkApplications, round.space, kube::name_of(run)));
    if (is_owned(*found, schedule)) return {};
  }
  round.creation_error = std::move(error);
  return {};
}

std::optional<Next> ScheduledReconciler::pass(Round& round) {
  round.seen.now = clock_.now();
  auto zone = zones_.find(decide::zone_name(*round.seen.schedule));
  round.seen.zone = zone ? *zone : nullptr;
  round.seen.zone_error = zone ? std::string() : zone.error().message;
  const decide::ScheduleDecision decision = decide::decide_schedule(round.seen);
  Result<void> done;
  if (decision.needs_live_look) {
    done = look_live(round);
    if (done) return std::nullopt;
  }
  const json::Document before = round.seen.schedule;
  round.creation_error.reset();
  for (const decide::ScheduleAction& action : decision.actions) {
    if (done) done = act(round, action);
    if (!done || round.creation_error) break;
  }
  if (!done && done.error().code == ErrorCode::kConflict && !round.conflict_met) {
    // Somebody edited the schedule or a run, or the cache lagged: look and decide again, once.
    round.conflict_met = true;
    done = look_live(round);
    if (done) return std::nullopt;
  }
  if (!done) {
    if (done.error().code == ErrorCode::kNotFound) return Next(std::nullopt);
    return Next(std::unexpected(std::move(done.error())));
  }
  round.seen.creation_error = std::move(round.creation_error);
  if (round.seen.creation_error) return std::nullopt;
  for (const decide::EventNote& event : decision.events) events_(*before, event);
  return later(decision.requeue);
}

}  // namespace firesteel::operators
