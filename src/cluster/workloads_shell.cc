// The threads of deployments and replica sets: two queues.
#include "client/events.h"
#include "client/informer.h"
#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/deployment.h"
#include "cluster/pod_control.h"
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
        deployments_(around.informers.of(kDeployments)),
        sets_(around.informers.of(kReplicaSets)),
        pods_(around.informers.of(kPods)),
        control_(api_, clock_, pods_, kReplicaSets, "replicaset-controller"),
        deployment_workers_(queue_named("deployment", around.workers), clock_,
                            [this](const std::string& key) { return sync_deployment(key); }),
        set_workers_(queue_named("replicaset", around.workers), clock_,
                     [this](const std::string& key) { return sync_set(key); }) {
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
    control_.note(change);
    const std::string owner = control_.owner_of(change);
    if (owner.empty()) return;
    set_workers_.add(owner);
    // Recreate waits until the old pods are gone, of which no replica set's status tells: pods on
    // their way out are counted no more.
    if (change.after != nullptr && !is_finished(*change.after)) return;
    const json::Document set = sets_.get(owner);
    const std::string deployment = set == nullptr ? "" : controller_key(*set, "Deployment");
    if (!deployment.empty()) deployment_workers_.add(deployment);
  }

  bool synced() const {
    return deployments_.has_synced() && sets_.has_synced() && pods_.has_synced();
  }

  // --- replica sets ---

  Result<Again> sync_set(const std::string& key) {
    if (!synced()) return kSyncRetry;
    const json::Document set = sets_.get(key);
    if (set == nullptr) return std::nullopt;
    const int expected = control_.missing(*set);
    const std::vector<json::Document> pods = TRY(control_.claim(*set));
    ReplicaSetDecision decision = decide_replica_set(*set, pods, expected, clock_.now());
    const json::Value pod_template(json::object_at(*set, {"spec", "template"}));
    for (int made = 0; made < decision.create; ++made)
      TRY(control_.create(*set, pod_from_template(*set, pod_template)));
    for (const std::string& name : decision.remove) TRY(control_.remove(*set, pods, name));
    if (decision.status) TRY(write_status(api_, kReplicaSets, *set, *decision.status));
    if (expected > 0 && !decision.again) decision.again = kExpectationTimeout;
    return decision.again;
  }

  // --- deployments ---

  Result<Again> sync_deployment(const std::string& key) {
    if (!synced()) return kSyncRetry;
    const json::Document deployment = deployments_.get(key);
    if (deployment == nullptr) return std::nullopt;
    const std::vector<json::Document> sets = controlled_by(*deployment, sets_);
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
    if (decision.status) TRY(write_status(api_, kDeployments, *deployment, *decision.status));
    return decision.again;
  }

  // Whether a pod of a replica set other than the present one is still there, be it on its way out.
  bool old_pods_left(const json::Value& deployment, const std::vector<json::Document>& sets) {
    const json::Value* pod_template = json::find(deployment, {"spec", "template"});
    if (pod_template == nullptr) return false;
    const std::string hash = template_hash(*pod_template);
    for (const json::Document& set : sets) {
      if (kube::label_of(*set, kHashLabel) == hash) continue;
      for (const json::Document& pod : controlled_by(*set, pods_)) {
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

  kube::Api& api_;
  const Clock& clock_;
  client::EventRecorder events_;
  client::Informer& deployments_;
  client::Informer& sets_;
  client::Informer& pods_;
  PodControl control_;
  client::Workers deployment_workers_;
  client::Workers set_workers_;
};

}  // namespace

std::unique_ptr<Controller> make_workloads(const Surroundings& around) {
  return std::make_unique<Workloads>(around);
}

}  // namespace firesteel::cluster
