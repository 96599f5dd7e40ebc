#pragma once
// Owner-reference garbage collection. Pure: a graph of who owns whom, and what to do about one
// object. Source: kube-controller-manager, pkg/controller/garbagecollector.
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/json/json.h"
#include "kube/api.h"
#include "kube/resource.h"

namespace firesteel::cluster {

inline constexpr std::string_view kForegroundFinalizer = "foregroundDeletion";
inline constexpr std::string_view kOrphanFinalizer = "orphan";

[[nodiscard]] bool has_finalizer(const json::Value& object, std::string_view finalizer);

// What is known of an owner, looked up by namespace, name and uid.
enum class OwnerState {
  kPresent,
  kWaiting,  // being deleted in the foreground: waits for its dependents
  kAbsent,   // gone, or another object has its name now
  kUnknown,  // cannot be told: a kind that is not served, a namespaced owner of a cluster-scoped
             // object
};

struct Nothing {
  bool operator==(const Nothing&) const = default;
};
struct RemoveObject {
  kube::Propagation propagation = kube::Propagation::kBackground;
  bool operator==(const RemoveObject&) const = default;
};
struct DropOwners {  // owner references, by uid
  std::vector<std::string> uids;
  bool operator==(const DropOwners&) const = default;
};
struct DropFinalizer {
  std::string finalizer;
  bool operator==(const DropFinalizer&) const = default;
};
struct OrphanDependents {  // their references to this object go, then the finalizer
  bool operator==(const OrphanDependents&) const = default;
};
using GcAction = std::variant<Nothing, RemoveObject, DropOwners, DropFinalizer, OrphanDependents>;

// `owners` are the states of the object's owner references, in their order; `dependents` are the
// objects that name it as owner.
[[nodiscard]] GcAction decide_gc(const json::Value& object, std::span<const OwnerState> owners,
                                 std::span<const json::Document> dependents);

// The object's owner references without those of `uids`, as a merge patch with the resourceVersion
// as precondition.
[[nodiscard]] json::Value drop_owners_patch(const json::Value& object,
                                            std::span<const std::string> uids);
[[nodiscard]] json::Value drop_finalizer_patch(const json::Value& object,
                                               std::string_view finalizer);

// All objects by uid, and the dependents of each owner. Not thread-safe.
class OwnerGraph {
 public:
  struct Node {
    kube::Resource resource;
    json::Document object;
  };
  void put(const kube::Resource& resource, const json::Document& object);
  void erase(std::string_view uid);
  // Of a resource that is no longer served.
  void erase_resource(const kube::Resource& resource);
  [[nodiscard]] const Node* find(std::string_view uid) const;
  [[nodiscard]] std::vector<std::string> dependents_of(std::string_view uid) const;

 private:
  void unlink(const std::string& uid, const json::Value& object);
  std::map<std::string, Node, std::less<>> nodes_;
  std::map<std::string, std::set<std::string>, std::less<>> dependents_;
};

// The state of an owner that is in the graph: `object` is it.
[[nodiscard]] OwnerState state_of_owner(const json::Value& object);

}  // namespace firesteel::cluster
