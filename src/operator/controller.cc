#include "operator/controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "base/log.h"
#include "client/events.h"
#include "client/informer.h"
#include "client/steady_clock.h"
#include "client/workers.h"
#include "kube/object.h"
#include "kube/resource.h"
#include "operator/reconcile.h"
#include "operator/scheduled_controller.h"
#include "spark/names.h"

namespace firesteel::operators {
namespace {

const kube::Resource kQuotas{"", "v1", "resourcequotas", "ResourceQuota"};
const kube::Resource kPriorityClasses{"scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass",
                                      kube::Scope::kCluster};
constexpr std::string_view kComponent = "spark-operator";
// How soon an application is looked at again whose pods have not been listed yet.
constexpr std::chrono::milliseconds kSyncWait{50};

std::string random_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

// "namespace/application" of a pod; "" when it has no such label.
std::string application_key(const json::Value& pod) {
  const std::string_view name = kube::label_of(pod, spark::kLabelAppName);
  return name.empty() ? std::string() : fmt::format("{}/{}", kube::namespace_of(pod), name);
}

client::InformerOptions collection(const kube::Resource& resource, const std::string& space,
                                   std::string label_selector) {
  client::InformerOptions options;
  options.resource = resource;
  options.space = space;
  options.label_selector = std::move(label_selector);
  return options;
}

// The collections of one namespace, or of all.
struct Scope {
  Scope(kube::Api& api, const std::string& in, const Clock& clock)
      : space(in),
        applications(api, collection(kube::resources::kSparkApplications, in, ""), clock),
        pods(
            api,
            collection(kube::resources::kPods, in, fmt::format("{}=true", spark::kLabelLaunchedBy)),
            clock),
        quotas(api, collection(kQuotas, in, ""), clock) {}

  const std::string space;
  client::Informer applications;
  client::Informer pods;
  // Perhaps never listed, for it may be forbidden: a quota is then noticed when it refuses a pod.
  client::Informer quotas;
};

// Which pods are whose, so that a pass does not walk through all pods of the namespace.
// Thread-safe.
class PodIndex {
 public:
  void update(const client::Change& change) {
    const std::scoped_lock lock(mutex_);
    if (change.before != nullptr) {
      const auto found = pods_.find(application_key(*change.before));
      if (found != pods_.end() && found->second.erase(change.key) > 0 && found->second.empty()) {
        pods_.erase(found);
      }
    }
    if (change.after == nullptr) return;
    const std::string key = application_key(*change.after);
    if (!key.empty()) pods_[key].insert(change.key);
  }

  [[nodiscard]] std::vector<std::string> pods_of(const std::string& key) const {
    const std::scoped_lock lock(mutex_);
    const auto found = pods_.find(key);
    if (found == pods_.end()) return {};
    return {found->second.begin(), found->second.end()};
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::set<std::string>> pods_;
};

class InformerCaches final : public Caches {
 public:
  std::vector<std::unique_ptr<Scope>> scopes;
  PodIndex index;

  [[nodiscard]] json::Document application(const std::string& key) const override {
    const Scope* scope = scope_of(key);
    return scope == nullptr ? nullptr : scope->applications.get(key);
  }

  [[nodiscard]] std::vector<json::Document> pods(const std::string& key) const override {
    std::vector<json::Document> found;
    const Scope* scope = scope_of(key);
    if (scope == nullptr) return found;
    for (const std::string& pod_key : index.pods_of(key)) {
      if (json::Document pod = scope->pods.get(pod_key)) found.push_back(std::move(pod));
    }
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

decide::Settings settings_of(const Controller::Options& options) {
  decide::Settings settings;
  settings.kubernetes_master = options.kubernetes_master;
  settings.default_service_account = options.default_service_account;
  settings.ui_service = options.ui_service;
  settings.ingress_url_format = options.ingress_url_format;
  settings.ingress_class_name = options.ingress_class_name;
  settings.driver_start_timeout = options.driver_start_timeout;
  settings.executor_start_timeout = options.executor_start_timeout;
  settings.run_timeout = options.run_timeout;
  return settings;
}

// Each transition once, with who and which attempt; and what is to be counted.
class Journal final : public ReconcileObserver {
 public:
  Journal(const Clock& clock, Metrics* metrics) : clock_(clock), metrics_(metrics) {}

  void wrote(const json::Value& before, const json::Value& after, decide::Reason why) override {
    if (metrics_ != nullptr) metrics_->wrote(before, after, clock_.now());
    const decide::Status from = decide::decode_status(before);
    const decide::Status to = decide::decode_status(after);
    if (from.state == to.state) return;
    log::info(fmt::format("application is {}", decide::text(to.state)),
              {{"application", kube::key_of(after)},
               {"attempt", attempt_of(to)},
               {"submission", to.submission_id},
               {"from", std::string(decide::text(from.state))},
               {"why", std::string(decide::text(why))},
               {"error", to.error_message}});
  }

  void refused(const json::Value& application, const Error& error) override {
    const decide::Status status = decide::decode_status(application);
    log::warning("objects of the attempt could not be created",
                 {{"application", kube::key_of(application)},
                  {"attempt", attempt_of(status)},
                  {"submission", status.submission_id},
                  {"error", error.message}});
  }

  // Of the driver that runs, or is about to be created: retried submissions do not count.
  static std::string attempt_of(const decide::Status& status) {
    return std::to_string(status.execution_attempts + (status.creating() ? 1 : 0));
  }

 private:
  const Clock& clock_;
  Metrics* const metrics_;
};

client::EventKind kind_of(decide::EventKind kind) {
  switch (kind) {
    case decide::EventKind::kNormal:
      return client::EventKind::kNormal;
    case decide::EventKind::kWarning:
      return client::EventKind::kWarning;
  }
  std::unreachable();
}

}  // namespace

// Destroyed from the bottom: first the workers, which use the rest, then the informers, then the
// events.
struct Controller::State {
  State(kube::Api& api, const Clock& clock_in, const Options& options)
      : clock(clock_in),
        metrics(options.metrics),
        journal(clock_in, options.metrics),
        events(api, std::string(kComponent), clock_in),
        reconciler(
            api, caches, clock_in, settings_of(options), random_id,
            [this](const json::Value& application, const decide::EventNote& event) {
              events.record(application, kind_of(event.kind), event.reason, event.message);
            },
            &journal),
        queue(options.limits, clock_in, [this](const std::string& key) { add(key); }),
        priority_classes(std::in_place, api, collection(kPriorityClasses, "", ""), clock_in),
        workers({.name = "sparkapplication", .threads = static_cast<std::size_t>(options.workers)},
                steady, [this](const std::string& key) { return work(key); }) {}

  // No handler may run while the workers are being destroyed, so the informers go first.
  ~State() {
    if (metrics != nullptr) {
      metrics->read_applications({});
      metrics->read_queue_depth({});
      metrics->read_waiting({});
    }
    workers.stop();
    priority_classes.reset();
    for (auto& scope : caches.scopes) scope.reset();
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  using Next = Result<std::optional<std::chrono::nanoseconds>>;

  [[nodiscard]] Next work(const std::string& key) {
    if (metrics != nullptr) metrics->began(key, clock.now());
    Next next = reconcile(key);
    auto round = Metrics::Round::kFailed;
    if (next) round = *next ? Metrics::Round::kLater : Metrics::Round::kDone;
    if (metrics != nullptr) metrics->ended(key, round, clock.now());
    if (next) return next;
    const json::Document application = caches.application(key);
    if (application == nullptr) return next;
    // The line that reports it has the application's name already.
    const std::string attempt = Journal::attempt_of(decide::decode_status(*application));
    return context(std::move(next), fmt::format("attempt={}", attempt));
  }

  void add(const std::string& key) {
    if (metrics != nullptr) metrics->queued(key, clock.now());
    workers.add(key);
  }

  [[nodiscard]] std::vector<json::Document> applications() const {
    std::vector<json::Document> all;
    for (const auto& scope : caches.scopes) {
      for (json::Document& one : scope->applications.list()) all.push_back(std::move(one));
    }
    return all;
  }

  [[nodiscard]] Next reconcile(const std::string& key) {
    const Scope* scope = caches.scope_of(key);
    if (scope == nullptr) return std::nullopt;
    // Executors that have not been listed yet would count as lost.
    if (!scope->pods.has_synced()) return std::optional<std::chrono::nanoseconds>(kSyncWait);
    if (!is_queue_ready()) return std::optional<std::chrono::nanoseconds>(kSyncWait);
    return reconciler.reconcile(key);
  }

  // Nobody may start before all that have started are known.
  [[nodiscard]] bool is_queue_ready() {
    const std::scoped_lock lock(seeding);
    if (seeded) return true;
    const bool all = std::ranges::all_of(caches.scopes, [](const auto& scope) {
      return scope->applications.has_synced() && scope->pods.has_synced();
    });
    if (!all) return false;
    std::vector<Queue::Known> known;
    for (json::Document& each : applications()) {
      const bool there = has_driver(*each, caches.pods(kube::key_of(*each)));
      known.push_back({std::move(each), there});
    }
    queue.seed(known);
    return seeded = true;
  }

  void add_scope(kube::Api& api, const std::string& space) {
    auto scope = std::make_unique<Scope>(api, space, steady);
    scope->applications.on_change([this](const client::Change& change) { add(change.key); });
    scope->pods.on_change([this](const client::Change& change) { index_pod(change); });
    scope->quotas.on_change(
        [this](const client::Change& change) { queue.set_quota(change.key, change.after); });
    caches.scopes.push_back(std::move(scope));
  }

  void index_pod(const client::Change& change) {
    caches.index.update(change);
    const json::Document& pod = change.after != nullptr ? change.after : change.before;
    if (pod == nullptr) return;
    const std::string key = application_key(*pod);
    if (!key.empty()) add(key);
  }

  const Clock& clock;
  const client::SteadyClock steady;  // a clock that is set back must not stretch the waits
  Metrics* const metrics;
  Journal journal;
  InformerCaches caches;
  client::EventRecorder events;
  Reconciler reconciler;
  Queue queue;
  std::mutex seeding;
  bool seeded = false;
  std::optional<client::Informer> priority_classes;
  client::Workers workers;
  std::unique_ptr<ScheduledController> scheduled;
};

Controller::Controller(std::unique_ptr<State> state) : state_(std::move(state)) {}
Controller::~Controller() = default;

Result<std::unique_ptr<Controller>> Controller::start(kube::Api& api, const Clock& clock,
                                                      Options options) {
  if (options.workers < 1) {
    return fail(ErrorCode::kInvalid,
                fmt::format("operator: {} workers, at least 1 is expected", options.workers));
  }
  if (options.kubernetes_master.empty()) {
    return fail(ErrorCode::kInvalid,
                "operator: the address of the API server for drivers is missing");
  }
  auto state = std::make_unique<State>(api, clock, options);
  std::ranges::sort(options.namespaces);
  const auto twice = std::ranges::unique(options.namespaces);
  options.namespaces.erase(twice.begin(), twice.end());
  // A list that names "" asks for all.
  const bool all = options.namespaces.empty() || options.namespaces.front().empty();
  if (all) options.namespaces = {""};
  for (const std::string& space : options.namespaces) state->add_scope(api, space);
  for (const auto& scope : state->caches.scopes) {
    scope->pods.start();
    scope->applications.start();
    scope->quotas.start();
  }
  if (options.metrics != nullptr) {
    options.metrics->set_workers(options.workers);
    options.metrics->read_applications([own = state.get()] { return own->applications(); });
    options.metrics->read_queue_depth([own = state.get()] { return own->workers.depth(); });
    options.metrics->read_waiting([own = state.get()] { return own->queue.waiting(); });
  }
  state->reconciler.use_logs(options.driver_logs);
  state->reconciler.use_queue(&state->queue);
  state->priority_classes->on_change([own = state.get()](const client::Change& change) {
    own->queue.set_priority_class(change.key, change.after);
  });
  state->priority_classes->start();
  state->workers.start();
  const ScheduledController::Options schedules{.namespaces = options.namespaces};
  state->scheduled = std::make_unique<ScheduledController>(api, clock, state->events, schedules);
  return std::unique_ptr<Controller>(new Controller(std::move(state)));
}

bool Controller::is_synced() const {
  return state_->scheduled->is_synced() &&
         std::ranges::all_of(state_->caches.scopes, [](const auto& scope) {
           return scope->applications.has_synced() && scope->pods.has_synced();
         });
}

}  // namespace firesteel::operators
