#include "cluster/pods.h"

#include "kube/conditions.h"
#include "kube/object.h"

namespace firesteel::cluster {

bool is_finished(const json::Value& pod) {
  const std::string_view phase = json::string_at(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

bool is_active(const json::Value& pod) {
  return !is_finished(pod) && !kube::is_deleting(pod);
}

bool is_ready(const json::Value& pod) {
  const json::Value* status = json::find(pod, "status");
  return status != nullptr && kube::is_condition_true(*status, "Ready");
}

std::optional<TimePoint> ready_since(const json::Value& pod) {
  if (!is_ready(pod)) return std::nullopt;
  const json::Value* condition = kube::find_condition(*json::find(pod, "status"), "Ready");
  const auto since = parse_time(json::string_at(*condition, "lastTransitionTime"));
  return since.value_or(TimePoint{});
}

std::optional<std::chrono::nanoseconds> available_in(const json::Value& pod,
                                                     std::chrono::seconds min_ready,
                                                     TimePoint now) {
  const std::optional<TimePoint> since = ready_since(pod);
  if (!since) return std::nullopt;
  if (min_ready.count() == 0) return std::chrono::nanoseconds(0);
  return min_ready - (now - *since);
}

void put_count(json::Object& status, std::string_view name, std::int64_t count) {
  if (count == 0) {
    json::remove(status, name);
  } else {
    status[name] = count;
  }
}

json::Value pod_from_template(const json::Value& owner, json::Value pod_template) {
  json::Value pod = pod_template.is_object() ? std::move(pod_template) : json::Object{};
  pod.as_object()["apiVersion"] = "v1";
  pod.as_object()["kind"] = "Pod";
  json::Object& metadata = json::make_object(pod, {"metadata"});
  json::remove(metadata, "name");
  json::remove(metadata, "creationTimestamp");
  metadata["namespace"] = kube::namespace_of(owner);
  metadata["generateName"] = std::string(kube::name_of(owner)) + "-";
  metadata["ownerReferences"] = json::Array{kube::owner_reference(owner, true, true)};
  return pod;
}

}  // namespace firesteel::cluster
