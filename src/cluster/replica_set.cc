#include "cluster/replica_set.h"

#include <algorithm>
#include <tuple>

#include "cluster/pods.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

// Smaller is deleted first: not bound, not ready, the youngest. Source:
// controller.ActivePodsWithRanks.
auto deletion_rank(const json::Value& pod) {
  const bool bound = !json::string_at(pod, {"spec", "nodeName"}).empty();
  const bool running = json::string_at(pod, {"status", "phase"}) == "Running";
  const auto created = parse_time(json::string_at(pod, {"metadata", "creationTimestamp"}));
  return std::tuple(bound, running, is_ready(pod), TimePoint::max() - created.value_or(TimePoint{}),
                    kube::name_of(pod));
}

struct Counts {
  int active = 0, labelled = 0, ready = 0, available = 0;
};

bool has_template_labels(const json::Value& pod, const json::Object& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& label) {
    const json::Value* found = json::find(kube::labels_of(pod), label.key());
    return found != nullptr && *found == label.value();
  });
}

json::Value status_of(const json::Value& replica_set, const Counts& counts) {
  const json::Value* present = json::find(replica_set, "status");
  json::Value status =
      present != nullptr && present->is_object() ? *present : json::Value(json::Object{});
  json::Object& object = status.as_object();
  // "replicas" is always there.
  object["replicas"] = counts.active;
  put_count(object, "fullyLabeledReplicas", counts.labelled);
  put_count(object, "readyReplicas", counts.ready);
  put_count(object, "availableReplicas", counts.available);
  object["observedGeneration"] = json::int_at(replica_set, {"metadata", "generation"});
  return status;
}

}  // namespace

ReplicaSetDecision decide_replica_set(const json::Value& replica_set,
                                      std::span<const json::Document> pods, int expected,
                                      TimePoint now) {
  ReplicaSetDecision decision;
  const std::chrono::seconds min_ready(json::int_at(replica_set, {"spec", "minReadySeconds"}));
  const json::Object& labels =
      json::object_at(replica_set, {"spec", "template", "metadata", "labels"});
  Counts counts;
  std::vector<json::Document> active;
  for (const json::Document& pod : pods) {
    if (!is_active(*pod)) continue;
    active.push_back(pod);
    ++counts.active;
    if (has_template_labels(*pod, labels)) ++counts.labelled;
    const auto left = available_in(*pod, min_ready, now);
    if (!left) continue;
    ++counts.ready;
    if (left->count() <= 0) {
      ++counts.available;
    } else if (!decision.again || *left < *decision.again) {
      decision.again = left;
    }
  }
  if (!kube::is_deleting(replica_set)) {
    const int wanted = static_cast<int>(json::int_at(replica_set, {"spec", "replicas"}, 1));
    const int missing = wanted - counts.active - expected;
    if (missing > 0) decision.create = std::min(missing, kMaxPodsAtOnce);
    if (missing < 0 && expected == 0) {
      std::ranges::sort(active, {}, [](const json::Document& pod) { return deletion_rank(*pod); });
      const int surplus = std::min({-missing, kMaxPodsAtOnce, counts.active});
      for (int index = 0; index < surplus; ++index) {
        decision.remove.emplace_back(kube::name_of(*active[static_cast<std::size_t>(index)]));
      }
    }
  }
  json::Value status = status_of(replica_set, counts);
  const json::Value* present = json::find(replica_set, "status");
  if (present == nullptr || *present != status) decision.status = std::move(status);
  return decision;
}

}  // namespace firesteel::cluster
