#include "operator/scheduled_controller.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/informer.h"
#include "client/steady_clock.h"
#include "client/workers.h"
#include "kube/object.h"
#include "kube/resource.h"
#include "operator/scheduled_reconcile.h"
#include "spark/names.h"

namespace firesteel::operators {
namespace {

// How soon a schedule is looked at again whose runs have not been listed yet.
constexpr std::chrono::milliseconds kSyncWait{50};

client::InformerOptions schedules_of(const std::string& space) {
  client::InformerOptions options;
  options.resource = kube::resources::kScheduledSparkApplications;
  options.space = space;
  return options;
}

client::InformerOptions runs_of(const std::string& space) {
  client::InformerOptions options;
  options.resource = kube::resources::kSparkApplications;
  options.space = space;
  options.label_selector = spark::kLabelScheduledAppName;
  options.indexed_label = spark::kLabelScheduledAppName;
  return options;
}

// The collections of one namespace, or of all.
struct Scope {
  Scope(kube::Api& api, const std::string& in, const Clock& clock)
      : space(in), schedules(api, schedules_of(in), clock), runs(api, runs_of(in), clock) {}

  const std::string space;
  client::Informer schedules;
  client::Informer runs;
};

class InformerCaches final : public ScheduleCaches {
 public:
  std::vector<std::unique_ptr<Scope>> scopes;

  [[nodiscard]] json::Document schedule(const std::string& key) const override {
    const Scope* scope = scope_of(key);
    return scope == nullptr ? nullptr : scope->schedules.get(key);
  }
  [[nodiscard]] std::vector<json::Document> runs(const std::string& key) const override {
    const Scope* scope = scope_of(key);
    if (scope == nullptr) return {};
    const std::size_t slash = key.find('/');
    std::vector<json::Document> found =
        scope->runs.by_label(std::string_view(key).substr(slash + 1));
    std::erase_if(found, [&](const json::Document& run) {
      return kube::namespace_of(*run) != std::string_view(key).substr(0, slash);
    });
    return found;
  }
  [[nodiscard]] const Scope* scope_of(const std::string& key) const {
    const std::string_view space = std::string_view(key).substr(0, key.find('/'));
    for (const auto& scope : scopes) {
      if (scope->space.empty() || scope->space == space) return scope.get();
    }
    return nullptr;
  }
};

client::EventKind kind_of(decide::EventKind kind) {
  return kind == decide::EventKind::kWarning ? client::EventKind::kWarning
                                             : client::EventKind::kNormal;
}

}  // namespace

struct ScheduledController::State {
  State(kube::Api& api, const Clock& clock, client::EventRecorder& events, const Options& options)
      : reconciler(api, caches, clock, zones, options.precision,
                   [&events](const json::Value& schedule, const decide::EventNote& event) {
                     events.record(schedule, kind_of(event.kind), event.reason, event.message);
                   }),
        workers({.name = "scheduledsparkapplication",
                 .threads = static_cast<std::size_t>(std::max(1, options.workers))},
                steady, [this](const std::string& key) { return work(key); }) {
    for (const std::string& space : options.namespaces) add_scope(api, space);
    for (const auto& scope : caches.scopes) {
      scope->runs.start();
      scope->schedules.start();
    }
    workers.start();
  }

  // No handler may run while the workers are being destroyed, so the informers go first.
  ~State() {
    workers.stop();
    for (auto& scope : caches.scopes) scope.reset();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] Result<std::optional<std::chrono::nanoseconds>> work(const std::string& key) {
    const Scope* scope = caches.scope_of(key);
    if (scope == nullptr) return std::nullopt;
    // The history would be rewritten without the runs that have not been listed yet.
    if (!scope->runs.has_synced()) return std::optional<std::chrono::nanoseconds>(kSyncWait);
    return reconciler.reconcile(key);
  }

  void add_scope(kube::Api& api, const std::string& space) {
    auto scope = std::make_unique<Scope>(api, space, steady);
    scope->schedules.on_change([this](const client::Change& change) { workers.add(change.key); });
    scope->runs.on_change([this](const client::Change& change) {
      const json::Value& run = change.after != nullptr ? *change.after : *change.before;
      workers.add(fmt::format("{}/{}", kube::namespace_of(run),
                              kube::label_of(run, spark::kLabelScheduledAppName)));
    });
    caches.scopes.push_back(std::move(scope));
  }

  const client::SteadyClock steady;
  client::TimeZones zones;
  InformerCaches caches;
  ScheduledReconciler reconciler;
  client::Workers workers;
};

ScheduledController::ScheduledController(kube::Api& api, const Clock& clock,
                                         client::EventRecorder& events, const Options& options)
    : state_(std::make_unique<State>(api, clock, events, options)) {}

ScheduledController::~ScheduledController() = default;

bool ScheduledController::is_synced() const {
  return std::ranges::all_of(state_->caches.scopes, [](const auto& scope) {
    return scope->schedules.has_synced() && scope->runs.has_synced();
  });
}

}  // namespace firesteel::operators
