// The threads of daemon sets.
#include <map>
#include <mutex>

#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/daemon_set.h"
#include "cluster/pod_control.h"
#include "cluster/revision_control.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using client::Change;
using kube::resources::kNodes;
using kube::resources::kPods;
using Again = std::optional<std::chrono::nanoseconds>;

class DaemonSets final : public Controller {
 public:
  explicit DaemonSets(const Surroundings& around)
      : api_(around.api),
        clock_(around.clock),
        sets_(around.informers.of(kDaemonSets)),
        revisions_(around.informers.of(kControllerRevisions)),
        nodes_(around.informers.of(kNodes)),
        pods_(around.informers.of(kPods)),
        control_(api_, clock_, pods_, kDaemonSets, "daemonset-controller"),
        // One thread: what is made for a node and not seen yet is remembered by key.
        workers_(queue_named("daemonset", 1), clock_,
                 [this](const std::string& key) { return sync(key); }) {
    sets_.on_change([this](const Change& change) { workers_.add(change.key); });
    nodes_.on_change([this](const Change& change) { node_changed(change); });
    pods_.on_change([this](const Change& change) {
      control_.note(change);
      const std::string owner = control_.owner_of(change);
      if (!owner.empty()) workers_.add(owner);
    });
  }

  void start() override { workers_.start(); }
  void stop() override { workers_.stop(); }

 private:
  // A node's heartbeat is no news.
  void node_changed(const Change& change) {
    if (change.before != nullptr && change.after != nullptr) {
      const json::Value* before = json::find(*change.before, "spec");
      const json::Value* after = json::find(*change.after, "spec");
      const bool same_spec =
          before != nullptr && after != nullptr ? *before == *after : before == after;
      if (same_spec && kube::labels_of(*change.before) == kube::labels_of(*change.after)) return;
    }
    for (const json::Document& set : sets_.list()) workers_.add(kube::key_of(*set));
  }

  Result<Again> sync(const std::string& key) {
    if (!sets_.has_synced() || !revisions_.has_synced() || !nodes_.has_synced() ||
        !pods_.has_synced())
      return std::chrono::milliseconds(20);
    const json::Document set = sets_.get(key);
    if (set == nullptr) {
      made_for_.erase(key);
      return std::nullopt;
    }
    if (control_.missing(*set) == 0) made_for_.erase(key);
    const std::vector<std::string> expected = made_for_[key];
    const std::vector<json::Document> pods = TRY(control_.claim(*set));
    const Revisions revisions = TRY(sync_revisions(api_, revisions_, *set, pods, ""));
    const DaemonSetDecision decision = decide_daemon_set(
        *set, nodes_.list(), pods, expected, revision_hash(*revisions.update), clock_.now());
    for (const json::Value& pod : decision.create) {
      TRY(control_.create(*set, pod));
      made_for_[key].push_back(node_of_daemon(pod));
    }
    for (const std::string& name : decision.remove) TRY(control_.remove(*set, pods, name));
    if (decision.status) TRY(write_status(api_, kDaemonSets, *set, *decision.status));
    if (!expected.empty() && !decision.again) return kExpectationTimeout;
    return decision.again;
  }

  kube::Api& api_;
  const Clock& clock_;
  client::Informer& sets_;
  client::Informer& revisions_;
  client::Informer& nodes_;
  client::Informer& pods_;
  PodControl control_;
  std::map<std::string, std::vector<std::string>> made_for_;  // nodes; the one worker's own
  client::Workers workers_;
};

}  // namespace

std::unique_ptr<Controller> make_daemon_sets(const Surroundings& around) {
  return std::make_unique<DaemonSets>(around);
}

}  // namespace firesteel::cluster
