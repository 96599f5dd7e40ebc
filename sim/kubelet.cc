#include "sim/kubelet.h"

#include <fmt/format.h>

#include <charconv>

#include "kube/object.h"
#include "kube/resource.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

using kube::resources::kPods;
constexpr int kExecutors = 2;

std::string_view phase_of(const json::Value& pod) {
  return json::string_at(pod, {"status", "phase"});
}

bool has_ended(const json::Value& pod) {
  return phase_of(pod) == "Succeeded" || phase_of(pod) == "Failed";
}

bool is_driver(const json::Value& pod) {
  return kube::label_of(pod, spark::kLabelSparkRole) == spark::kRoleDriver;
}

}  // namespace

bool Kubelet::can_move(const json::Value& pod) const {
  if (kube::is_deleting(pod) || phase_of(pod) == "Pending") return true;
  // An executor runs until its driver tells it to end, or is gone.
  return phase_of(pod) == "Running" && is_driver(pod);
}

bool Kubelet::step(Random& random) {
  std::vector<json::Document> movable;
  for (const json::Document& pod : world_.all(kPods)) {
    if (can_move(*pod)) movable.push_back(pod);
  }
  if (movable.empty()) return false;
  const json::Document pod = movable[random.below(movable.size())];
  if (kube::is_deleting(*pod)) {
    // Some end with a status first, as a driver does that handles SIGTERM; others just vanish.
    if (!has_ended(*pod) && random.one_in(3)) {
      finish(*pod, random.one_in(2) ? 0 : 143);
    } else {
      world_.erase(kPods, kube::key_of(*pod));
    }
  } else if (phase_of(*pod) == "Pending") {
    start(*pod);
  } else {
    finish(*pod, exit_code(*pod));
  }
  return true;
}

void Kubelet::start(const json::Value& pod) {
  world_.edit(kPods, kube::key_of(pod), [](json::Value& changed) {
    json::make_object(changed, {"status"})["phase"] = "Running";
  });
  if (is_driver(pod)) start_executors(pod);
}

void Kubelet::start_executors(const json::Value& driver) {
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

int Kubelet::exit_code(const json::Value& driver) {
  const json::Value* owner = kube::controller_of(driver);
  if (owner == nullptr) return 0;
  const auto application = world_.get(kube::resources::kSparkApplications,
                                      kube::namespace_of(driver), json::string_at(*owner, "name"));
  if (!application) return 0;
  const json::Value* wanted = json::find(kube::annotations_of(**application), kFailFirst);
  int fail_first = 0;
  if (wanted != nullptr && wanted->is_string()) {
    const std::string_view text = json::view(wanted->get_string());
    std::from_chars(text.data(), text.data() + text.size(), fail_first);
  }
  return ++ended_[std::string(json::string_at(*owner, "uid"))] <= fail_first ? 1 : 0;
}

void Kubelet::finish(const json::Value& pod, int exit_code) {
  const std::string finished_at = format_time(clock_.now() + std::chrono::seconds(1));
  const bool late = kube::is_deleting(pod);
  world_.edit(kPods, kube::key_of(pod), [&](json::Value& changed) {
    json::Object& status = json::make_object(changed, {"status"});
    status["phase"] = exit_code == 0 ? "Succeeded" : "Failed";
    json::Object terminated{{"exitCode", exit_code},
                            {"reason", exit_code == 0 ? "Completed" : "Error"},
                            {"finishedAt", late ? finished_at : format_time(clock_.now())}};
    status["containerStatuses"] =
        json::Array{json::Object{{"name", spark::kDriverContainer},
                                 {"state", json::Object{{"terminated", std::move(terminated)}}}}};
  });
  if (!is_driver(pod)) return;
  for (const json::Document& other : world_.all(kPods)) {
    const json::Value* owner = kube::controller_of(*other);
    const bool mine = owner != nullptr && json::string_at(*owner, "uid") == kube::uid_of(pod);
    if (!mine || is_driver(*other) || has_ended(*other)) continue;
    world_.edit(kPods, kube::key_of(*other), [](json::Value& changed) {
      json::make_object(changed, {"status"})["phase"] = "Succeeded";
    });
  }
}

}  // namespace firesteel::sim
