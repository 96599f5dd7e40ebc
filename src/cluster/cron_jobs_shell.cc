// The threads of cron jobs.
#include "client/events.h"
#include "client/time_zones.h"
#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/cron_jobs.h"
#include "cluster/expectations.h"
#include "cluster/kinds.h"
#include "cluster/pod_control.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using client::Change;
using client::EventKind;
using Again = std::optional<std::chrono::nanoseconds>;

class CronJobs final : public Controller {
 public:
  explicit CronJobs(const Surroundings& around)
      : api_(around.api),
        clock_(around.clock),
        events_(api_, "cronjob-controller", clock_),
        cron_jobs_(around.informers.of(kCronJobs)),
        jobs_(around.informers.of(kJobs)),
        // One thread: the next run depends on what the last pass has written.
        workers_(queue_named("cronjob", 1), clock_,
                 [this](const std::string& key) { return sync(key); }) {
    cron_jobs_.on_change([this](const Change& change) { workers_.add(change.key); });
    jobs_.on_change([this](const Change& change) {
      const json::Value& job = change.after != nullptr ? *change.after : *change.before;
      const std::string owner = controller_key(job, kCronJobs.kind);
      if (!owner.empty()) workers_.add(owner);
    });
  }

  void start() override { workers_.start(); }
  void stop() override { workers_.stop(); }

 private:
  Result<Again> sync(const std::string& key) {
    if (!cron_jobs_.has_synced() || !jobs_.has_synced()) return std::chrono::milliseconds(20);
    const json::Document cron_job = cron_jobs_.get(key);
    if (cron_job == nullptr) return std::nullopt;
    std::string_view name = json::string_at(*cron_job, {"spec", "timeZone"});
    if (name.empty()) name = "UTC";
    const auto zone = zones_.find(std::string(name));
    const CronJobDecision decision = decide_cron_job(
        *cron_job, controlled_by(*cron_job, jobs_), zone ? zone->get() : nullptr,
        zone ? "" : fmt::format("unknown timeZone \"{}\": {}", name, zone.error().message),
        clock_.now());
    for (const CronJobDecision::Note& note : decision.warnings)
      events_.record(*cron_job, EventKind::kWarning, note.reason, note.message);
    for (const std::string& job : decision.replace) TRY(remove(*cron_job, job));
    if (decision.create) TRY(create(*cron_job, *decision.create));
    for (const std::string& job : decision.remove) TRY(remove(*cron_job, job));
    if (decision.status) TRY(write_status(api_, kCronJobs, *cron_job, *decision.status));
    return decision.again;
  }

  Result<void> create(const json::Value& cron_job, const json::Value& job) {
    const auto created = api_.create(kJobs, kube::namespace_of(cron_job), job, {});
    if (!created && is_settled(created.error())) return {};  // by a pass that got no further
    if (!created) {
      events_.record(cron_job, EventKind::kWarning, "FailedCreate",
                     "Error creating job: " + created.error().message);
      return std::unexpected(created.error());
    }
    events_.record(cron_job, EventKind::kNormal, "SuccessfulCreate",
                   fmt::format("Created job {}", kube::name_of(job)));
    return {};
  }

  Result<void> remove(const json::Value& cron_job, const std::string& job) {
    kube::DeleteOptions options;
    options.propagation = kube::Propagation::kBackground;
    const auto removed = api_.remove(kJobs, kube::namespace_of(cron_job), job, options);
    if (!removed && !is_settled(removed.error())) return removed;
    events_.record(cron_job, EventKind::kNormal, "SuccessfulDelete",
                   fmt::format("Deleted job {}", job));
    return {};
  }

  kube::Api& api_;
  const Clock& clock_;
  client::EventRecorder events_;
  client::TimeZones zones_;
  client::Informer& cron_jobs_;
  client::Informer& jobs_;
  client::Workers workers_;
};

}  // namespace

std::unique_ptr<Controller> make_cron_jobs(const Surroundings& around) {
  return std::make_unique<CronJobs>(around);
}

}  // namespace firesteel::cluster
