#pragma once
// One run: the operator's real reconciler, its caches fed late and with gaps from the world's log,
// users, nodes and the garbage collector, each taking a step in an order that the seed decides. One
// thread, no real time.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "operator/reconcile.h"
#include "sim/faults.h"
#include "sim/invariants.h"
#include "sim/kubelet.h"
#include "sim/random.h"
#include "sim/world.h"

namespace firesteel::sim {

struct Plan {
  std::uint64_t seed = 1;
  std::size_t steps = 300;  // with faults; then they stop and the world comes to rest
  FaultPlan faults;
  std::size_t drop_one_in = 0;     // watch events that never arrive (until the next list)
  std::size_t restart_one_in = 0;  // of steps: the operator is killed between its calls
  bool users = false;              // edit, suspend, delete, recreate, kill drivers
  std::optional<std::int64_t> max_drivers = std::nullopt;  // at once
};

class Simulation {
 public:
  explicit Simulation(const Plan& plan);
  ~Simulation();

  void add_application(const json::Value& application);
  // Runs to rest. Returns all that was wrong; empty when nothing was.
  [[nodiscard]] std::vector<std::string> run();
  // What there is at the end, without ids, times and counters of the server: equal for runs that
  // differ in faults only.
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] std::size_t writes() const { return api_.writes(); }
  [[nodiscard]] const World& world() const { return world_; }

 private:
  class LateCaches;

  void start_operator();
  void step();
  bool step_to_rest();
  void deliver();
  void deliver_all();
  void relist();
  void reconcile(const std::string& key);
  bool reconcile_due();
  void act_as_user();
  void enqueue(const Change& change);
  [[nodiscard]] TimePoint soonest(TimePoint otherwise) const;

  const Plan plan_;
  Random random_;
  ManualClock clock_;
  World world_;
  Invariants invariants_;
  Kubelet kubelet_;
  FaultyApi api_;
  std::unique_ptr<LateCaches> caches_;
  std::unique_ptr<operators::Queue> line_;
  std::unique_ptr<operators::Reconciler> operator_;
  std::map<std::string, TimePoint> queue_;
  std::map<std::string, int> failures_;
  std::vector<json::Value> manifests_;
};

}  // namespace firesteel::sim
