// The threads of jobs.
#include "client/events.h"
#include "client/informer.h"
#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/expectations.h"
#include "cluster/jobs.h"
#include "cluster/kinds.h"
#include "cluster/pod_control.h"
#include "cluster/pods.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using client::Change;
using client::EventKind;
using kube::resources::kPods;
using Again = std::optional<std::chrono::nanoseconds>;

class Jobs final : public Controller {
 public:
  explicit Jobs(const Surroundings& around)
      : api_(around.api),
        clock_(around.clock),
        events_(api_, "job-controller", clock_),
        workers_(queue_named("job", around.workers), clock_,
                 [this](const std::string& key) { return sync(key); }),
        jobs_(around.informers.of(kJobs)),
        pods_(around.informers.of(kPods)) {
    jobs_.on_change([this](const Change& change) { workers_.add(change.key); });
    pods_.on_change([this](const Change& change) { pod_changed(change); });
  }
  void start() override { workers_.start(); }
  void stop() override { workers_.stop(); }

 private:
  void pod_changed(const Change& change) {
    const json::Value& pod = change.after != nullptr ? *change.after : *change.before;
    const std::string owner = controller_key(pod, "Job");
    if (owner.empty()) return;
    const std::string uid(json::string_at(*kube::controller_of(pod), "uid"));
    expectations_.seen(uid, std::string(kube::uid_of(pod)));
    workers_.add(owner);
  }

  Result<Again> sync(const std::string& key) {
    if (!jobs_.has_synced() || !pods_.has_synced()) return std::chrono::milliseconds(20);
    const json::Document job = jobs_.get(key);
    if (job == nullptr) return std::nullopt;
    const std::string uid(kube::uid_of(*job));
    const int expected = expectations_.missing(uid, clock_.now());
    const std::vector<json::Document> pods = controlled_by(*job, pods_);
    const JobDecision decision = decide_job(*job, pods, expected, clock_.now());
    if (decision.expire) {
      const auto removed = api_.remove(kJobs, kube::namespace_of(*job), kube::name_of(*job),
                                       only_uid(uid, kube::Propagation::kForeground));
      if (!removed && !is_settled(removed.error())) return std::unexpected(removed.error());
      return std::nullopt;
    }
    for (const int index : decision.create) TRY(create_pod(*job, index));
    for (const std::string& name : decision.remove) {
      const auto removed = api_.remove(kPods, kube::namespace_of(*job), name, {});
      if (!removed && !is_settled(removed.error())) return std::unexpected(removed.error());
    }
    if (decision.status) TRY(write_status(api_, kJobs, *job, *decision.status));
    if (expected > 0 && !decision.again) return kExpectationTimeout;
    return decision.again;
  }

  Result<void> create_pod(const json::Value& job, int index) {
    const auto created = api_.create(kPods, kube::namespace_of(job), pod_of_job(job, index), {});
    if (!created) return std::unexpected(created.error());
    const std::string uid(kube::uid_of(job));
    expectations_.created(uid, **created, clock_.now());
    // The watch may have shown it already.
    const json::Document known = pods_.get(kube::key_of(**created));
    if (known != nullptr) expectations_.seen(uid, std::string(kube::uid_of(*known)));
    events_.record(job, EventKind::kNormal, "SuccessfulCreate",
                   fmt::format("Created pod: {}", kube::name_of(**created)));
    return {};
  }

  kube::Api& api_;
  const Clock& clock_;
  client::EventRecorder events_;
  Expectations expectations_;
  client::Workers workers_;
  client::Informer& jobs_;
  client::Informer& pods_;
};

}  // namespace

std::unique_ptr<Controller> make_jobs(const Surroundings& around) {
  return std::make_unique<Jobs>(around);
}

}  // namespace firesteel::cluster
