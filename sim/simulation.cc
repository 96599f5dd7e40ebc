#include "sim/simulation.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "kube/resource.h"
#include "sim/ending.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

using namespace kube::resources;
using std::chrono::seconds;

constexpr std::size_t kMaxStepsToRest = 5000;
// Longer than any lease lasts.
constexpr seconds kLongStop{60};

}  // namespace

Simulation::Simulation(const Plan& plan)
    : plan_(plan),
      random_(plan.seed),
      clock_(TimePoint(seconds(1'800'000'000))),
      world_(clock_),
      invariants_(world_),
      kubelet_(world_, clock_, plan.wild_executors),
      metrics_({}),
      users_(world_, random_, invariants_) {
  world_.on_change([this](const Change& change) { invariants_.check(change); });
  world_.admit([this](const kube::Resource& resource, const json::Value& object) {
    return admission(resource, object);
  });
  Replica::Surroundings around;
  around.world = &world_;
  around.random = &random_;
  around.clock = &clock_;
  around.metrics = &metrics_;
  around.logs = &kubelet_;
  around.zones = &zones_;
  around.settings = plan.settings;
  around.settings.kubernetes_master = "https://10.96.0.1:443";
  around.settings.ui_service = true;
  around.ticks = [this] { return ticks_; };
  around.limits.all.drivers = plan.max_drivers;
  around.elects = plan.replicas > 1;
  for (int number = 0; number < plan.replicas; ++number) {
    around.pause = [this, number] { meanwhile(number, true); };
    around.in_flight = [this, number] { meanwhile(number, false); };
    replicas_.push_back(std::make_unique<Replica>(around, plan.faults, number));
  }
}

Simulation::~Simulation() = default;

void Simulation::add_application(const json::Value& application) {
  users_.add(application);
}

void Simulation::add_taken_over(const json::Value& application) {
  users_.add(application);
  const auto created =
      world_.get(kSparkApplications, kube::namespace_of(application), kube::name_of(application));
  const std::string_view pod = json::string_at(application, {"status", "driverInfo", "podName"});
  if (created && !pod.empty()) kubelet_.place_driver(**created, pod);
}

void Simulation::add_schedule(const json::Value& schedule) {
  invariants_.expect_runs_of(schedule);
  (void)world_.create(kScheduledSparkApplications, kube::namespace_of(schedule), schedule, {});
}

std::optional<Error> Simulation::admission(const kube::Resource& resource,
                                           const json::Value& object) {
  if (!plan_.refusals || resting_) return std::nullopt;
  const bool driver = kube::label_of(object, spark::kLabelSparkRole) == spark::kRoleDriver;
  if (resource == kPods && driver && quota_full_) {
    return Error{ErrorCode::kForbidden, "exceeded quota: team, requested: pods=1", {}};
  }
  if (resource == kSparkApplications && quota_full_ && random_.one_in(2)) {
    return Error{ErrorCode::kForbidden, "exceeded quota: team, requested: applications=1", {}};
  }
  if (resource == kServices && random_.one_in(5)) {
    return Error{ErrorCode::kInvalid, "the webhook does not like it", {}};
  }
  return std::nullopt;
}

Replica& Simulation::some_replica() {
  return *replicas_[random_.below(replicas_.size())];
}

// A server that has just failed over may answer from the past.
std::size_t Simulation::list_position() {
  const std::size_t end = world_.log().size();
  const bool stale = plan_.drop_one_in != 0 && random_.one_in(3);
  return stale ? end - random_.below(std::min<std::size_t>(end, 20) + 1) : end;
}

void Simulation::pass_time(std::chrono::nanoseconds time) {
  clock_.advance(time);
  ticks_ += time;
}

void Simulation::jump_clock() {
  if (!plan_.clock_jumps) return;
  const bool back = random_.one_in(2);
  const auto far = seconds(random_.below(back ? 3600 : 7200));
  clock_.advance(back ? -far : far);
  invariants_.clock_was_set();
}

// At no moment may two act.
void Simulation::check_leaders() {
  if (plan_.replicas < 2) return;
  int leaders = 0;
  for (const auto& replica : replicas_) leaders += replica->may_act() ? 1 : 0;
  if (leaders > 1) invariants_.breach(fmt::format("{} operators may act at once", leaders));
}

// `busy` is in the midst of a request; only the others can be asked to do something.
void Simulation::elect_somebody(int busy) {
  const std::size_t which = random_.below(replicas_.size());
  if (static_cast<int>(which) != busy) replicas_[which]->elect();
}

// The process `busy` is stopped for longer than a lease lasts: another one takes over and works.
void Simulation::stop_and_wake(int busy) {
  pass_time(kLongStop);
  for (std::size_t which = 0; which < replicas_.size(); ++which) {
    Replica& other = *replicas_[which];
    if (static_cast<int>(which) == busy) continue;
    other.elect();
    pass_time(kLongStop);
    other.elect();
    for (int steps = 0; steps < 6; ++steps) {
      other.deliver_all();
      (void)other.work();
      (void)kubelet_.step(random_);
    }
  }
}

void Simulation::meanwhile(int busy, bool stopped) {
  check_leaders();
  if (resting_ || depth_ > 0 || plan_.meanwhile_one_in == 0) return;
  if (!random_.one_in(plan_.meanwhile_one_in)) return;
  ++depth_;
  if (stopped && plan_.replicas > 1 && random_.one_in(8)) {
    stop_and_wake(busy);
  } else {
    for (std::size_t steps = random_.below(4); steps > 0; --steps) other_step(busy);
  }
  --depth_;
  check_leaders();
}

// Everything but what the operator that is busy does itself.
void Simulation::other_step(int busy) {
  switch (random_.below(8)) {
    case 0:
    case 1:
      (void)kubelet_.step(random_);
      return;
    case 2:
      (void)world_.collect_garbage();
      return;
    case 3:
      return some_replica().deliver(false);
    case 4:
      if (plan_.users && random_.one_in(2)) users_.act();
      return;
    case 5:
      return elect_somebody(busy);
    default: {
      const std::size_t which = random_.below(replicas_.size());
      if (static_cast<int>(which) != busy) (void)replicas_[which]->work();
    }
  }
}

void Simulation::step() {
  if (plan_.restart_one_in != 0 && random_.one_in(plan_.restart_one_in)) {
    return some_replica().boot(list_position());
  }
  switch (random_.below(13)) {
    case 0:
    case 1:
    case 2:
      return some_replica().deliver(plan_.drop_one_in != 0 && random_.one_in(plan_.drop_one_in));
    case 3:
    case 4:
    case 5:
      (void)some_replica().work();
      return;
    case 6:
    case 7:
      (void)kubelet_.step(random_);
      return;
    case 8:
      (void)world_.collect_garbage();
      return;
    case 9:
      return pass_time(std::chrono::milliseconds(random_.below(3000)));
    case 10:
      if (plan_.drop_one_in != 0 && random_.one_in(5)) some_replica().relist(list_position());
      return elect_somebody(-1);
    case 11:
      if (random_.one_in(8)) jump_clock();
      if (plan_.refusals && random_.one_in(4)) quota_full_ = !quota_full_;
      if (plan_.strangers && random_.one_in(4)) users_.stand_in_the_way();
      return elect_somebody(-1);
    default:
      if (plan_.users && random_.one_in(4)) users_.act();
  }
}

// Faults end, users want an end too, and one operator is left.
void Simulation::settle_down() {
  resting_ = true;
  for (const auto& replica : replicas_) replica->api().heal();
  users_.settle();
  while (replicas_.size() > 1) {
    replicas_.erase(replicas_.begin() + static_cast<std::ptrdiff_t>(random_.below(2)));
  }
  replicas_.front()->relist(world_.log().size());
}

bool Simulation::step_to_rest() {
  Replica& replica = *replicas_.front();
  while (!replica.may_act()) {
    replica.elect();
    pass_time(seconds(3));
    replica.elect();
  }
  replica.deliver_all();
  if (replica.work() || kubelet_.step(random_) || world_.collect_garbage()) return true;
  const TimePoint never = clock_.now() + seconds(7200);
  const TimePoint next = replica.soonest(never);
  if (next >= never) return false;
  pass_time(next - clock_.now());
  return true;
}

std::vector<std::string> Simulation::run() {
  for (std::size_t count = 0; count < plan_.steps; ++count) step();
  settle_down();
  std::size_t count = 0;
  while (step_to_rest() && ++count < kMaxStepsToRest) {
  }
  std::vector<std::string> wrong;
  if (count >= kMaxStepsToRest) wrong.push_back("the world does not come to rest");
  invariants_.check_rest();
  wrong.insert(wrong.end(), invariants_.breaches().begin(), invariants_.breaches().end());
  const std::size_t before = writes();
  for (const json::Document& application : world_.all(kSparkApplications)) {
    replicas_.front()->work(kube::key_of(*application));
  }
  if (writes() != before) wrong.push_back("a stable application is written to");
  return wrong;
}

std::size_t Simulation::writes() const {
  std::size_t all = 0;
  for (const auto& replica : replicas_) all += replica->api().writes();
  return all;
}

std::string Simulation::summary() const {
  return summary_of(world_);
}

std::string Simulation::end() const {
  return end_of(world_);
}

}  // namespace firesteel::sim
