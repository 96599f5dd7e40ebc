// The threads of garbage collection: every kind is watched (those of CRDs come and go); a graph,
// and workers that look at one object at a time.
#include <deque>
#include <mutex>

#include "client/informer.h"
#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/gc.h"
#include "cluster/kinds.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using client::Change;
using client::Informer;
using kube::resources::kCustomResourceDefinitions;
using Again = std::optional<std::chrono::nanoseconds>;

// Uids that are known to be gone, so that many dependents of one owner need not all ask. Uids are
// never used again.
constexpr std::size_t kMaxGone = 10000;
// An owner of a kind that is not known (yet): look again then.
constexpr std::chrono::seconds kUnknownRetry{30};
// An owner that is there but that no informer has shown yet: were it deleted before the first list,
// nobody would tell.
constexpr std::chrono::seconds kUnwatchedRetry{2};

class GarbageCollector final : public Controller {
 public:
  explicit GarbageCollector(const Surroundings& around)
      : api_(around.api),
        clock_(around.clock),
        workers_(queue_named("garbage-collector", around.workers, std::chrono::seconds(30)), clock_,
                 [this](const std::string& uid) { return sync(uid); }),
        crd_workers_(queue_named("garbage-collector-kinds", 1), clock_,
                     [this](const std::string& name) { return sync_kind(name); }),
        crds_(around.informers.of(kCustomResourceDefinitions)) {
    for (const kube::Resource& resource : collected_kinds()) {
      listen(around.informers.of(resource), resource);
    }
  }

  void start() override {
    workers_.start();
    crd_workers_.start();
  }
  void stop() override {
    crd_workers_.stop();
    workers_.stop();
    custom_.clear();
  }

 private:
  void listen(Informer& informer, const kube::Resource& resource) {
    informer.on_change([this, resource](const Change& change) { changed(resource, change); });
  }

  void changed(const kube::Resource& resource, const Change& change) {
    const bool replaced = change.before != nullptr && change.after != nullptr &&
                          kube::uid_of(*change.before) != kube::uid_of(*change.after);
    if (change.after == nullptr || replaced) gone(*change.before);
    if (change.after != nullptr) present(resource, change.after);
    if (resource == kCustomResourceDefinitions) crd_workers_.add(change.key);
  }

  void gone(const json::Value& object) {
    const std::string uid(kube::uid_of(object));
    std::vector<std::string> wake;
    {
      const std::lock_guard lock(mutex_);
      graph_.erase(uid);
      gone_.insert(uid);
      gone_order_.push_back(uid);
      if (gone_order_.size() > kMaxGone) {
        gone_.erase(gone_order_.front());
        gone_order_.pop_front();
      }
      wake = graph_.dependents_of(uid);
      // An owner that waits in the foreground may go now.
      for (const json::Value& reference : json::array_at(object, {"metadata", "ownerReferences"})) {
        wake.emplace_back(json::string_at(reference, "uid"));
      }
    }
    for (const std::string& one : wake) workers_.add(one);
  }

  void present(const kube::Resource& resource, const json::Document& object) {
    const std::string uid(kube::uid_of(*object));
    std::vector<std::string> wake;
    {
      const std::lock_guard lock(mutex_);
      graph_.put(resource, object);
      if (kube::is_deleting(*object)) wake = graph_.dependents_of(uid);
      const bool owned = !json::array_at(*object, {"metadata", "ownerReferences"}).empty();
      if (owned || kube::is_deleting(*object)) wake.push_back(uid);
    }
    for (const std::string& one : wake) workers_.add(one);
  }

  Result<Again> sync(const std::string& uid) {
    OwnerGraph::Node node;
    std::vector<OwnerGraph::Node> dependents;
    {
      const std::lock_guard lock(mutex_);
      const OwnerGraph::Node* found = graph_.find(uid);
      if (found == nullptr) return std::nullopt;
      node = *found;
      for (const std::string& one : graph_.dependents_of(uid))
        dependents.push_back(*graph_.find(one));
    }
    std::vector<json::Document> objects;
    for (const OwnerGraph::Node& one : dependents) objects.push_back(one.object);
    std::vector<OwnerState> owners;
    if (!kube::is_deleting(*node.object)) owners = TRY(owner_states(node));
    const GcAction action = decide_gc(*node.object, owners, objects);
    TRY(act(node, dependents, action));
    return next_look(uid, node, owners);
  }

  // When an owner's end would not be told.
  Again next_look(const std::string& uid, const OwnerGraph::Node& node,
                  const std::vector<OwnerState>& owners) {
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(owners, OwnerState::kUnknown) != owners.end()) {
      unknown_.insert(uid);
      return kUnknownRetry;
    }
    if (owners.empty()) return std::nullopt;  // being deleted
    for (const json::Value& reference :
         json::array_at(*node.object, {"metadata", "ownerReferences"})) {
      const std::string_view owner = json::string_at(reference, "uid");
      if (graph_.find(owner) == nullptr && !gone_.contains(owner)) return kUnwatchedRetry;
    }
    return std::nullopt;
  }

  Result<std::vector<OwnerState>> owner_states(const OwnerGraph::Node& node) {
    std::vector<OwnerState> states;
    for (const json::Value& reference :
         json::array_at(*node.object, {"metadata", "ownerReferences"})) {
      states.push_back(TRY(owner_state(node, reference)));
    }
    return states;
  }

  Result<OwnerState> owner_state(const OwnerGraph::Node& node, const json::Value& reference) {
    const std::string uid(json::string_at(reference, "uid"));
    const std::string space(kube::namespace_of(*node.object));
    {
      const std::lock_guard lock(mutex_);
      if (gone_.contains(uid)) return OwnerState::kAbsent;
      const OwnerGraph::Node* owner = graph_.find(uid);
      if (owner != nullptr) {
        const std::string_view owner_space = kube::namespace_of(*owner->object);
        // An owner in another namespace does not count, however real it is.
        if (!owner_space.empty() && owner_space != space) {
          return space.empty() ? OwnerState::kUnknown : OwnerState::kAbsent;
        }
        return state_of_owner(*owner->object);
      }
    }
    const std::optional<kube::Resource> resource = resource_of(reference);
    if (!resource) return OwnerState::kUnknown;
    const bool namespaced = resource->scope == kube::Scope::kNamespaced;
    if (namespaced && space.empty()) return OwnerState::kUnknown;
    const auto found =
        api_.get(*resource, namespaced ? space : "", json::string_at(reference, "name"));
    if (!found && found.error().code == ErrorCode::kNotFound) return OwnerState::kAbsent;
    if (!found) return std::unexpected(found.error());
    if (kube::uid_of(**found) != uid) return OwnerState::kAbsent;
    return state_of_owner(**found);
  }

  // By group and kind: the version of a reference may be another one that is served.
  std::optional<kube::Resource> resource_of(const json::Value& reference) {
    const std::string_view version = json::string_at(reference, "apiVersion");
    const std::size_t slash = version.find('/');
    const std::string_view group =
        slash == std::string_view::npos ? std::string_view() : version.substr(0, slash);
    const std::string_view kind = json::string_at(reference, "kind");
    for (const kube::Resource& resource : collected_kinds()) {
      if (resource.group == group && resource.kind == kind) return resource;
    }
    const std::lock_guard lock(mutex_);
    for (const auto& [name, custom] : custom_) {
      if (custom.resource.group == group && custom.resource.kind == kind) return custom.resource;
    }
    return std::nullopt;
  }

  Result<void> act(const OwnerGraph::Node& node, const std::vector<OwnerGraph::Node>& dependents,
                   const GcAction& action) {
    if (const auto* remove = std::get_if<RemoveObject>(&action)) {
      return settle(api_.remove(node.resource, kube::namespace_of(*node.object),
                                kube::name_of(*node.object),
                                only_uid(kube::uid_of(*node.object), remove->propagation)));
    }
    if (const auto* drop = std::get_if<DropOwners>(&action)) {
      return patch(node, drop_owners_patch(*node.object, drop->uids));
    }
    if (const auto* drop = std::get_if<DropFinalizer>(&action)) {
      return patch(node, drop_finalizer_patch(*node.object, drop->finalizer));
    }
    if (std::holds_alternative<OrphanDependents>(action)) {
      const std::vector<std::string> self{std::string(kube::uid_of(*node.object))};
      for (const OwnerGraph::Node& dependent : dependents) {
        TRY(patch(dependent, drop_owners_patch(*dependent.object, self)));
      }
      return patch(node, drop_finalizer_patch(*node.object, kOrphanFinalizer));
    }
    return {};
  }

  Result<void> patch(const OwnerGraph::Node& node, const json::Value& change) {
    const auto patched =
        api_.patch(node.resource, kube::namespace_of(*node.object), kube::name_of(*node.object),
                   kube::PatchType::kMerge, change, {});
    if (!patched) {
      // Not settled by a conflict: the finalizer must go, so the newer object is looked at again.
      if (patched.error().code == ErrorCode::kNotFound) return {};
      return std::unexpected(patched.error());
    }
    return {};
  }

  // A conflict here is the uid precondition: that object is gone already.
  static Result<void> settle(Result<void> result) {
    if (result || is_settled(result.error())) return {};
    if (result.error().code == ErrorCode::kConflict) return {};
    return result;
  }

  // Starts or stops the informer of a CRD's kind.
  Result<Again> sync_kind(const std::string& name) {
    const json::Document crd = crds_.get(name);
    const std::optional<kube::Resource> resource =
        crd == nullptr ? std::nullopt : resource_of_crd(*crd);
    std::unique_ptr<Informer> old;  // joined outside of the lock: its handler takes it
    {
      const std::lock_guard lock(mutex_);
      const auto known = custom_.find(name);
      if (known != custom_.end() && resource && known->second.resource == *resource) {
        return std::nullopt;
      }
      if (known != custom_.end()) old = std::move(known->second.informer);
    }
    old.reset();
    const std::lock_guard lock(mutex_);
    const auto known = custom_.find(name);
    if (known != custom_.end()) {
      // The API server deletes the objects with their CRD.
      graph_.erase_resource(known->second.resource);
      custom_.erase(known);
    }
    if (!resource) return std::nullopt;
    Custom& custom = custom_[name];
    custom.resource = *resource;
    custom.informer = std::make_unique<Informer>(api_, all_of(*resource), clock_);
    listen(*custom.informer, *resource);
    custom.informer->start();
    // Owners of this kind can be looked up now.
    for (const std::string& uid : unknown_) workers_.add(uid);
    unknown_.clear();
    return std::nullopt;
  }

  struct Custom {
    kube::Resource resource;
    std::unique_ptr<Informer> informer;
  };

  kube::Api& api_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  OwnerGraph graph_;
  std::set<std::string, std::less<>> gone_;
  std::deque<std::string> gone_order_;
  std::set<std::string> unknown_;         // objects with an owner of a kind that is not known
  std::map<std::string, Custom> custom_;  // by CRD name; changed by the one thread of crd_workers_
  client::Workers workers_;
  client::Workers crd_workers_;
  Informer& crds_;
};

}  // namespace

std::unique_ptr<Controller> make_garbage_collector(const Surroundings& around) {
  return std::make_unique<GarbageCollector>(around);
}

}  // namespace firesteel::cluster
