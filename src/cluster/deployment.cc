#include "cluster/deployment.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/json/print.h"
#include "cluster/pods.h"
#include "kube/names.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

constexpr std::int64_t kDefaultHistory = 10;
constexpr std::int64_t kDefaultDeadlineSeconds = 600;

int spec_replicas(const json::Value& object) {
  return static_cast<int>(json::int_at(object, {"spec", "replicas"}, 1));
}
int status_count(const json::Value& object, std::string_view name) {
  return static_cast<int>(json::int_at(object, {"status", name}));
}
std::int64_t revision_of(const json::Value& object) {
  const json::Value* value = json::find(kube::annotations_of(object), kRevisionAnnotation);
  if (value == nullptr || !value->is_string()) return 0;
  const std::string_view text = json::view(value->get_string());
  std::int64_t revision = 0;
  std::from_chars(text.data(), text.data() + text.size(), revision);
  return revision;
}

// One pass over one deployment: what was found, sorted.
struct Found {
  const json::Value& deployment;
  std::string hash;
  json::Document fresh;             // the replica set of the present template, or null
  std::vector<json::Document> old;  // the others, oldest revision first
  int wanted = 1;
  int max_surge = 0;
  int max_unavailable = 0;
  bool recreate = false;
};

Found sort_out(const json::Value& deployment, std::span<const json::Document> replica_sets) {
  Found found{.deployment = deployment, .hash = {}, .fresh = nullptr, .old = {}};
  const json::Value* pod_template = json::find(deployment, {"spec", "template"});
  found.hash = template_hash(pod_template == nullptr ? json::Value() : *pod_template);
  for (const json::Document& set : replica_sets) {
    if (kube::label_of(*set, kHashLabel) == found.hash) {
      found.fresh = set;
    } else {
      found.old.push_back(set);
    }
  }
  std::ranges::sort(found.old, {}, [](const json::Document& set) {
    return std::pair(revision_of(*set), std::string(kube::name_of(*set)));
  });
  found.wanted = spec_replicas(deployment);
  found.recreate = json::string_at(deployment, {"spec", "strategy", "type"}) == "Recreate";
  const auto rolling = [&](std::string_view name) {
    return json::find(deployment, {"spec", "strategy", "rollingUpdate", name});
  };
  if (!found.recreate) {
    found.max_surge = int_or_percent(rolling("maxSurge"), found.wanted, true, "25%");
    found.max_unavailable = int_or_percent(rolling("maxUnavailable"), found.wanted, false, "25%");
    if (found.max_surge == 0 && found.max_unavailable == 0) found.max_unavailable = 1;
  }
  return found;
}

int old_replicas(const Found& found) {
  int sum = 0;
  for (const json::Document& set : found.old) sum += spec_replicas(*set);
  return sum;
}

json::Value make_replica_set(const Found& found, int replicas, const std::string& revision) {
  const json::Value& owner = found.deployment;
  json::Value set = {{"apiVersion", "apps/v1"}, {"kind", "ReplicaSet"}};
  json::Value pod_template = *json::find(owner, {"spec", "template"});
  json::make_object(pod_template, {"metadata", "labels"})[kHashLabel] = found.hash;
  json::Object& metadata = json::make_object(set, {"metadata"});
  metadata["name"] = fmt::format("{}-{}", kube::name_of(owner), found.hash);
  metadata["namespace"] = kube::namespace_of(owner);
  metadata["labels"] = json::object_at(pod_template, {"metadata", "labels"});
  json::Object annotations = kube::annotations_of(owner);
  json::remove(annotations, "kubectl.kubernetes.io/last-applied-configuration");
  annotations[kRevisionAnnotation] = revision;
  metadata["annotations"] = std::move(annotations);
  metadata["ownerReferences"] = json::Array{kube::owner_reference(owner, true, true)};
  json::Object& spec = json::make_object(set, {"spec"});
  spec["replicas"] = replicas;
  const std::int64_t min_ready = json::int_at(owner, {"spec", "minReadySeconds"});
  if (min_ready > 0) spec["minReadySeconds"] = min_ready;
  json::Value selector(json::object_at(owner, {"spec", "selector"}));
  json::make_object(selector, {"matchLabels"})[kHashLabel] = found.hash;
  spec["selector"] = std::move(selector);
  spec["template"] = std::move(pod_template);
  return set;
}

// How many replicas the new set may have now, so that surge stays within bounds.
int next_fresh_replicas(const Found& found, bool pods_left) {
  const int present = found.fresh == nullptr ? 0 : spec_replicas(*found.fresh);
  if (found.recreate) return old_replicas(found) > 0 || pods_left ? present : found.wanted;
  if (present > found.wanted) return found.wanted;
  const int room = found.wanted + found.max_surge - present - old_replicas(found);
  return present + std::clamp(room, 0, found.wanted - present);
}

// Takes old replicas away as far as enough stay available: the unhealthy ones first, then the
// oldest.
void scale_down_old(const Found& found, std::vector<ScaleReplicaSet>& scale) {
  if (old_replicas(found) == 0) return;
  std::vector<int> left;
  for (const json::Document& set : found.old) left.push_back(spec_replicas(*set));
  int may_go = old_replicas(found);
  if (!found.recreate) {
    const int fresh = found.fresh == nullptr ? 0 : spec_replicas(*found.fresh);
    const int fresh_available =
        found.fresh == nullptr ? 0 : status_count(*found.fresh, "availableReplicas");
    const int fresh_unavailable = std::max(0, fresh - fresh_available);
    const int min_available = found.wanted - found.max_unavailable;
    may_go = old_replicas(found) + fresh - min_available - fresh_unavailable;
    int available = fresh_available;
    for (std::size_t index = 0; index < found.old.size() && may_go > 0; ++index) {
      const int healthy = status_count(*found.old[index], "availableReplicas");
      const int taken = std::clamp(left[index] - healthy, 0, may_go);
      left[index] -= taken;
      may_go -= taken;
    }
    for (std::size_t index = 0; index < found.old.size(); ++index) {
      available += std::min(left[index], status_count(*found.old[index], "availableReplicas"));
    }
    may_go = std::min(may_go, available - min_available);
  }
  for (std::size_t index = 0; index < found.old.size(); ++index) {
    const int taken = std::clamp(left[index], 0, std::max(0, may_go));
    left[index] -= taken;
    may_go -= taken;
    if (left[index] != spec_replicas(*found.old[index])) {
      scale.push_back({std::string(kube::name_of(*found.old[index])), left[index]});
    }
  }
}

void clean_history(const Found& found, std::vector<std::string>& remove) {
  const std::int64_t limit =
      json::int_at(found.deployment, {"spec", "revisionHistoryLimit"}, kDefaultHistory);
  auto surplus = static_cast<std::int64_t>(found.old.size()) - limit;
  for (const json::Document& set : found.old) {
    if (surplus <= 0) return;
    const bool idle = spec_replicas(*set) == 0 && status_count(*set, "replicas") == 0;
    if (!idle || kube::is_deleting(*set)) continue;
    remove.emplace_back(kube::name_of(*set));
    --surplus;
  }
}

// --- status ---

struct Condition {
  std::string_view type, status, reason;
  std::string message;
};

// apps/v1 conditions also have lastUpdateTime, which moves with every change of reason or message.
void put_condition(json::Value& status, const Condition& condition, TimePoint now) {
  json::Object& object = status.as_object();
  if (!object["conditions"].is_array()) object["conditions"].emplace_array();
  json::Array& all = object["conditions"].get_array();
  const auto found = std::ranges::find_if(
      all, [&](const json::Value& one) { return json::string_at(one, "type") == condition.type; });
  const std::string time = format_time(now);
  std::string transition = time;
  if (found != all.end()) {
    const bool same_status = json::string_at(*found, "status") == condition.status;
    if (same_status && json::string_at(*found, "reason") == condition.reason &&
        json::string_at(*found, "message") == condition.message) {
      return;
    }
    if (same_status) transition = json::string_at(*found, "lastTransitionTime");
  }
  const json::Value fresh = {{"type", condition.type},     {"status", condition.status},
                             {"lastUpdateTime", time},     {"lastTransitionTime", transition},
                             {"reason", condition.reason}, {"message", condition.message}};
  if (found != all.end()) {
    *found = fresh;
  } else {
    all.push_back(fresh);
  }
}

struct Sums {
  int replicas = 0, updated = 0, ready = 0, available = 0;
};

Condition progress(const Found& found, const Sums& sums, const json::Value& present, TimePoint now,
                   std::optional<std::chrono::nanoseconds>& again) {
  const std::string set = fmt::format("{}-{}", kube::name_of(found.deployment), found.hash);
  const bool complete = found.fresh != nullptr && sums.updated == found.wanted &&
                        sums.replicas == found.wanted && sums.available == found.wanted;
  if (complete) {
    return {"Progressing", "True", "NewReplicaSetAvailable",
            fmt::format("ReplicaSet \"{}\" has successfully progressed.", set)};
  }
  if (found.fresh == nullptr) {
    return {"Progressing", "True", "NewReplicaSetCreated",
            fmt::format("Created new replica set \"{}\"", set)};
  }
  const Condition progressing{"Progressing", "True", "ReplicaSetUpdated",
                              fmt::format("ReplicaSet \"{}\" is progressing.", set)};
  const bool moved = json::int_at(present, {"updatedReplicas"}) != sums.updated ||
                     json::int_at(present, {"availableReplicas"}) != sums.available ||
                     json::int_at(present, {"replicas"}) != sums.replicas;
  if (moved) return progressing;
  const json::Array& conditions = json::array_at(present, {"conditions"});
  const auto last = std::ranges::find_if(conditions, [](const json::Value& one) {
    return json::string_at(one, "type") == "Progressing";
  });
  if (last == conditions.end()) return progressing;
  const auto updated = parse_time(json::string_at(*last, "lastUpdateTime"));
  const std::chrono::seconds deadline(
      json::int_at(found.deployment, {"spec", "progressDeadlineSeconds"}, kDefaultDeadlineSeconds));
  const bool late = json::string_at(*last, "reason") == "ProgressDeadlineExceeded" ||
                    (updated && now - *updated >= deadline);
  // A scale of a finished rollout is no new rollout: it does not run into the deadline.
  const bool was_complete = json::string_at(*last, "reason") == "NewReplicaSetAvailable";
  if (late && !was_complete) {
    return {"Progressing", "False", "ProgressDeadlineExceeded",
            fmt::format("ReplicaSet \"{}\" has timed out progressing.", set)};
  }
  if (updated && !was_complete) again = deadline - (now - *updated) + std::chrono::seconds(1);
  return was_complete
             ? Condition{"Progressing", "True", "NewReplicaSetAvailable",
                         fmt::format("ReplicaSet \"{}\" has successfully progressed.", set)}
             : progressing;
}

void decide_status(const Found& found, TimePoint now, DeploymentDecision& decision) {
  Sums sums;
  std::vector<json::Document> sets = found.old;
  if (found.fresh != nullptr) {
    sets.push_back(found.fresh);
    sums.updated = status_count(*found.fresh, "replicas");
  }
  for (const json::Document& set : sets) {
    sums.replicas += status_count(*set, "replicas");
    sums.ready += status_count(*set, "readyReplicas");
    sums.available += status_count(*set, "availableReplicas");
  }
  const json::Value* given = json::find(found.deployment, "status");
  const json::Value present =
      given != nullptr && given->is_object() ? *given : json::Value(json::Object{});
  json::Value status = present;
  const auto put = [&](std::string_view name, std::int64_t count) {
    put_count(status.as_object(), name, count);
  };
  put("observedGeneration", json::int_at(found.deployment, {"metadata", "generation"}));
  put("replicas", sums.replicas);
  put("updatedReplicas", sums.updated);
  put("readyReplicas", sums.ready);
  put("availableReplicas", sums.available);
  put("unavailableReplicas", std::max(0, found.wanted - sums.available));
  const bool enough = sums.available >= found.wanted - found.max_unavailable;
  put_condition(status,
                enough ? Condition{"Available", "True", "MinimumReplicasAvailable",
                                   "Deployment has minimum availability."}
                       : Condition{"Available", "False", "MinimumReplicasUnavailable",
                                   "Deployment does not have minimum availability."},
                now);
  if (!json::bool_at(found.deployment, {"spec", "paused"})) {
    put_condition(status, progress(found, sums, present, now, decision.again), now);
  }
  if (status != present) decision.status = std::move(status);
}

}  // namespace

int int_or_percent(const json::Value* value, int replicas, bool round_up, std::string_view other) {
  std::string_view text = other;
  if (value != nullptr && value->is_int64()) return static_cast<int>(value->get_int64());
  if (value != nullptr && value->is_string()) text = json::view(value->get_string());
  int percent = 0;
  std::from_chars(text.data(), text.data() + text.size(), percent);
  return (replicas * percent + (round_up ? 99 : 0)) / 100;
}

std::string template_hash(const json::Value& pod_template) {
  json::Value plain = pod_template;
  json::Object& labels = json::make_object(plain, {"metadata", "labels"});
  json::remove(labels, kHashLabel);
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char byte : json::print_canonical(plain)) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619U;
  }
  std::string text;
  for (const char digit : fmt::format("{}", hash)) {
    text += kube::kSuffixAlphabet[static_cast<std::size_t>(digit) % kube::kSuffixAlphabet.size()];
  }
  return text;
}

DeploymentDecision decide_deployment(const json::Value& deployment,
                                     std::span<const json::Document> replica_sets, bool pods_left,
                                     TimePoint now) {
  DeploymentDecision decision;
  const Found found = sort_out(deployment, replica_sets);
  decide_status(found, now, decision);
  if (kube::is_deleting(deployment)) return decision;

  const bool paused = json::bool_at(deployment, {"spec", "paused"});
  std::int64_t highest = 0;
  for (const json::Document& set : found.old) highest = std::max(highest, revision_of(*set));
  const std::int64_t revision =
      found.fresh == nullptr ? highest + 1 : std::max(revision_of(*found.fresh), highest + 1);
  const std::string revision_text = std::to_string(revision);
  const int replicas = next_fresh_replicas(found, pods_left);
  if (found.fresh == nullptr && !paused) {
    decision.create = make_replica_set(found, replicas, revision_text);
  } else if (found.fresh != nullptr) {
    const std::string name(kube::name_of(*found.fresh));
    if (replicas != spec_replicas(*found.fresh)) decision.scale.push_back({name, replicas});
    if (revision_of(*found.fresh) != revision) decision.revise = name;
  }
  if (!paused) {
    scale_down_old(found, decision.scale);
    clean_history(found, decision.remove);
    if (revision_of(deployment) != revision) decision.revision = revision_text;
  }
  return decision;
}

}  // namespace firesteel::cluster
