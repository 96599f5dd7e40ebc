#include "sim/kubelet.h"

#include <fmt/format.h>

#include <array>

#include "kube/object.h"
#include "kube/resource.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

using kube::resources::kPods;
constexpr int kExecutors = 2;

// How a driver's container ends; or, without one, what the pod's own status says.
struct Ending {
  std::string_view fate;
  int exit_code;
  std::string_view reason;
  bool container = true;
};
constexpr std::array kEndings{
    Ending{"ok", 0, "Completed"},           Ending{"error", 1, "Error"},
    Ending{"oom", 137, "OOMKilled"},        Ending{"killed", 137, "Error"},
    Ending{"stopped", 143, "Error"},        Ending{"aborted", 134, "Error"},
    Ending{"crashed", 139, "Error"},        Ending{"no-command", 127, "StartError"},
    Ending{"no-right", 126, "Error"},       Ending{"evicted", 1, "Evicted", false},
    Ending{"lost", 1, "NodeLost", false},   Ending{"refused", 1, "UnexpectedAdmissionError", false},
    Ending{"speechless", 1, "", false},     Ending{"done", 0, "", false},
    Ending{"sidecar", 0, "Completed"},      Ending{"unknown", 0, "Completed"},
    Ending{"unschedulable", 0, "Completed"}};

std::string_view phase_of(const json::Value& pod) {
  return json::string_at(pod, {"status", "phase"});
}

bool has_ended(const json::Value& pod) {
  return phase_of(pod) == "Succeeded" || phase_of(pod) == "Failed";
}

bool is_driver(const json::Value& pod) {
  return kube::label_of(pod, spark::kLabelSparkRole) == spark::kRoleDriver;
}

std::string_view waits_for(const json::Value& pod) {
  for (const json::Value& status : json::array_at(pod, {"status", "containerStatuses"})) {
    return json::string_at(status, {"state", "waiting", "reason"});
  }
  return {};
}

void set_container_state(json::Value& pod, std::string_view kind, json::Object what) {
  json::Object state;
  state[kind] = std::move(what);
  json::make_object(pod, {"status"})["containerStatuses"] =
      json::Array{json::Object{{"name", spark::kDriverContainer}, {"state", std::move(state)}}};
}

void set_phase(World& world, const json::Value& pod, std::string_view phase) {
  world.edit(kPods, kube::key_of(pod), [&](json::Value& changed) {
    json::make_object(changed, {"status"})["phase"] = phase;
  });
}

std::string annotation(const json::Value& object, std::string_view name) {
  const json::Value* value = json::find(kube::annotations_of(object), name);
  return value != nullptr && value->is_string() ? std::string(json::view(value->get_string()))
                                                : std::string();
}

json::Document application_of_driver(World& world, const json::Value& driver) {
  const json::Value* owner = kube::controller_of(driver);
  if (owner == nullptr) return nullptr;
  auto found = world.get(kube::resources::kSparkApplications, kube::namespace_of(driver),
                         json::string_at(*owner, "name"));
  return found ? *found : nullptr;
}

}  // namespace

bool Kubelet::can_move(const json::Value& pod) const {
  if (kube::is_deleting(pod)) return true;
  if (phase_of(pod) == "Pending") return waits_for(pod) != "ImagePullBackOff";
  if (phase_of(pod) == "Unknown") return true;
  // An executor runs until its driver tells it to end, or is gone; a sidecar for ever.
  return phase_of(pod) == "Running" && is_driver(pod) &&
         json::find(pod, {"status", "containerStatuses"}) == nullptr;
}

bool Kubelet::step(Random& random) {
  std::vector<json::Document> movable;
  std::vector<json::Document> executors;
  for (const json::Document& pod : world_.all(kPods)) {
    if (can_move(*pod)) movable.push_back(pod);
    if (wild_executors_ && !is_driver(*pod) && !has_ended(*pod)) executors.push_back(pod);
  }
  if (!executors.empty() && random.one_in(6)) {
    move_executor(*executors[random.below(executors.size())], random);
    return true;
  }
  if (movable.empty()) return false;
  const json::Document pod = movable[random.below(movable.size())];
  if (kube::is_deleting(*pod)) {
    remove(*pod, random);
  } else if (is_driver(*pod)) {
    move_driver(*pod, random);
  } else {
    set_phase(world_, *pod, "Running");
  }
  return true;
}

// Some end with a status first, as a driver does that handles SIGTERM; others just vanish.
void Kubelet::remove(const json::Value& pod, Random& random) {
  if (!has_ended(pod) && random.one_in(3)) {
    finish(pod, random.one_in(2) ? "ok" : "stopped");
  } else {
    world_.erase(kPods, kube::key_of(pod));
  }
}

void Kubelet::move_driver(const json::Value& pod, Random& random) {
  const std::string fate = fate_of(pod);
  const std::string_view phase = phase_of(pod);
  if (phase == "Unknown") return set_phase(world_, pod, "Running");
  if (phase == "Running") {
    if (fate == "unknown" && random.one_in(2)) return set_phase(world_, pod, "Unknown");
    return finish(pod, fate);
  }
  const bool told = json::find(pod, {"status", "conditions"}) != nullptr;
  if (fate == "stuck") {
    return world_.edit(kPods, kube::key_of(pod), [](json::Value& changed) {
      set_container_state(changed, "waiting",
                          {{"reason", "ImagePullBackOff"}, {"message", "no such image"}});
    });
  }
  if (fate == "unschedulable" && !told) {
    return world_.edit(kPods, kube::key_of(pod), [](json::Value& changed) {
      json::make_object(changed, {"status"})["conditions"] =
          json::Array{json::Object{{"type", "PodScheduled"},
                                   {"status", "False"},
                                   {"reason", "Unschedulable"},
                                   {"message", "0/1 nodes are available"}}};
    });
  }
  start(pod);
}

void Kubelet::move_executor(const json::Value& pod, Random& random) {
  switch (random.below(4)) {
    case 0:
      return set_phase(world_, pod, "Failed");
    case 1:
      return set_phase(world_, pod, "Unknown");
    case 2:
      return world_.erase(kPods, kube::key_of(pod));
    default:  // as Spark's driver does with one that is idle
      world_.edit(kPods, kube::key_of(pod), [&](json::Value& changed) {
        json::make_object(changed, {"metadata"})["deletionTimestamp"] = format_time(clock_.now());
        json::make_object(changed, {"status"})["phase"] = "Failed";
        set_container_state(changed, "terminated", {{"exitCode", 143}, {"reason", "Error"}});
      });
  }
}

void Kubelet::start(const json::Value& pod) {
  world_.edit(kPods, kube::key_of(pod), [](json::Value& changed) {
    json::Object& status = json::make_object(changed, {"status"});
    status["phase"] = "Running";
    json::remove(status, "conditions");
  });
  start_executors(pod);
}

void Kubelet::start_executors(const json::Value& driver) {
  if (kube::label_of(driver, spark::kLabelSparkRole) != spark::kRoleDriver) return;
  for (int number = 1; number <= kExecutors; ++number) {
    json::Value executor = json::Object{};
    json::Object& metadata = json::make_object(executor, {"metadata"});
    metadata["name"] = fmt::format("{}-exec-{}", kube::uid_of(driver), number);
    json::Object labels = kube::labels_of(driver);
    labels[spark::kLabelSparkRole] = spark::kRoleExecutor;
    labels[spark::kLabelSparkExecutorId] = std::to_string(number);
    metadata["labels"] = std::move(labels);
    metadata["ownerReferences"] = json::Array{kube::owner_reference(driver, true, false)};
    (void)world_.create(kPods, kube::namespace_of(driver), executor, {});
  }
}

void Kubelet::place_driver(const json::Value& application, std::string_view name) {
  json::Value pod = json::Object{};
  json::Object& metadata = json::make_object(pod, {"metadata"});
  metadata["name"] = name;
  metadata["labels"] = json::Object{
      {spark::kLabelSparkRole, spark::kRoleDriver},
      {spark::kLabelAppName, kube::name_of(application)},
      {spark::kLabelSubmissionId, json::string_at(application, {"status", "submissionID"})}};
  metadata["ownerReferences"] = json::Array{kube::owner_reference(application, true, true)};
  (void)world_.create(kPods, kube::namespace_of(application), pod, {});
}

std::string Kubelet::fate_of(const json::Value& driver) const {
  const json::Document application = application_of_driver(world_, driver);
  if (application == nullptr) return "ok";
  const std::string fates = annotation(*application, kFates);
  std::string_view rest = fates;
  const auto ended = ended_.find(std::string(kube::uid_of(*application)));
  for (int skip = ended == ended_.end() ? 0 : ended->second; skip > 0; --skip) {
    const std::size_t comma = rest.find(',');
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  const std::string_view fate = rest.substr(0, rest.find(','));
  return fate.empty() ? "ok" : std::string(fate);
}

Result<std::string> Kubelet::tail(std::string_view space, std::string_view pod) {
  const json::Document driver = TRY(world_.get(kPods, space, pod));
  const json::Document application = application_of_driver(world_, *driver);
  std::string log = application == nullptr ? std::string() : annotation(*application, kLog);
  if (log.empty()) return fail(ErrorCode::kUnavailable, "the node does not answer");
  return log;
}

void Kubelet::finish(const json::Value& pod, std::string_view fate) {
  const auto* const ending = std::ranges::find(kEndings, fate, &Ending::fate);
  const Ending& how = ending == kEndings.end() ? kEndings.front() : *ending;
  if (!kube::is_deleting(pod)) {
    if (const json::Document application = application_of_driver(world_, pod)) {
      ++ended_[std::string(kube::uid_of(*application))];
    }
  }
  const TimePoint finished = clock_.now() + std::chrono::seconds(kube::is_deleting(pod) ? 1 : 0);
  world_.edit(kPods, kube::key_of(pod), [&](json::Value& changed) {
    json::Object& status = json::make_object(changed, {"status"});
    if (how.fate != "sidecar") status["phase"] = how.exit_code == 0 ? "Succeeded" : "Failed";
    if (!how.container) {
      if (!how.reason.empty()) status["reason"] = how.reason;
      return;
    }
    set_container_state(changed, "terminated",
                        {{"exitCode", how.exit_code},
                         {"reason", how.reason},
                         {"finishedAt", format_time(finished)}});
  });
  if (is_driver(pod)) end_executors(pod);
}

void Kubelet::end_executors(const json::Value& driver) {
  for (const json::Document& other : world_.all(kPods)) {
    const json::Value* owner = kube::controller_of(*other);
    const bool mine = owner != nullptr && json::string_at(*owner, "uid") == kube::uid_of(driver);
    if (mine && !is_driver(*other) && !has_ended(*other)) set_phase(world_, *other, "Succeeded");
  }
}

}  // namespace firesteel::sim
