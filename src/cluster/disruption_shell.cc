// The threads of pod disruption budgets.
#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/disruption.h"
#include "cluster/pod_control.h"
#include "cluster/stateful_set.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using client::Change;
using kube::resources::kPods;
using kube::resources::kReplicaSets;
using Again = std::optional<std::chrono::nanoseconds>;

class Disruption final : public Controller {
 public:
  explicit Disruption(const Surroundings& around)
      : api_(around.api),
        clock_(around.clock),
        budgets_(around.informers.of(kDisruptionBudgets)),
        replica_sets_(around.informers.of(kReplicaSets)),
        stateful_sets_(around.informers.of(kStatefulSets)),
        pods_(around.informers.of(kPods)),
        workers_(queue_named("disruption", 1), clock_,
                 [this](const std::string& key) { return sync(key); }) {
    budgets_.on_change([this](const Change& change) { workers_.add(change.key); });
    // A pod's controller changes its pods soon after it was changed itself.
    pods_.on_change([this](const Change& change) {
      for (const json::Document& budget : budgets_.list(split_key(change.key).space))
        workers_.add(kube::key_of(*budget));
    });
  }

  void start() override { workers_.start(); }
  void stop() override { workers_.stop(); }

 private:
  Result<Again> sync(const std::string& key) {
    if (!budgets_.has_synced() || !replica_sets_.has_synced() || !stateful_sets_.has_synced() ||
        !pods_.has_synced())
      return std::chrono::milliseconds(20);
    const json::Document budget = budgets_.get(key);
    if (budget == nullptr || kube::is_deleting(*budget)) return std::nullopt;
    const std::string space(kube::namespace_of(*budget));
    const auto scale_of = [&](const json::Value& controller) -> std::optional<int> {
      const std::string_view kind = json::string_at(controller, "kind");
      const auto owner = fmt::format("{}/{}", space, json::string_at(controller, "name"));
      const json::Document object = kind == "ReplicaSet"    ? replica_sets_.get(owner)
                                    : kind == "StatefulSet" ? stateful_sets_.get(owner)
                                                            : nullptr;
      if (object == nullptr) return std::nullopt;
      return static_cast<int>(json::int_at(*object, {"spec", "replicas"}, 1));
    };
    const DisruptionDecision decision =
        decide_disruption(*budget, pods_.list(space), scale_of, clock_.now());
    if (decision.status) TRY(write_status(api_, kDisruptionBudgets, *budget, *decision.status));
    return decision.again;
  }

  kube::Api& api_;
  const Clock& clock_;
  client::Informer& budgets_;
  client::Informer& replica_sets_;
  client::Informer& stateful_sets_;
  client::Informer& pods_;
  client::Workers workers_;
};

}  // namespace

std::unique_ptr<Controller> make_disruption(const Surroundings& around) {
  return std::make_unique<Disruption>(around);
}

}  // namespace firesteel::cluster
