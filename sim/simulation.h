#pragma once
// One run: the operator's real reconcilers, their caches fed late and with gaps from the world's
// log, users, nodes and the garbage collector, each taking a step in an order that the seed
// decides, also while a request of the operator is under way. One thread, no real time.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "client/time_zones.h"
#include "operator/decide/observed.h"
#include "operator/metrics.h"
#include "sim/faults.h"
#include "sim/invariants.h"
#include "sim/kubelet.h"
#include "sim/random.h"
#include "sim/replica.h"
#include "sim/users.h"
#include "sim/world.h"

namespace firesteel::sim {

struct Plan {
  std::uint64_t seed = 1;
  std::size_t steps = 300;  // with faults; then they stop and the world comes to rest
  FaultPlan faults;
  std::size_t drop_one_in = 0;       // watch events that never arrive (until the next list)
  std::size_t restart_one_in = 0;    // of steps: an operator is killed between its calls
  bool users = false;                // edit, suspend, delete, recreate, kill drivers
  std::size_t meanwhile_one_in = 0;  // of requests: something else happens while it is under way
  // Operators with a lease: one is stopped and woken again, and acts on what it believed. 1: the
  // only one, without a lease.
  int replicas = 1;
  bool clock_jumps = false;  // the wall clock is set: hours ahead, an hour back
  bool refusals = false;     // a quota is full now and then, a webhook refuses Services
  bool strangers = false;    // objects of others stand under names that the operator would use
  bool wild_executors = false;
  std::optional<std::int64_t> max_drivers = std::nullopt;  // at once
  operators::decide::Settings settings = {};
};

class Simulation {
 public:
  explicit Simulation(const Plan& plan);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  void add_application(const json::Value& application);
  // One that another operator has brought as far as its status says, with its driver, if it is said
  // to have one.
  void add_taken_over(const json::Value& application);
  void add_schedule(const json::Value& schedule);
  // Runs to rest. Returns all that was wrong; empty when nothing was.
  [[nodiscard]] std::vector<std::string> run();
  // What there is at the end, without ids, times and counters of the server: equal for runs that
  // differ in faults only. In few words, and whole.
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] std::string end() const;
  [[nodiscard]] std::size_t writes() const;
  [[nodiscard]] const World& world() const { return world_; }

 private:
  void step();
  void other_step(int busy);
  void elect_somebody(int busy);
  void meanwhile(int busy, bool stopped);
  void pass_time(std::chrono::nanoseconds time);
  void jump_clock();
  void stop_and_wake(int busy);
  [[nodiscard]] Replica& some_replica();
  [[nodiscard]] std::size_t list_position();
  void check_leaders();
  void settle_down();
  bool step_to_rest();
  [[nodiscard]] std::optional<Error> admission(const kube::Resource& resource,
                                               const json::Value& object);

  const Plan plan_;
  Random random_;
  ManualClock clock_;
  client::lease::Ticks ticks_{0};
  World world_;
  Invariants invariants_;
  Kubelet kubelet_;
  client::TimeZones zones_;
  operators::Metrics metrics_;
  Users users_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  bool quota_full_ = false;
  bool resting_ = false;
  int depth_ = 0;  // of steps taken while a request is under way
};

}  // namespace firesteel::sim
