#include "cluster/pod_control.h"

#include "cluster/controller.h"
#include "cluster/gc.h"
#include "cluster/pods.h"
#include "kube/object.h"
#include "kube/selector.h"

namespace firesteel::cluster {

using client::EventKind;
using kube::resources::kPods;

namespace {

std::string told(std::string_view verb, const json::Value& owner, std::string_view pod) {
  if (json::string_at(owner, "kind") == "StatefulSet")
    return fmt::format("{} Pod {} in StatefulSet {} successful", verb, pod, kube::name_of(owner));
  return fmt::format("{} pod: {}", verb == "create" ? "Created" : "Deleted", pod);
}

}  // namespace

PodControl::PodControl(kube::Api& api, const Clock& clock, client::Informer& pods,
                       kube::Resource owners, const std::string& component)
    : api_(api),
      clock_(clock),
      pods_(pods),
      owners_(std::move(owners)),
      events_(api, component, clock) {}

void PodControl::note(const client::Change& change) {
  for (const auto& [pod, gone] :
       {std::pair(change.before, change.after == nullptr), std::pair(change.after, false)}) {
    const json::Value* owner = pod == nullptr ? nullptr : kube::controller_of(*pod);
    if (owner == nullptr) continue;
    const std::string uid(json::string_at(*owner, "uid"));
    const std::string pod_uid(kube::uid_of(*pod));
    gone ? expectations_.gone(uid, pod_uid) : expectations_.seen(uid, pod_uid);
  }
}

std::string PodControl::owner_of(const client::Change& change) const {
  return controller_key(change.after != nullptr ? *change.after : *change.before, owners_.kind);
}

int PodControl::missing(const json::Value& owner) {
  return expectations_.missing(std::string(kube::uid_of(owner)), clock_.now());
}

Result<std::vector<json::Document>> PodControl::claim(const json::Value& owner) {
  const json::Value* selector = json::find(owner, {"spec", "selector"});
  const auto wanted =
      kube::LabelSelector::from_json(selector == nullptr ? json::Value() : *selector);
  std::vector<json::Document> claimed;
  for (const json::Document& pod : pods_.list(kube::namespace_of(owner))) {
    const json::Value* controller = kube::controller_of(*pod);
    const bool matches = wanted && wanted->matches_object(*pod);
    if (controller == nullptr) {
      const bool adopts =
          matches && !wanted->selects_everything() && is_active(*pod) && !kube::is_deleting(owner);
      if (!adopts) continue;
      TRY(adopt(owner, *pod));
      claimed.push_back(pod);
      continue;
    }
    if (json::string_at(*controller, "uid") != kube::uid_of(owner)) continue;
    if (selector != nullptr && wanted && !matches && !kube::is_deleting(*pod)) {
      TRY(let_go(owner, *pod));
      continue;
    }
    claimed.push_back(expectations_.is_removed(kube::uid_of(*pod)) ? ending(pod) : pod);
  }
  return claimed;
}

json::Document PodControl::ending(const json::Document& pod) const {
  if (kube::is_deleting(*pod)) return pod;
  json::Value changed = *pod;
  json::make_object(changed, {"metadata"})["deletionTimestamp"] = format_time(clock_.now());
  return std::make_shared<const json::Value>(std::move(changed));
}

Result<void> PodControl::adopt(const json::Value& owner, const json::Value& pod) {
  json::Array owners = json::array_at(pod, {"metadata", "ownerReferences"});
  owners.push_back(kube::owner_reference(owner, true, true));
  json::Value patch;
  json::Object& metadata = json::make_object(patch, {"metadata"});
  metadata["uid"] = kube::uid_of(pod);
  metadata["resourceVersion"] = kube::resource_version_of(pod);
  metadata["ownerReferences"] = std::move(owners);
  return owns(pod, patch);
}

Result<void> PodControl::let_go(const json::Value& owner, const json::Value& pod) {
  const std::vector<std::string> uids{std::string(kube::uid_of(owner))};
  return owns(pod, drop_owners_patch(pod, uids));
}

// A conflict means that the pod has changed: the watch will wake the owner again.
Result<void> PodControl::owns(const json::Value& pod, const json::Value& patch) {
  const auto patched = api_.patch(kPods, kube::namespace_of(pod), kube::name_of(pod),
                                  kube::PatchType::kMerge, patch, {});
  if (patched || is_settled(patched.error())) return {};
  if (patched.error().code == ErrorCode::kConflict) return {};
  return std::unexpected(patched.error());
}

Result<void> PodControl::create(const json::Value& owner, const json::Value& pod) {
  auto created = api_.create(kPods, kube::namespace_of(owner), pod, {});
  if (!created && created.error().code == ErrorCode::kAlreadyExists &&
      !kube::name_of(pod).empty()) {
    const auto there = api_.get(kPods, kube::namespace_of(owner), kube::name_of(pod));
    const json::Value* controller = there ? kube::controller_of(**there) : nullptr;
    if (controller != nullptr && json::string_at(*controller, "uid") == kube::uid_of(owner))
      return {};
  }
  if (!created) {
    events_.record(owner, EventKind::kWarning, "FailedCreate",
                   "Error creating: " + created.error().message);
    return std::unexpected(created.error());
  }
  const std::string key = kube::key_of(**created);
  // The watch may have shown it already.
  const json::Document known = pods_.get(key);
  if (known == nullptr || kube::uid_of(*known) != kube::uid_of(**created)) {
    expectations_.created(std::string(kube::uid_of(owner)), **created, clock_.now());
    if (pods_.get(key) != nullptr) note({key, nullptr, *created});
  }
  events_.record(owner, EventKind::kNormal, "SuccessfulCreate",
                 told("create", owner, kube::name_of(**created)));
  return {};
}

Result<void> PodControl::remove(const json::Value& owner, const std::vector<json::Document>& pods,
                                const std::string& name) {
  const auto pod = std::ranges::find_if(
      pods, [&](const json::Document& one) { return kube::name_of(*one) == name; });
  if (pod == pods.end()) return {};
  const std::string uid(kube::uid_of(**pod));
  const auto removed = api_.remove(kPods, kube::namespace_of(owner), name, only_uid(uid));
  if (!removed && !is_settled(removed.error())) return removed;
  expectations_.removed(uid);
  if (pods_.get(kube::key_of(**pod)) == nullptr)
    expectations_.gone(std::string(kube::uid_of(owner)), uid);
  events_.record(owner, EventKind::kNormal, "SuccessfulDelete", told("delete", owner, name));
  return {};
}

Result<void> write_status(kube::Api& api, const kube::Resource& resource, const json::Value& object,
                          const json::Value& status) {
  json::Value changed = object;
  changed.as_object()["status"] = status;
  const auto written = api.replace(resource, kube::namespace_of(object), kube::name_of(object),
                                   changed, to_subresource("status"));
  if (written || is_settled(written.error())) return {};
  if (written.error().code == ErrorCode::kConflict) return {};  // the newer one is on its way
  return std::unexpected(written.error());
}

std::vector<json::Document> controlled_by(const json::Value& owner,
                                          const client::Informer& informer) {
  std::vector<json::Document> found;
  for (const json::Document& object : informer.list(kube::namespace_of(owner))) {
    const json::Value* controller = kube::controller_of(*object);
    if (controller != nullptr && json::string_at(*controller, "uid") == kube::uid_of(owner))
      found.push_back(object);
  }
  return found;
}

}  // namespace firesteel::cluster
