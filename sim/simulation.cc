#include "sim/simulation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/json/print.h"
#include "kube/object.h"
#include "kube/resource.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

using kube::resources::kPods;
using kube::resources::kSparkApplications;
using std::chrono::seconds;

constexpr std::size_t kMaxStepsToRest = 5000;

std::string application_of(const json::Value& pod) {
  return fmt::format("{}/{}", kube::namespace_of(pod), kube::label_of(pod, spark::kLabelAppName));
}

}  // namespace

// A prefix of the world's log, with gaps.
class Simulation::LateCaches final : public operators::Caches {
 public:
  explicit LateCaches(const World& world) : world_(world) {}

  [[nodiscard]] json::Document application(const std::string& key) const override {
    const auto found = applications_.find(key);
    return found == applications_.end() ? nullptr : found->second;
  }
  [[nodiscard]] std::vector<json::Document> pods(const std::string& key) const override {
    std::vector<json::Document> found;
    for (const auto& [name, pod] : pods_) {
      if (application_of(*pod) == key) found.push_back(pod);
    }
    return found;
  }

  [[nodiscard]] std::vector<json::Document> applications() const {
    std::vector<json::Document> all;
    for (const auto& [key, application] : applications_) all.push_back(application);
    return all;
  }

  [[nodiscard]] bool is_behind() const { return next_ < world_.log().size(); }
  const Change& take(bool apply_it) {
    const Change& change = world_.log()[next_++];
    if (apply_it) apply(change);
    return change;
  }
  // A list that the server answers as of `position` of its log.
  void replay(std::size_t position) {
    applications_.clear();
    pods_.clear();
    for (next_ = 0; next_ < position;) apply(world_.log()[next_++]);
  }

 private:
  void apply(const Change& change) {
    const bool application = change.resource == kSparkApplications;
    if (!application && change.resource != kPods) return;
    auto& objects = application ? applications_ : pods_;
    const std::string key = kube::key_of(change.after ? *change.after : *change.before);
    if (change.after == nullptr) {
      objects.erase(key);
    } else {
      objects[key] = change.after;
    }
  }

  const World& world_;
  std::size_t next_ = 0;
  std::map<std::string, json::Document> applications_;
  std::map<std::string, json::Document> pods_;
};

Simulation::Simulation(const Plan& plan)
    : plan_(plan),
      random_(plan.seed),
      clock_(TimePoint(seconds(1'800'000'000))),
      world_(clock_),
      invariants_(world_),
      kubelet_(world_, clock_),
      api_(world_, random_, plan.faults),
      caches_(std::make_unique<LateCaches>(world_)) {
  world_.on_change([this](const Change& change) { invariants_.check(change); });
  start_operator();
}

Simulation::~Simulation() = default;

void Simulation::add_application(const json::Value& application) {
  manifests_.push_back(application);
  (void)world_.create(kSparkApplications, kube::namespace_of(application), application, {});
}

void Simulation::start_operator() {
  operators::decide::Settings settings;
  settings.kubernetes_master = "https://10.96.0.1:443";
  settings.ui_service = true;
  operator_ = std::make_unique<operators::Reconciler>(
      api_, *caches_, clock_, settings, [this] { return random_.hex(32); },
      [](const json::Value&, const operators::decide::EventNote&) {});
  queue_.clear();
  failures_.clear();
  relist();
  operators::decide::QueueLimits limits;
  limits.all.drivers = plan_.max_drivers;
  line_ = std::make_unique<operators::Queue>(
      limits, clock_, [this](const std::string& key) { queue_[key] = clock_.now(); });
  operator_->use_queue(line_.get());
  std::vector<operators::Queue::Known> known;
  for (const json::Document& application : caches_->applications()) {
    const auto pods = caches_->pods(kube::key_of(*application));
    known.push_back({application, operators::has_driver(*application, pods)});
  }
  line_->seed(known);
}

void Simulation::enqueue(const Change& change) {
  const json::Value& object = change.after ? *change.after : *change.before;
  if (change.resource == kSparkApplications) queue_[kube::key_of(object)] = clock_.now();
  if (change.resource == kPods) queue_[application_of(object)] = clock_.now();
}

void Simulation::relist() {
  const std::size_t end = world_.log().size();
  // A server that has just failed over may answer from the past.
  const bool stale = plan_.drop_one_in != 0 && random_.one_in(3);
  caches_->replay(stale ? end - random_.below(std::min<std::size_t>(end, 20) + 1) : end);
  for (const json::Document& application : world_.all(kSparkApplications)) {
    queue_[kube::key_of(*application)] = clock_.now();
  }
}

void Simulation::deliver() {
  if (!caches_->is_behind()) return;
  const bool dropped = plan_.drop_one_in != 0 && random_.one_in(plan_.drop_one_in);
  const Change& change = caches_->take(!dropped);
  if (!dropped) enqueue(change);
}

void Simulation::deliver_all() {
  while (caches_->is_behind()) enqueue(caches_->take(true));
}

void Simulation::reconcile(const std::string& key) {
  queue_.erase(key);
  try {
    const auto next = operator_->reconcile(key);
    if (!next) {
      const int failures = std::min(failures_[key]++, 8);
      queue_[key] = clock_.now() + std::chrono::milliseconds(100 << failures);
    } else {
      failures_.erase(key);
      if (*next) {
        queue_[key] = clock_.now() + std::chrono::duration_cast<TimePoint::duration>(**next);
      }
    }
  } catch (const Crashed&) {
    start_operator();
  }
}

bool Simulation::reconcile_due() {
  std::vector<std::string> due;
  for (const auto& [key, time] : queue_) {
    if (time <= clock_.now()) due.push_back(key);
  }
  if (due.empty()) return false;
  reconcile(due[random_.below(due.size())]);
  return true;
}

TimePoint Simulation::soonest(TimePoint otherwise) const {
  TimePoint soonest = otherwise;
  for (const auto& [key, time] : queue_) soonest = std::min(soonest, time);
  return soonest;
}

void Simulation::act_as_user() {
  if (manifests_.empty()) return;
  const json::Value& manifest = manifests_[random_.below(manifests_.size())];
  const std::string key = kube::key_of(manifest);
  const auto set = [&](std::string_view field, const json::Value& value) {
    world_.edit(kSparkApplications, key, [&](json::Value& application) {
      json::make_object(application, {"spec"})[field] = value;
    });
  };
  switch (random_.below(7)) {
    case 0:
      return set("suspend", true);
    case 1:
      return set("suspend", false);
    case 2:
      return set("timeToLiveSeconds", 100'000);
    case 3:
      return set("arguments", json::Array{random_.hex(2)});
    case 4:  // under another name the old driver would not be in the way of the new one
      world_.edit(kSparkApplications, key, [&](json::Value& application) {
        json::make_object(application, {"spec", "driver"})["podName"] = "driver-" + random_.hex(1);
      });
      return;
    case 5:
      if (random_.one_in(2)) {
        world_.erase(kSparkApplications, key);
      } else {
        (void)world_.create(kSparkApplications, kube::namespace_of(manifest), manifest, {});
      }
      return;
    default:
      for (const json::Document& pod : world_.all(kPods)) {
        if (application_of(*pod) == key && random_.one_in(2)) {
          invariants_.excuse(*pod);
          (void)world_.remove(kPods, kube::namespace_of(*pod), kube::name_of(*pod), {});
        }
      }
  }
}

void Simulation::step() {
  if (plan_.restart_one_in != 0 && random_.one_in(plan_.restart_one_in)) return start_operator();
  switch (random_.below(12)) {
    case 0:
    case 1:
    case 2:
      return deliver();
    case 3:
    case 4:
    case 5:
      reconcile_due();
      return;
    case 6:
    case 7:
      kubelet_.step(random_);
      return;
    case 8:
      world_.collect_garbage();
      return;
    case 9:
      return clock_.advance(std::chrono::milliseconds(random_.below(3000)));
    case 10:
      if (plan_.drop_one_in != 0 && random_.one_in(5)) relist();
      return;
    default:
      if (plan_.users && random_.one_in(4)) act_as_user();
  }
}

bool Simulation::step_to_rest() {
  deliver_all();
  if (reconcile_due() || kubelet_.step(random_) || world_.collect_garbage()) return true;
  const TimePoint never = clock_.now() + seconds(7200);
  const TimePoint next = soonest(never);
  if (next >= never) return false;
  clock_.set(next);
  return true;
}

std::vector<std::string> Simulation::run() {
  for (std::size_t count = 0; count < plan_.steps; ++count) step();
  api_.heal();
  for (const json::Value& manifest : manifests_) {
    world_.edit(kSparkApplications, kube::key_of(manifest), [](json::Value& application) {
      json::Object& spec = json::make_object(application, {"spec"});
      if (spec.contains("suspend")) spec["suspend"] = false;
    });
  }
  relist();
  std::size_t count = 0;
  while (step_to_rest() && ++count < kMaxStepsToRest) {
  }
  std::vector<std::string> wrong;
  if (count >= kMaxStepsToRest) wrong.push_back("the world does not come to rest");
  invariants_.check_rest();
  wrong.insert(wrong.end(), invariants_.breaches().begin(), invariants_.breaches().end());
  const std::size_t before = api_.writes();
  for (const json::Document& application : world_.all(kSparkApplications)) {
    (void)operator_->reconcile(kube::key_of(*application));
  }
  if (api_.writes() != before) wrong.push_back("a stable application is written to");
  return wrong;
}

std::string Simulation::summary() const {
  std::vector<std::string> lines;
  for (const json::Document& application : world_.all(kSparkApplications)) {
    lines.push_back(
        fmt::format("{} {} attempts={} executors={}", kube::key_of(*application),
                    json::string_at(*application, {"status", "applicationState", "state"}),
                    json::int_at(*application, {"status", "executionAttempts"}),
                    json::object_at(*application, {"status", "executorState"}).size()));
  }
  for (const json::Document& pod : world_.all(kPods)) {
    const bool driver = kube::label_of(*pod, spark::kLabelSparkRole) == spark::kRoleDriver;
    lines.push_back(fmt::format("{} of {}: {}", driver ? "driver" : "executor",
                                application_of(*pod), json::string_at(*pod, {"status", "phase"})));
  }
  for (const auto& resource : {kube::resources::kConfigMaps, kube::resources::kServices}) {
    lines.push_back(fmt::format("{}: {}", resource.plural, world_.all(resource).size()));
  }
  std::ranges::sort(lines);
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace firesteel::sim
