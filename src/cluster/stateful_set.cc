#include "cluster/stateful_set.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "cluster/pods.h"
#include "cluster/revisions.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using json::string_at;

// A place in the set: the pod that is there, or null.
struct Place {
  int ordinal = 0;
  json::Document pod;
};

struct Found {
  const json::Value& set;
  const json::Value& current;
  const json::Value& update;
  TimePoint now;
  bool ordered = true;
  int start = 0;
  std::chrono::seconds min_ready{0};
  std::vector<Place> places;   // those that there should be, ascending
  std::vector<Place> surplus;  // pods beyond them, the highest first
  const json::Value* first_unhealthy = nullptr;
};

bool is_running_and_ready(const json::Value& pod) {
  return string_at(pod, {"status", "phase"}) == "Running" && is_ready(pod);
}
bool is_healthy(const json::Value& pod) {
  return is_running_and_ready(pod) && !kube::is_deleting(pod);
}
bool is_available(const json::Value& pod, const Found& found) {
  const auto left = available_in(pod, found.min_ready, found.now);
  return is_running_and_ready(pod) && left && left->count() <= 0;
}

int replicas_of(const json::Value& set) {
  return static_cast<int>(json::int_at(set, {"spec", "replicas"}, 1));
}
int start_of(const json::Value& set) {
  return static_cast<int>(json::int_at(set, {"spec", "ordinals", "start"}));
}

Found sort_out(const json::Value& set, std::span<const json::Document> pods,
               const json::Value& current, const json::Value& update, TimePoint now) {
  Found found{
      .set = set, .current = current, .update = update, .now = now, .places = {}, .surplus = {}};
  found.ordered = string_at(set, {"spec", "podManagementPolicy"}) != "Parallel";
  found.start = start_of(set);
  found.min_ready = std::chrono::seconds(json::int_at(set, {"spec", "minReadySeconds"}));
  for (int index = 0; index < replicas_of(set); ++index)
    found.places.push_back({found.start + index, nullptr});
  for (const json::Document& pod : pods) {
    const int ordinal = ordinal_of(kube::name_of(set), kube::name_of(*pod));
    if (ordinal < 0) continue;
    const int index = ordinal - found.start;
    if (index >= 0 && index < std::ssize(found.places)) {
      found.places[static_cast<std::size_t>(index)].pod = pod;
    } else {
      found.surplus.push_back({ordinal, pod});
    }
  }
  std::ranges::sort(found.surplus, std::ranges::greater{}, &Place::ordinal);
  for (const Place& place : found.places) {
    if (found.first_unhealthy == nullptr && place.pod != nullptr && !is_healthy(*place.pod))
      found.first_unhealthy = place.pod.get();
  }
  for (auto place = found.surplus.rbegin(); place != found.surplus.rend(); ++place) {
    if (found.first_unhealthy == nullptr && !is_healthy(*place->pod))
      found.first_unhealthy = place->pod.get();
  }
  return found;
}

// Below the partition a pod that is made anew is made as it was.
const json::Value& revision_for(const Found& found, int ordinal) {
  if (string_at(found.set, {"spec", "updateStrategy", "type"}) == "OnDelete") return found.update;
  const std::int64_t below =
      json::int_at(found.set, {"spec", "updateStrategy", "rollingUpdate", "partition"});
  return ordinal < found.start + below ? found.current : found.update;
}

json::Value make_pod(const Found& found, int ordinal) {
  const json::Value& revision = revision_for(found, ordinal);
  const std::string name = fmt::format("{}-{}", kube::name_of(found.set), ordinal);
  json::Value pod = pod_from_template(found.set, template_of(revision));
  json::Object& metadata = json::make_object(pod, {"metadata"});
  json::remove(metadata, "generateName");
  metadata["name"] = name;
  json::Object& labels = json::make_object(pod, {"metadata", "labels"});
  labels["statefulset.kubernetes.io/pod-name"] = name;
  labels["apps.kubernetes.io/pod-index"] = std::to_string(ordinal);
  labels[kRevisionHashLabel] = kube::name_of(revision);
  json::Array volumes;
  for (const json::Value& one : json::array_at(found.set, {"spec", "volumeClaimTemplates"})) {
    const std::string_view volume = kube::name_of(one);
    json::Object claim{{"claimName", fmt::format("{}-{}", volume, name)}};
    volumes.push_back(json::Object{{"name", volume}, {"persistentVolumeClaim", std::move(claim)}});
  }
  for (const json::Value& one : json::array_at(pod, {"spec", "volumes"})) {
    const auto replaced = [&](const json::Value& other) {
      return string_at(other, "name") == string_at(one, "name");
    };
    if (std::ranges::none_of(volumes, replaced)) volumes.push_back(one);
  }
  json::Object& spec = json::make_object(pod, {"spec"});
  spec["hostname"] = name;
  const std::string_view service = string_at(found.set, {"spec", "serviceName"});
  if (!service.empty()) spec["subdomain"] = service;
  if (!volumes.empty()) spec["volumes"] = std::move(volumes);
  return pod;
}

// Brings the places in order; true when nothing more is to be done in this pass.
bool fill_places(const Found& found, StatefulSetDecision& decision) {
  for (const Place& place : found.places) {
    if (place.pod == nullptr) {
      decision.create.push_back(make_pod(found, place.ordinal));
      if (found.ordered) return true;
      continue;
    }
    if (is_finished(*place.pod)) {  // is made anew when it is gone
      if (!kube::is_deleting(*place.pod)) decision.remove.emplace_back(kube::name_of(*place.pod));
      return true;
    }
    if (found.ordered && (!is_healthy(*place.pod) || !is_available(*place.pod, found))) return true;
  }
  return false;
}

bool take_surplus(const Found& found, StatefulSetDecision& decision) {
  for (const Place& place : found.surplus) {
    if (kube::is_deleting(*place.pod)) {
      if (found.ordered) return true;
      continue;
    }
    const bool waits = found.ordered && place.pod.get() != found.first_unhealthy &&
                       !is_available(*place.pod, found);
    if (waits) return true;
    decision.remove.emplace_back(kube::name_of(*place.pod));
    if (found.ordered) return true;
  }
  return false;
}

// From the highest ordinal down, one at a time, waiting for each to be well.
void update_places(const Found& found, StatefulSetDecision& decision) {
  if (string_at(found.set, {"spec", "updateStrategy", "type"}) == "OnDelete") return;
  const std::int64_t partition =
      json::int_at(found.set, {"spec", "updateStrategy", "rollingUpdate", "partition"});
  for (std::int64_t index = std::ssize(found.places) - 1; index >= partition; --index) {
    const Place& place = found.places[static_cast<std::size_t>(index)];
    if (place.pod == nullptr) return;
    if (kube::label_of(*place.pod, kRevisionHashLabel) != kube::name_of(found.update) &&
        !kube::is_deleting(*place.pod)) {
      decision.remove.emplace_back(kube::name_of(*place.pod));
      return;
    }
    if (!is_healthy(*place.pod) || !is_available(*place.pod, found)) return;
  }
}

struct Counts {
  int replicas = 0, ready = 0, available = 0, current = 0, updated = 0;
};

Counts count(const Found& found, std::span<const json::Document> pods,
             std::optional<std::chrono::nanoseconds>& again) {
  Counts counts;
  for (const json::Document& pod : pods) {
    ++counts.replicas;
    if (is_running_and_ready(*pod)) {
      ++counts.ready;
      const auto left = available_in(*pod, found.min_ready, found.now);
      if (is_available(*pod, found)) {
        ++counts.available;
      } else if (left && (!again || *left < *again)) {
        again = left;
      }
    }
    if (kube::is_deleting(*pod)) continue;
    const std::string_view revision = kube::label_of(*pod, kRevisionHashLabel);
    if (revision == kube::name_of(found.current)) ++counts.current;
    if (revision == kube::name_of(found.update)) ++counts.updated;
  }
  return counts;
}

void decide_status(const Found& found, Counts counts, StatefulSetDecision& decision) {
  std::string_view current = kube::name_of(found.current);
  const std::string_view update = kube::name_of(found.update);
  const int wanted = replicas_of(found.set);
  const bool rolls = string_at(found.set, {"spec", "updateStrategy", "type"}) != "OnDelete";
  if (rolls && counts.updated == counts.replicas && counts.ready == counts.replicas &&
      counts.replicas == wanted) {
    counts.current = counts.updated;
    current = update;
  }
  const json::Value* given = json::find(found.set, "status");
  json::Value status =
      given != nullptr && given->is_object() ? *given : json::Value(json::Object{});
  json::Object& object = status.as_object();
  object["observedGeneration"] = json::int_at(found.set, {"metadata", "generation"});
  object["replicas"] = counts.replicas;
  object["availableReplicas"] = counts.available;
  put_count(object, "readyReplicas", counts.ready);
  put_count(object, "currentReplicas", counts.current);
  put_count(object, "updatedReplicas", counts.updated);
  object["currentRevision"] = current;
  object["updateRevision"] = update;
  object["collisionCount"] = 0;
  if (given == nullptr || status != *given) decision.status = std::move(status);
}

}  // namespace

int ordinal_of(std::string_view set, std::string_view pod) {
  if (!pod.starts_with(set) || pod.size() < set.size() + 2 || pod[set.size()] != '-') return -1;
  const std::string_view digits = pod.substr(set.size() + 1);
  int ordinal = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ordinal);
  return error == std::errc() && end == digits.data() + digits.size() ? ordinal : -1;
}

std::vector<json::Value> claims_of(const json::Value& set, std::string_view pod) {
  std::vector<json::Value> claims;
  const bool goes_with_set =
      string_at(set, {"spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"}) == "Delete";
  for (const json::Value& one : json::array_at(set, {"spec", "volumeClaimTemplates"})) {
    json::Object metadata = json::object_at(one, {"metadata"});
    metadata["name"] = fmt::format("{}-{}", kube::name_of(one), pod);
    metadata["namespace"] = kube::namespace_of(set);
    json::Object labels = kube::labels_of(one);
    for (const auto& [key, value] : json::object_at(set, {"spec", "selector", "matchLabels"}))
      labels[key] = value;
    if (!labels.empty()) metadata["labels"] = std::move(labels);
    if (goes_with_set)
      metadata["ownerReferences"] = json::Array{kube::owner_reference(set, true, true)};
    claims.push_back(json::Object{{"apiVersion", "v1"},
                                  {"kind", "PersistentVolumeClaim"},
                                  {"metadata", std::move(metadata)},
                                  {"spec", json::object_at(one, {"spec"})}});
  }
  return claims;
}

bool takes_claims_along(const json::Value& set, std::string_view pod) {
  const int ordinal = ordinal_of(kube::name_of(set), pod);
  const bool scaled_away = ordinal < start_of(set) || ordinal >= start_of(set) + replicas_of(set);
  return scaled_away &&
         string_at(set, {"spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"}) == "Delete";
}

StatefulSetDecision decide_stateful_set(const json::Value& set,
                                        std::span<const json::Document> pods,
                                        const json::Value& current, const json::Value& update,
                                        TimePoint now) {
  StatefulSetDecision decision;
  const Found found = sort_out(set, pods, current, update, now);
  decide_status(found, count(found, pods, decision.again), decision);
  if (kube::is_deleting(set)) return decision;
  if (fill_places(found, decision)) return decision;
  if (take_surplus(found, decision)) return decision;
  update_places(found, decision);
  return decision;
}

}  // namespace firesteel::cluster
