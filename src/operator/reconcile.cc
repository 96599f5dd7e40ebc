#include "operator/reconcile.h"

#include <fmt/format.h>

#include "kube/object.h"

namespace firesteel::operators {
namespace {

using Next = Result<std::optional<std::chrono::nanoseconds>>;

Next later(const decide::Decision& decision) {
  switch (decision.requeue.when()) {
    case decide::Requeue::When::kAfter:
      return std::optional<std::chrono::nanoseconds>(decision.requeue.delay());
    case decide::Requeue::When::kOnChange:
      return std::nullopt;
    case decide::Requeue::When::kBackoff:
      return fail(ErrorCode::kUnavailable, std::string(decide::text(decision.why)));
  }
  std::unreachable();
}

}  // namespace

Reconciler::Reconciler(kube::Api& api, const Caches& caches, const Clock& clock,
                       decide::Settings settings, IdSource fresh_id, EventSink events,
                       ReconcileObserver* observer)
    : api_(api),
      caches_(caches),
      clock_(clock),
      settings_(std::move(settings)),
      fresh_id_(std::move(fresh_id)),
      events_(std::move(events)),
      observer_(observer) {}

Next Reconciler::reconcile(const std::string& key) {
  decide::Observed seen;
  seen.application = known_application(key);
  if (seen.application == nullptr) {
    if (queue_ != nullptr) queue_->forget(key);
    return std::nullopt;
  }
  if (queue_ != nullptr) queue_->saw(seen.application);
  seen.pods = caches_.pods(key);
  seen.settings = settings_;
  seen.settings.can_read_logs = logs_ != nullptr;
  seen.settings.has_queue =
      queue_ != nullptr && queue_->governs(kube::namespace_of(*seen.application));
  if (seen.settings.has_queue) seen.shortage = queue_->shortage(key);
  bool conflict_met = false;
  for (int count = 0; count < kMaxPasses; ++count) {
    if (auto end = pass(key, seen, conflict_met)) return std::move(*end);
  }
  return fail(ErrorCode::kInternal,
              fmt::format("sparkapplication {} did not settle in {} passes", key, kMaxPasses));
}

// The last known application, our own last write included: the next pass must not have to wait for
// the watch.
json::Document Reconciler::known_application(const std::string& key) {
  json::Document cached = caches_.application(key);
  const std::scoped_lock lock(mutex_);
  const auto found = written_.find(key);
  if (found == written_.end()) return cached;
  if (cached != nullptr &&
      found->second.older.contains(std::string(kube::resource_version_of(*cached)))) {
    return found->second.application;
  }
  written_.erase(found);
  return cached;
}

void Reconciler::remember(const std::string& key, const json::Document& before,
                          const json::Document& after) {
  const std::scoped_lock lock(mutex_);
  Written& written = written_[key];
  written.application = after;
  written.older.insert(std::string(kube::resource_version_of(*before)));
}

std::optional<Next> Reconciler::look(decide::Observed& seen) {
  auto looked = look_live(api_, seen);
  if (looked) return std::nullopt;
  if (looked.error().code == ErrorCode::kNotFound) return Next(std::nullopt);
  return Next(std::unexpected(std::move(looked.error())));
}

std::optional<Next> Reconciler::pass(const std::string& key, decide::Observed& seen,
                                     bool& conflict_met) {
  seen.now = clock_.now();
  seen.fresh_id = fresh_id_();
  const decide::Decision decision = decide::decide(seen);
  if (decision.needs_live_look) return look(seen);
  if (decision.needs_place) {
    seen.place = queue_->ask(seen.application);
    return std::nullopt;
  }
  if (decision.gives_place_back && queue_ != nullptr) queue_->give_back(key);
  if (!decision.needs_log_of.empty()) {
    // A log that cannot be read (the node is gone) must not keep the failure from being told.
    seen.driver_log = logs_->tail(kube::namespace_of(*seen.application), decision.needs_log_of)
                          .value_or(std::string());
    return std::nullopt;
  }
  Outcome outcome = act(api_, *seen.application, decision);
  if (outcome.driver != nullptr) overlay_pod(seen, outcome.driver);
  if (outcome.error && outcome.error->code == ErrorCode::kConflict && !conflict_met) {
    // Somebody edited the application, or the cache lagged: look and decide again, once.
    conflict_met = true;
    seen.occupant = nullptr;
    seen.creation_error.reset();
    return look(seen);
  }
  return digest(key, seen, decision, std::move(outcome));
}

// What the outcome means for the next pass; a value ends the round.
std::optional<Next> Reconciler::digest(const std::string& key, decide::Observed& seen,
                                       const decide::Decision& decision, Outcome outcome) {
  if (outcome.error) {
    if (outcome.error->code == ErrorCode::kNotFound) return Next(std::nullopt);
    return Next(std::unexpected(std::move(*outcome.error)));
  }
  seen.occupant = std::move(outcome.occupant);
  seen.creation_error = std::move(outcome.creation_error);
  if (seen.creation_error && observer_ != nullptr) {
    observer_->refused(*seen.application, *seen.creation_error);
  }
  if (seen.occupant != nullptr || seen.creation_error) return std::nullopt;
  for (const std::string& warning : outcome.warnings) {
    events_(*seen.application, {decide::EventKind::kWarning, "SparkApplicationWarning", warning});
  }
  for (const decide::EventNote& event : decision.events) events_(*seen.application, event);
  if (outcome.application == nullptr) return later(decision);
  const bool changed = kube::resource_version_of(*outcome.application) !=
                       kube::resource_version_of(*seen.application);
  // A server whose CRD prunes part of the status answers every write with what was there before.
  if (!changed) return later(decision);
  remember(key, seen.application, outcome.application);
  if (queue_ != nullptr) queue_->saw(outcome.application);
  if (observer_ != nullptr) observer_->wrote(*seen.application, *outcome.application, decision.why);
  seen.application = std::move(outcome.application);
  seen.application_live = true;
  if (decision.requeue.when() == decide::Requeue::When::kAfter) return later(decision);
  return std::nullopt;
}

}  // namespace firesteel::operators
