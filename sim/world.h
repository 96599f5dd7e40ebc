#pragma once
// A Kubernetes API in memory, as far as the operator sees it: resource versions, preconditions,
// generations, the status subresource, leases, graceful deletion of pods, deletion in the
// foreground, garbage collection by owner; and the log of changes that watches are fed from. One
// thread.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "kube/api.h"

namespace firesteel::sim {

struct Change {
  kube::Resource resource;
  json::Document before;  // null: created
  json::Document after;   // null: removed
  std::uint64_t version = 0;
};

class World final : public kube::Api {
 public:
  explicit World(const Clock& clock) : clock_(clock) {}

  // What admission (a quota, a webhook, RBAC) says of an object that is to be created; nothing
  // when it may be.
  using Admission = std::function<std::optional<Error>(const kube::Resource&, const json::Value&)>;
  void admit(Admission admission) { admission_ = std::move(admission); }

  // Told of every change, right after it.
  void on_change(std::function<void(const Change&)> observer) { observer_ = std::move(observer); }
  [[nodiscard]] const std::vector<Change>& log() const { return log_; }
  [[nodiscard]] std::uint64_t version() const { return version_; }
  [[nodiscard]] std::vector<json::Document> all(const kube::Resource& resource) const;
  // Takes an object away at once, as the kubelet does when a pod has ended.
  void erase(const kube::Resource& resource, const std::string& key);
  // Removes one object whose owners are all gone, or are deleted in the foreground; false when
  // there is none.
  bool collect_garbage();
  // Changes an object as its owner among users or nodes would, without a precondition; bumps the
  // generation when the specification changed. Nothing happens when it is not there.
  void edit(const kube::Resource& resource, const std::string& key,
            const std::function<void(json::Value&)>& change);

  Result<json::Document> get(const kube::Resource& resource, std::string_view space,
                             std::string_view name) override;
  Result<kube::List> list(const kube::Resource& resource, std::string_view space,
                          const kube::ListOptions& options) override;
  Result<json::Document> create(const kube::Resource& resource, std::string_view space,
                                const json::Value& object,
                                const kube::WriteOptions& options) override;
  Result<json::Document> replace(const kube::Resource& resource, std::string_view space,
                                 std::string_view name, const json::Value& object,
                                 const kube::WriteOptions& options) override;
  Result<json::Document> patch(const kube::Resource& resource, std::string_view space,
                               std::string_view name, kube::PatchType type,
                               const json::Value& patch,
                               const kube::WriteOptions& options) override;
  Result<void> remove(const kube::Resource& resource, std::string_view space, std::string_view name,
                      const kube::DeleteOptions& options) override;
  Result<void> remove_collection(const kube::Resource& resource, std::string_view space,
                                 const kube::ListOptions& selection,
                                 const kube::DeleteOptions& options) override;
  Result<std::unique_ptr<kube::WatchStream>> watch(const kube::Resource& resource,
                                                   std::string_view space,
                                                   const kube::WatchOptions& options) override;

 private:
  using Objects = std::map<std::string, json::Document, std::less<>>;  // by namespace/name

  json::Document* find(const kube::Resource& resource, const std::string& key);
  [[nodiscard]] bool owns_anything(std::string_view uid) const;
  json::Document store(const kube::Resource& resource, const std::string& key, json::Value object);

  const Clock& clock_;
  std::map<kube::Resource, Objects> objects_;
  std::vector<Change> log_;
  std::function<void(const Change&)> observer_;
  Admission admission_;
  std::uint64_t version_ = 0;
  std::uint64_t uids_ = 0;
};

}  // namespace firesteel::sim
