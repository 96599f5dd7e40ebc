#pragma once
// One operator process: the real reconcilers behind the real guard and the real candidate of the
// election, their caches fed late, their work queue, and its deaths.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "client/lease.h"
#include "client/time_zones.h"
#include "operator/driver_log.h"
#include "operator/guarded_api.h"
#include "operator/queue.h"
#include "operator/reconcile.h"
#include "operator/scheduled_reconcile.h"
#include "sim/faults.h"
#include "sim/late_caches.h"
#include "sim/random.h"
#include "sim/world.h"

namespace firesteel::sim {

class Replica {
 public:
  // What all replicas of a world share. The pointers outlive them.
  struct Surroundings {
    World* world = nullptr;
    Random* random = nullptr;
    const Clock* clock = nullptr;
    operators::Metrics* metrics = nullptr;
    operators::DriverLogs* logs = nullptr;  // may be null
    client::TimeZones* zones = nullptr;
    operators::decide::Settings settings;
    operators::decide::QueueLimits limits;
    std::function<client::lease::Ticks()> ticks;
    bool elects = false;
    // Called before the guard of each write looks, when the process may be stopped and woken; and
    // while a request is under way.
    std::function<void()> pause = [] {};
    std::function<void()> in_flight = [] {};
  };

  Replica(Surroundings around, FaultPlan plan, int number);

  // A process with nothing but what a list says, as of `position` of the world's log. One that
  // elects begins without the lead.
  void boot(std::size_t position);
  // All is listed anew.
  void relist(std::size_t position);
  void deliver(bool drop);
  void deliver_all();
  // Works one key that is due; false when there is none, or this process does not lead.
  bool work();
  // Works this key, due or not.
  void work(const std::string& key);
  // One try for the lease. A leader that lost it ends, and begins again as a candidate.
  void elect();
  [[nodiscard]] bool may_act() const;
  [[nodiscard]] TimePoint soonest(TimePoint otherwise) const;
  [[nodiscard]] FaultyApi& api() { return api_; }

 private:
  void begin_control(std::size_t position);
  void seed_line();
  void enqueue(const Change& change);
  void enqueue_all();
  void reconcile(const std::string& key);

  Surroundings around_;
  FaultyApi api_;
  operators::GuardedApi guarded_;
  LateCaches caches_;
  const int number_;
  int boots_ = 0;
  bool led_ = false;
  std::unique_ptr<client::Candidate> candidate_;
  std::unique_ptr<operators::Queue> line_;
  std::unique_ptr<operators::Reconciler> applications_;
  std::unique_ptr<operators::ScheduledReconciler> schedules_;
  std::map<std::string, TimePoint> queue_;  // schedules' keys begin with kSchedule
  std::map<std::string, int> failures_;
};

}  // namespace firesteel::sim
