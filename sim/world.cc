#include "sim/world.h"

#include <fmt/format.h>

#include <set>

#include "kube/object.h"
#include "kube/selector.h"

namespace firesteel::sim {
namespace {

std::string join(std::string_view space, std::string_view name) {
  return fmt::format("{}/{}", space, name);
}

std::unexpected<Error> missing(const kube::Resource& resource, std::string_view name) {
  return fail(ErrorCode::kNotFound, fmt::format("{} \"{}\" not found", resource.plural, name));
}

bool differs(const json::Value& a, const json::Value& b, std::string_view member) {
  const json::Value* in_a = json::find(a, member);
  const json::Value* in_b = json::find(b, member);
  if (in_a == nullptr || in_b == nullptr) return in_a != in_b;
  return *in_a != *in_b;
}

bool is_foreground(const json::Value& object) {
  return !json::array_at(object, {"metadata", "finalizers"}).empty();
}

}  // namespace

json::Document* World::find(const kube::Resource& resource, const std::string& key) {
  const auto kind = objects_.find(resource);
  if (kind == objects_.end()) return nullptr;
  const auto found = kind->second.find(key);
  return found == kind->second.end() ? nullptr : &found->second;
}

json::Document World::store(const kube::Resource& resource, const std::string& key,
                            json::Value object) {
  json::make_object(object, {"metadata"})["resourceVersion"] = std::to_string(++version_);
  json::Document& slot = objects_[resource][key];
  const json::Document before = slot;
  const json::Document after = std::make_shared<const json::Value>(std::move(object));
  slot = after;
  log_.push_back({resource, before, after, version_});
  if (observer_) observer_(log_.back());
  return after;
}

void World::erase(const kube::Resource& resource, const std::string& key) {
  const json::Document* found = find(resource, key);
  if (found == nullptr) return;
  const json::Document before = *found;
  objects_[resource].erase(key);
  ++version_;
  log_.push_back({resource, before, nullptr, version_});
  if (observer_) observer_(log_.back());
}

std::vector<json::Document> World::all(const kube::Resource& resource) const {
  std::vector<json::Document> found;
  const auto kind = objects_.find(resource);
  if (kind == objects_.end()) return found;
  found.reserve(kind->second.size());
  for (const auto& [key, object] : kind->second) found.push_back(object);
  return found;
}

void World::edit(const kube::Resource& resource, const std::string& key,
                 const std::function<void(json::Value&)>& change) {
  const json::Document* found = find(resource, key);
  if (found == nullptr) return;
  json::Value object = **found;
  change(object);
  if (object == **found) return;
  if (differs(object, **found, "spec")) {
    const std::int64_t generation = json::int_at(object, {"metadata", "generation"}, 1);
    json::make_object(object, {"metadata"})["generation"] = generation + 1;
  }
  store(resource, key, std::move(object));
}

bool World::owns_anything(std::string_view uid) const {
  for (const auto& [resource, objects] : objects_) {
    for (const auto& [key, object] : objects) {
      for (const json::Value& owner : json::array_at(*object, {"metadata", "ownerReferences"})) {
        if (json::string_at(owner, "uid") == uid) return true;
      }
    }
  }
  return false;
}

bool World::collect_garbage() {
  std::set<std::string, std::less<>> alive;  // and not on their way out in the foreground
  for (const auto& [resource, objects] : objects_) {
    for (const auto& [key, object] : objects) {
      const bool going = kube::is_deleting(*object) && is_foreground(*object);
      if (!going) alive.emplace(kube::uid_of(*object));
      if (!going || owns_anything(kube::uid_of(*object))) continue;
      erase(kube::Resource(resource), std::string(key));
      return true;
    }
  }
  for (const auto& [resource, objects] : objects_) {
    for (const auto& [key, object] : objects) {
      const json::Array& owners = json::array_at(*object, {"metadata", "ownerReferences"});
      if (owners.empty() || kube::is_deleting(*object)) continue;
      const bool owned = std::ranges::any_of(owners, [&](const json::Value& owner) {
        return alive.contains(json::string_at(owner, "uid"));
      });
      if (owned) continue;
      const json::Document doomed = object;
      return remove(kube::Resource(resource), kube::namespace_of(*doomed), kube::name_of(*doomed),
                    {})
          .has_value();
    }
  }
  return false;
}

Result<json::Document> World::get(const kube::Resource& resource, std::string_view space,
                                  std::string_view name) {
  const json::Document* found = find(resource, join(space, name));
  if (found == nullptr) return missing(resource, name);
  return *found;
}

Result<kube::List> World::list(const kube::Resource& resource, std::string_view space,
                               const kube::ListOptions& options) {
  const kube::LabelSelector selector = TRY(kube::LabelSelector::parse(options.label_selector));
  kube::List list;
  for (const json::Document& object : all(resource)) {
    const bool here = space.empty() || kube::namespace_of(*object) == space;
    if (here && selector.matches_object(*object)) list.items.push_back(object);
  }
  list.resource_version = std::to_string(version_);
  return list;
}

Result<json::Document> World::create(const kube::Resource& resource, std::string_view space,
                                     const json::Value& object, const kube::WriteOptions&) {
  const std::string name(kube::name_of(object));
  const std::string key = join(space, name);
  if (find(resource, key) != nullptr) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("{} \"{}\" already exists", resource.plural, name));
  }
  if (admission_) {
    if (auto refusal = admission_(resource, object)) return std::unexpected(std::move(*refusal));
  }
  json::Value created = object;
  json::Object& metadata = json::make_object(created, {"metadata"});
  metadata["namespace"] = space;
  metadata["uid"] = fmt::format("uid-{}", ++uids_);
  metadata["generation"] = 1;
  metadata["creationTimestamp"] = format_time(clock_.now());
  created.as_object()["apiVersion"] = resource.api_version();
  created.as_object()["kind"] = resource.kind;
  if (resource == kube::resources::kPods && json::find(created, "status") == nullptr) {
    json::make_object(created, {"status"})["phase"] = "Pending";
  }
  return store(resource, key, std::move(created));
}

Result<json::Document> World::replace(const kube::Resource& resource, std::string_view space,
                                      std::string_view name, const json::Value& object,
                                      const kube::WriteOptions& options) {
  const std::string key = join(space, name);
  const json::Document* found = find(resource, key);
  if (found == nullptr) return missing(resource, name);
  if (kube::uid_of(**found) != kube::uid_of(object) ||
      kube::resource_version_of(**found) != kube::resource_version_of(object)) {
    return fail(ErrorCode::kConflict, fmt::format("{} \"{}\" was modified", resource.plural, name));
  }
  if (resource == kube::resources::kLeases) return store(resource, key, object);
  if (options.subresource != "status") {
    return fail(ErrorCode::kMethodNotAllowed, "the operator writes nothing but the status");
  }
  if (!differs(**found, object, "status")) return *found;
  json::Value changed = **found;
  changed.as_object()["status"] = *json::find(object, "status");
  return store(resource, key, std::move(changed));
}

Result<json::Document> World::patch(const kube::Resource&, std::string_view, std::string_view,
                                    kube::PatchType, const json::Value&,
                                    const kube::WriteOptions&) {
  return fail(ErrorCode::kMethodNotAllowed, "the simulated API has no patch");
}

Result<void> World::remove(const kube::Resource& resource, std::string_view space,
                           std::string_view name, const kube::DeleteOptions& options) {
  const std::string key = join(space, name);
  const json::Document* found = find(resource, key);
  if (found == nullptr) return missing(resource, name);
  const json::Value& object = **found;
  const bool met = (options.uid.empty() || options.uid == kube::uid_of(object)) &&
                   (options.resource_version.empty() ||
                    options.resource_version == kube::resource_version_of(object));
  if (!met) return fail(ErrorCode::kConflict, fmt::format("precondition of {} not met", key));
  const bool foreground = options.propagation == kube::Propagation::kForeground;
  if (resource != kube::resources::kPods && !foreground) {
    erase(resource, key);
    return {};
  }
  if (kube::is_deleting(object)) return {};
  json::Value deleting = object;
  json::Object& metadata = json::make_object(deleting, {"metadata"});
  if (foreground) {
    metadata["finalizers"] = json::Array{"foregroundDeletion"};
    metadata["deletionTimestamp"] = format_time(clock_.now());
    store(resource, key, std::move(deleting));
    return {};
  }
  metadata["deletionTimestamp"] = format_time(clock_.now() + std::chrono::seconds(30));
  metadata["deletionGracePeriodSeconds"] = 30;
  store(resource, key, std::move(deleting));
  return {};
}

Result<void> World::remove_collection(const kube::Resource&, std::string_view,
                                      const kube::ListOptions&, const kube::DeleteOptions&) {
  return fail(ErrorCode::kMethodNotAllowed, "the simulated API has no deletecollection");
}

Result<std::unique_ptr<kube::WatchStream>> World::watch(const kube::Resource&, std::string_view,
                                                        const kube::WatchOptions&) {
  return fail(ErrorCode::kMethodNotAllowed, "the simulation delivers the log itself");
}

}  // namespace firesteel::sim
