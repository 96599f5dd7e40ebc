#include "sim/replica.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "kube/resource.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

using namespace kube::resources;

constexpr std::string_view kSchedule = "schedule:";
constexpr std::string_view kLeaseSpace = "data-platform";

std::string schedule_key(std::string_view key) {
  return fmt::format("{}{}", kSchedule, key);
}

}  // namespace

Replica::Replica(Surroundings around, FaultPlan plan, int number)
    : around_(std::move(around)),
      api_(*around_.world, *around_.random, plan, around_.in_flight),
      guarded_(api_, *around_.metrics,
               [this] {
                 around_.pause();
                 return may_act();
               }),
      caches_(*around_.world),
      number_(number) {
  boot(0);
}

void Replica::boot(std::size_t position) {
  ++boots_;
  led_ = false;
  if (around_.elects) {
    client::LeaseOptions lease;
    lease.space = kLeaseSpace;
    lease.name = "spark-operator-lock";
    lease.identity = fmt::format("operator-{}-{}", number_, boots_);
    candidate_ = std::make_unique<client::Candidate>(api_, *around_.clock, lease, around_.ticks);
  }
  begin_control(position);
}

// What the controller does when it starts.
void Replica::begin_control(std::size_t position) {
  queue_.clear();
  failures_.clear();
  const auto silent = [](const json::Value&, const operators::decide::EventNote&) {};
  applications_ = std::make_unique<operators::Reconciler>(
      guarded_, caches_, *around_.clock, around_.settings,
      [random = around_.random] { return random->hex(32); }, silent);
  applications_->use_logs(around_.logs);
  schedules_ = std::make_unique<operators::ScheduledReconciler>(
      guarded_, caches_, *around_.clock, *around_.zones,
      operators::decide::TimestampPrecision::kSeconds, silent);
  line_ = std::make_unique<operators::Queue>(
      around_.limits, *around_.clock,
      [this](const std::string& key) { queue_[key] = around_.clock->now(); });
  applications_->use_queue(line_.get());
  relist(position);
  seed_line();
}

void Replica::seed_line() {
  std::vector<operators::Queue::Known> known;
  for (const json::Document& application : caches_.applications()) {
    const auto pods = caches_.pods(kube::key_of(*application));
    known.push_back({application, operators::has_driver(*application, pods)});
  }
  line_->seed(known);
}

bool Replica::may_act() const {
  return candidate_ == nullptr || candidate_->may_act();
}

void Replica::elect() {
  if (candidate_ == nullptr) return;
  try {
    (void)candidate_->attempt();
  } catch (const Crashed&) {
    return boot(around_.world->log().size());
  }
  const bool leads = candidate_->may_act();
  if (led_ && !leads) return boot(around_.world->log().size());
  if (leads && !led_) begin_control(around_.world->log().size());
  led_ = leads;
}

void Replica::enqueue(const Change& change) {
  const json::Value& object = change.after ? *change.after : *change.before;
  const TimePoint now = around_.clock->now();
  if (change.resource == kPods) queue_[application_of(object)] = now;
  if (change.resource == kScheduledSparkApplications) {
    queue_[schedule_key(kube::key_of(object))] = now;
  }
  if (change.resource != kSparkApplications) return;
  queue_[kube::key_of(object)] = now;
  const std::string_view schedule = kube::label_of(object, spark::kLabelScheduledAppName);
  if (schedule.empty()) return;
  queue_[schedule_key(fmt::format("{}/{}", kube::namespace_of(object), schedule))] = now;
}

void Replica::enqueue_all() {
  const TimePoint now = around_.clock->now();
  for (const json::Document& one : around_.world->all(kSparkApplications)) {
    queue_[kube::key_of(*one)] = now;
  }
  for (const json::Document& one : around_.world->all(kScheduledSparkApplications)) {
    queue_[schedule_key(kube::key_of(*one))] = now;
  }
}

void Replica::relist(std::size_t position) {
  caches_.replay(position);
  enqueue_all();
}

void Replica::deliver(bool drop) {
  if (!caches_.is_behind()) return;
  const Change change = caches_.take(!drop);
  if (!drop) enqueue(change);
}

void Replica::deliver_all() {
  while (caches_.is_behind()) enqueue(caches_.take(true));
}

bool Replica::work() {
  // The controller of a process that lost the lead goes on until it notices: the guard is what
  // holds it back.
  if (candidate_ != nullptr && !led_) return false;
  std::vector<std::string> due;
  for (const auto& [key, time] : queue_) {
    if (time <= around_.clock->now()) due.push_back(key);
  }
  if (due.empty()) return false;
  work(due[around_.random->below(due.size())]);
  return true;
}

void Replica::work(const std::string& key) {
  queue_.erase(key);
  try {
    reconcile(key);
  } catch (const Crashed&) {
    boot(around_.world->log().size());
  }
}

void Replica::reconcile(const std::string& key) {
  const bool schedule = key.starts_with(kSchedule);
  const auto next = schedule ? schedules_->reconcile(key.substr(kSchedule.size()))
                             : applications_->reconcile(key);
  const TimePoint now = around_.clock->now();
  if (!next) {
    const int failures = std::min(failures_[key]++, 8);
    queue_[key] = now + std::chrono::milliseconds(100 << failures);
    return;
  }
  failures_.erase(key);
  if (*next) queue_[key] = now + std::chrono::duration_cast<TimePoint::duration>(**next);
}

TimePoint Replica::soonest(TimePoint otherwise) const {
  if (candidate_ != nullptr && !led_) return otherwise;
  TimePoint soonest = otherwise;
  for (const auto& [key, time] : queue_) soonest = std::min(soonest, time);
  return soonest;
}

}  // namespace firesteel::sim
