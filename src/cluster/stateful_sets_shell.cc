// The threads of stateful sets.
#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/pod_control.h"
#include "cluster/revision_control.h"
#include "cluster/stateful_set.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using client::Change;
using client::EventKind;
using kube::resources::kPersistentVolumeClaims;
using kube::resources::kPods;
using Again = std::optional<std::chrono::nanoseconds>;

class StatefulSets final : public Controller {
 public:
  explicit StatefulSets(const Surroundings& around)
      : api_(around.api),
        clock_(around.clock),
        sets_(around.informers.of(kStatefulSets)),
        revisions_(around.informers.of(kControllerRevisions)),
        claims_(around.informers.of(kPersistentVolumeClaims)),
        pods_(around.informers.of(kPods)),
        control_(api_, clock_, pods_, kStatefulSets, "statefulset-controller"),
        workers_(queue_named("statefulset", around.workers), clock_,
                 [this](const std::string& key) { return sync(key); }) {
    sets_.on_change([this](const Change& change) { workers_.add(change.key); });
    pods_.on_change([this](const Change& change) { pod_changed(change); });
  }

  void start() override { workers_.start(); }
  void stop() override { workers_.stop(); }

 private:
  void pod_changed(const Change& change) {
    control_.note(change);
    const std::string owner = control_.owner_of(change);
    if (!owner.empty()) workers_.add(owner);
  }

  Result<Again> sync(const std::string& key) {
    if (!sets_.has_synced() || !revisions_.has_synced() || !claims_.has_synced() ||
        !pods_.has_synced())
      return std::chrono::milliseconds(20);
    const json::Document set = sets_.get(key);
    if (set == nullptr) return std::nullopt;
    const std::vector<json::Document> pods = TRY(control_.claim(*set));
    const std::string_view current = json::string_at(*set, {"status", "currentRevision"});
    const Revisions revisions = TRY(sync_revisions(api_, revisions_, *set, pods, current));
    const StatefulSetDecision decision =
        decide_stateful_set(*set, pods, *revisions.current, *revisions.update, clock_.now());
    for (const json::Value& pod : decision.create) TRY(create(*set, pod));
    for (const std::string& name : decision.remove) TRY(remove(*set, pods, name));
    if (decision.status) TRY(write_status(api_, kStatefulSets, *set, *decision.status));
    return decision.again;
  }

  Result<void> create(const json::Value& set, const json::Value& pod) {
    const std::string_view name = kube::name_of(pod);
    for (const json::Value& claim : claims_of(set, name)) {
      if (claims_.get(kube::key_of(claim)) != nullptr) continue;
      const auto made = api_.create(kPersistentVolumeClaims, kube::namespace_of(set), claim, {});
      if (!made && !is_settled(made.error())) {
        control_.events().record(
            set, EventKind::kWarning, "FailedCreate",
            fmt::format("create Claim {} for Pod {} in StatefulSet {} failed "
                        "error: {}",
                        kube::name_of(claim), name, kube::name_of(set), made.error().message));
        return std::unexpected(made.error());
      }
      if (made)
        control_.events().record(set, EventKind::kNormal, "SuccessfulCreate",
                                 fmt::format("create Claim {} Pod {} in StatefulSet {} success",
                                             kube::name_of(claim), name, kube::name_of(set)));
    }
    return control_.create(set, pod);
  }

  // Claims that are to go with the pod are its own from now on: garbage collection takes them.
  Result<void> remove(const json::Value& set, const std::vector<json::Document>& pods,
                      const std::string& name) {
    const auto pod = std::ranges::find_if(
        pods, [&](const json::Document& one) { return kube::name_of(*one) == name; });
    if (pod != pods.end() && takes_claims_along(set, name)) {
      json::Value patch;
      json::make_object(patch, {"metadata"})["ownerReferences"] =
          json::Array{kube::owner_reference(**pod, false, false)};
      for (const json::Value& claim : claims_of(set, name)) {
        const auto patched = api_.patch(kPersistentVolumeClaims, kube::namespace_of(set),
                                        kube::name_of(claim), kube::PatchType::kMerge, patch, {});
        if (!patched && !is_settled(patched.error())) return std::unexpected(patched.error());
      }
    }
    return control_.remove(set, pods, name);
  }

  kube::Api& api_;
  const Clock& clock_;
  client::Informer& sets_;
  client::Informer& revisions_;
  client::Informer& claims_;
  client::Informer& pods_;
  PodControl control_;
  client::Workers workers_;
};

}  // namespace

std::unique_ptr<Controller> make_stateful_sets(const Surroundings& around) {
  return std::make_unique<StatefulSets>(around);
}

}  // namespace firesteel::cluster
