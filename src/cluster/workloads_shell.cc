// The threads of deployments and replica sets: two queues.
#include "client/events.h"
#include "client/informer.h"
#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/deployment.h"
#include "cluster/expectations.h"
#include "cluster/pods.h"
#include "cluster/replica_set.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using client::Change;
using client::EventKind;
using kube::resources::kDeployments;
using kube::resources::kPods;
using kube::resources::kReplicaSets;

constexpr std::chrono::milliseconds kSyncRetry{20};

using Again = std::optional<std::chrono::nanoseconds>;

class Workloads final : public Controller {
 public:
  explicit Workloads(const Surroundings& around)
      : api_(around.api),
        clock_(around.clock),
        events_(api_, "deployment-controller", clock_),
        deployment_workers_(queue_named("deployment", around.workers), clock_,
                            [this](const std::string& key) { return sync_deployment(key); }),
        set_workers_(queue_named("replicaset", around.workers), clock_,
                     [this](const std::string& key) { return sync_set(key); }),
        deployments_(around.informers.of(kDeployments)),
        sets_(around.informers.of(kReplicaSets)),
        pods_(around.informers.of(kPods)) {
    deployments_.on_change([this](const Change& change) { deployment_workers_.add(change.key); });
    sets_.on_change([this](const Change& change) { set_changed(change); });
    pods_.on_change([this](const Change& change) { pod_changed(change); });
  }
  void stop() override {
    deployment_workers_.stop();
    set_workers_.stop();
  }

  void start() override {
    deployment_workers_.start();
    set_workers_.start();
  }

 private:
  void set_changed(const Change& change) {
    set_workers_.add(change.key);
    const json::Value& object = change.after != nullptr ? *change.after : *change.before;
    const std::string owner = controller_key(object, "Deployment");
    if (!owner.empty()) deployment_workers_.add(owner);
  }

  void pod_changed(const Change& change) {
    if (change.before != nullptr) note(*change.before, change.after == nullptr);
    if (change.after != nullptr) note(*change.after, false);
    const json::Value& object = change.after != nullptr ? *change.after : *change.before;
    const std::string owner = controller_key(object, "ReplicaSet");
    if (owner.empty()) return;
    set_workers_.add(owner);
    // Recreate waits until the old pods are gone, of which no replica set's status tells: pods on
    // their way out are counted no more.
    if (change.after != nullptr && !is_finished(*change.after)) return;
    const json::Document set = sets_.get(owner);
    const std::string deployment = set == nullptr ? "" : controller_key(*set, "Deployment");
    if (!deployment.empty()) deployment_workers_.add(deployment);
  }

  void note(const json::Value& pod, bool gone) {
    const json::Value* owner = kube::controller_of(pod);
    if (owner == nullptr) return;
    const std::string uid(json::string_at(*owner, "uid"));
    const std::string pod_uid(kube::uid_of(pod));
    if (gone) {
      expectations_.gone(uid, pod_uid);
    } else {
      expectations_.seen(uid, pod_uid);
    }
  }

  bool synced() const {
    return deployments_.has_synced() && sets_.has_synced() && pods_.has_synced();
  }

  std::vector<json::Document> controlled(const client::Informer& informer,
                                         const json::Value& owner) {
    std::vector<json::Document> found;
    for (const json::Document& object : informer.list(kube::namespace_of(owner))) {
      const json::Value* controller = kube::controller_of(*object);
      if (controller != nullptr && json::string_at(*controller, "uid") == kube::uid_of(owner)) {
        found.push_back(object);
      }
    }
    return found;
  }

  // --- replica sets ---

  Result<Again> sync_set(const std::string& key) {
    if (!synced()) return kSyncRetry;
    const json::Document set = sets_.get(key);
    if (set == nullptr) return std::nullopt;
    const TimePoint now = clock_.now();
    // How many are expected is asked before the pods are listed: a pod that arrives between is
    // counted twice, never missed.
    const int expected = expectations_.missing(std::string(kube::uid_of(*set)), now);
    std::vector<json::Document> pods = controlled(pods_, *set);
    std::erase_if(pods, [&](const json::Document& pod) {
      return expectations_.is_removed(kube::uid_of(*pod));
    });
    ReplicaSetDecision decision = decide_replica_set(*set, pods, expected, now);
    TRY(create_pods(*set, decision.create));
    for (const std::string& name : decision.remove) TRY(remove_pod(*set, pods, name));
    if (decision.status) TRY(write_status(kReplicaSets, *set, *decision.status));
    if (expected > 0 && !decision.again) decision.again = kExpectationTimeout;
    return decision.again;
  }

  Result<void> create_pods(const json::Value& set, int count) {
    for (int made = 0; made < count; ++made) {
      const auto created = api_.create(kPods, kube::namespace_of(set), pod_from_template(set), {});
      if (!created) {
        events_.record(set, EventKind::kWarning, "FailedCreate",
                       "Error creating: " + created.error().message);
        return std::unexpected(created.error());
      }
      const json::Value& pod = **created;
      // The watch may have shown it already.
      const json::Document known = pods_.get(kube::key_of(pod));
      if (known == nullptr || kube::uid_of(*known) != kube::uid_of(pod)) {
        expectations_.created(std::string(kube::uid_of(set)), pod, clock_.now());
        if (pods_.get(kube::key_of(pod)) != nullptr) note(pod, false);
      }
      events_.record(set, EventKind::kNormal, "SuccessfulCreate",
                     fmt::format("Created pod: {}", kube::name_of(pod)));
    }
    return {};
  }

  Result<void> remove_pod(const json::Value& set, const std::vector<json::Document>& pods,
                          const std::string& name) {
    const auto pod = std::ranges::find_if(
        pods, [&](const json::Document& one) { return kube::name_of(*one) == name; });
    if (pod == pods.end()) return {};
    const std::string uid(kube::uid_of(**pod));
    const auto removed = api_.remove(kPods, kube::namespace_of(set), name, only_uid(uid));
    if (!removed && !is_settled(removed.error())) return removed;
    expectations_.removed(uid);
    if (pods_.get(kube::key_of(**pod)) == nullptr) {
      expectations_.gone(std::string(kube::uid_of(set)), uid);
    }
    events_.record(set, EventKind::kNormal, "SuccessfulDelete", "Deleted pod: " + name);
    return {};
  }

  // --- deployments ---

  Result<Again> sync_deployment(const std::string& key) {
    if (!synced()) return kSyncRetry;
    const json::Document deployment = deployments_.get(key);
    if (deployment == nullptr) return std::nullopt;
    const std::vector<json::Document> sets = controlled(sets_, *deployment);
    const DeploymentDecision decision =
        decide_deployment(*deployment, sets, old_pods_left(*deployment, sets), clock_.now());
    const std::string space(kube::namespace_of(*deployment));
    if (decision.create) TRY(create_set(*deployment, *decision.create));
    for (const ScaleReplicaSet& scale : decision.scale) TRY(scale_set(*deployment, scale));
    for (const std::string& name : decision.remove) {
      const auto removed = api_.remove(kReplicaSets, space, name, {});
      if (!removed && !is_settled(removed.error())) return std::unexpected(removed.error());
    }
    if (!decision.revise.empty()) {
      TRY(annotate(kReplicaSets, space, decision.revise, decision.revision));
    }
    if (!decision.revision.empty()) {
      TRY(annotate(kDeployments, space, std::string(kube::name_of(*deployment)),
                   decision.revision));
    }
    if (decision.status) TRY(write_status(kDeployments, *deployment, *decision.status));
    return decision.again;
  }

  // Whether a pod of a replica set other than the present one is still there, be it on its way out.
  bool old_pods_left(const json::Value& deployment, const std::vector<json::Document>& sets) {
    const json::Value* pod_template = json::find(deployment, {"spec", "template"});
    if (pod_template == nullptr) return false;
    const std::string hash = template_hash(*pod_template);
    for (const json::Document& set : sets) {
      if (kube::label_of(*set, kHashLabel) == hash) continue;
      for (const json::Document& pod : controlled(pods_, *set)) {
        if (!is_finished(*pod)) return true;
      }
    }
    return false;
  }

  Result<void> create_set(const json::Value& deployment, const json::Value& set) {
    const auto created = api_.create(kReplicaSets, kube::namespace_of(deployment), set, {});
    if (!created) {
      if (is_settled(created.error())) return {};  // made a moment ago, not seen yet
      return std::unexpected(created.error());
    }
    events_.record(deployment, EventKind::kNormal, "ScalingReplicaSet",
                   fmt::format("Scaled up replica set {} from 0 to {}", kube::name_of(set),
                               json::int_at(set, {"spec", "replicas"})));
    return {};
  }

  Result<void> scale_set(const json::Value& deployment, const ScaleReplicaSet& scale) {
    const std::string space(kube::namespace_of(deployment));
    const json::Document present = sets_.get(space + "/" + scale.name);
    const std::int64_t before =
        present == nullptr ? 0 : json::int_at(*present, {"spec", "replicas"});
    json::Value patch;
    json::make_object(patch, {"spec"})["replicas"] = scale.replicas;
    const auto patched =
        api_.patch(kReplicaSets, space, scale.name, kube::PatchType::kMerge, patch, {});
    if (!patched) {
      if (is_settled(patched.error())) return {};
      return std::unexpected(patched.error());
    }
    events_.record(
        deployment, EventKind::kNormal, "ScalingReplicaSet",
        fmt::format("Scaled {} replica set {} from {} to {}",
                    scale.replicas > before ? "up" : "down", scale.name, before, scale.replicas));
    return {};
  }

  Result<void> annotate(const kube::Resource& resource, const std::string& space,
                        const std::string& name, const std::string& revision) {
    json::Value patch;
    json::make_object(patch, {"metadata", "annotations"})[kRevisionAnnotation] = revision;
    const auto patched = api_.patch(resource, space, name, kube::PatchType::kMerge, patch, {});
    if (!patched && !is_settled(patched.error())) return std::unexpected(patched.error());
    return {};
  }

  // With the resourceVersion as precondition: a status computed from an old object must not win.
  Result<void> write_status(const kube::Resource& resource, const json::Value& object,
                            const json::Value& status) {
    json::Value changed = object;
    changed.as_object()["status"] = status;
    const auto written = api_.replace(resource, kube::namespace_of(object), kube::name_of(object),
                                      changed, to_subresource("status"));
    if (written || is_settled(written.error())) return {};
    if (written.error().code == ErrorCode::kConflict) return {};  // the newer one is on its way
    return std::unexpected(written.error());
  }

  kube::Api& api_;
  const Clock& clock_;
  client::EventRecorder events_;
  Expectations expectations_;
  client::Workers deployment_workers_;
  client::Workers set_workers_;
  client::Informer& deployments_;
  client::Informer& sets_;
  client::Informer& pods_;
};

}  // namespace

std::unique_ptr<Controller> make_workloads(const Surroundings& around) {
  return std::make_unique<Workloads>(around);
}

}  // namespace firesteel::cluster
