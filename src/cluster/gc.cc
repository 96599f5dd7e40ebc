#include "cluster/gc.h"

#include <algorithm>

#include "base/check.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

const json::Array& owners_of(const json::Value& object) {
  return json::array_at(object, {"metadata", "ownerReferences"});
}

// Whether `dependent` keeps its owner `uid` from going in the foreground.
bool blocks(const json::Value& dependent, std::string_view uid) {
  return std::ranges::any_of(owners_of(dependent), [&](const json::Value& reference) {
    return json::string_at(reference, "uid") == uid &&
           json::bool_at(reference, {"blockOwnerDeletion"});
  });
}

// How the object goes when its owners are gone: as its own finalizers ask.
kube::Propagation own_policy(const json::Value& object) {
  if (has_finalizer(object, kOrphanFinalizer)) return kube::Propagation::kOrphan;
  if (has_finalizer(object, kForegroundFinalizer)) return kube::Propagation::kForeground;
  return kube::Propagation::kBackground;
}

GcAction decide_deleting(const json::Value& object, std::span<const json::Document> dependents) {
  if (has_finalizer(object, kOrphanFinalizer)) return OrphanDependents{};
  if (!has_finalizer(object, kForegroundFinalizer)) return Nothing{};
  const bool blocked = std::ranges::any_of(dependents, [&](const json::Document& dependent) {
    return blocks(*dependent, kube::uid_of(object));
  });
  if (blocked) return Nothing{};  // the dependents look after themselves, then wake this one
  return DropFinalizer{std::string(kForegroundFinalizer)};
}

}  // namespace

bool has_finalizer(const json::Value& object, std::string_view finalizer) {
  return std::ranges::any_of(json::array_at(object, {"metadata", "finalizers"}),
                             [&](const json::Value& one) {
                               return one.is_string() && json::view(one.get_string()) == finalizer;
                             });
}

OwnerState state_of_owner(const json::Value& object) {
  return kube::is_deleting(object) && has_finalizer(object, kForegroundFinalizer)
             ? OwnerState::kWaiting
             : OwnerState::kPresent;
}

GcAction decide_gc(const json::Value& object, std::span<const OwnerState> owners,
                   std::span<const json::Document> dependents) {
  if (kube::is_deleting(object)) return decide_deleting(object, dependents);
  const json::Array& references = owners_of(object);
  ASSERT(references.size() == owners.size(), "one state for each owner reference");
  if (references.empty()) return Nothing{};
  bool keeps = false;
  bool waiting = false;
  std::vector<std::string> useless;
  for (std::size_t index = 0; index < owners.size(); ++index) {
    switch (owners[index]) {
      case OwnerState::kPresent:
        keeps = true;
        break;
      case OwnerState::kUnknown:
        return Nothing{};  // never delete on a guess
      case OwnerState::kWaiting:
        waiting = true;
        [[fallthrough]];
      case OwnerState::kAbsent:
        useless.emplace_back(json::string_at(references[index], "uid"));
        break;
    }
  }
  if (keeps) {
    if (useless.empty()) return Nothing{};
    return DropOwners{std::move(useless)};
  }
  // An owner that waits must not go before this object's own dependents have gone.
  if (waiting && !dependents.empty()) return RemoveObject{kube::Propagation::kForeground};
  return RemoveObject{own_policy(object)};
}

json::Value drop_owners_patch(const json::Value& object, std::span<const std::string> uids) {
  json::Array left;
  for (const json::Value& reference : owners_of(object)) {
    if (std::ranges::find(uids, json::string_at(reference, "uid")) == uids.end()) {
      left.push_back(reference);
    }
  }
  json::Value patch;
  json::Object& metadata = json::make_object(patch, {"metadata"});
  metadata["resourceVersion"] = kube::resource_version_of(object);
  metadata["uid"] = kube::uid_of(object);
  metadata["ownerReferences"] = std::move(left);
  return patch;
}

json::Value drop_finalizer_patch(const json::Value& object, std::string_view finalizer) {
  json::Array left;
  for (const json::Value& one : json::array_at(object, {"metadata", "finalizers"})) {
    if (!one.is_string() || json::view(one.get_string()) != finalizer) left.push_back(one);
  }
  json::Value patch;
  json::Object& metadata = json::make_object(patch, {"metadata"});
  metadata["resourceVersion"] = kube::resource_version_of(object);
  metadata["uid"] = kube::uid_of(object);
  metadata["finalizers"] = std::move(left);
  return patch;
}

void OwnerGraph::put(const kube::Resource& resource, const json::Document& object) {
  const std::string uid(kube::uid_of(*object));
  const auto known = nodes_.find(uid);
  if (known != nodes_.end()) unlink(uid, *known->second.object);
  for (const json::Value& reference : owners_of(*object)) {
    dependents_[std::string(json::string_at(reference, "uid"))].insert(uid);
  }
  nodes_.insert_or_assign(uid, Node{resource, object});
}

void OwnerGraph::unlink(const std::string& uid, const json::Value& object) {
  for (const json::Value& reference : owners_of(object)) {
    const auto found = dependents_.find(json::string_at(reference, "uid"));
    if (found == dependents_.end()) continue;
    found->second.erase(uid);
    if (found->second.empty()) dependents_.erase(found);
  }
}

void OwnerGraph::erase(std::string_view uid) {
  const auto known = nodes_.find(uid);
  if (known == nodes_.end()) return;
  const Node node = known->second;
  unlink(known->first, *node.object);
  nodes_.erase(known);
}

void OwnerGraph::erase_resource(const kube::Resource& resource) {
  std::vector<std::string> uids;
  for (const auto& [uid, node] : nodes_) {
    if (node.resource == resource) uids.push_back(uid);
  }
  for (const std::string& uid : uids) erase(uid);
}

const OwnerGraph::Node* OwnerGraph::find(std::string_view uid) const {
  const auto found = nodes_.find(uid);
  return found == nodes_.end() ? nullptr : &found->second;
}

std::vector<std::string> OwnerGraph::dependents_of(std::string_view uid) const {
  const auto found = dependents_.find(uid);
  if (found == dependents_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

}  // namespace firesteel::cluster
