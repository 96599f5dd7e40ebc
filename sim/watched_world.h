#pragma once
// The world for parts that have threads: every call is serialised, and watches deliver the log.
// Thread-safe.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "sim/world.h"

namespace firesteel::sim {

class WatchedWorld final : public kube::Api {
 public:
  explicit WatchedWorld(const Clock& clock) : world_(clock) {}

  // Runs `change` on the world alone, and wakes the watches.
  void with(const std::function<void(World&)>& change);
  // Waits until `holds` does; false when it did not within `timeout`.
  [[nodiscard]] bool wait_for(const std::function<bool(World&)>& holds,
                              std::chrono::milliseconds timeout);

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
  class Stream;
  template <typename Call>
  auto locked(Call call);

  std::mutex mutex_;
  std::condition_variable changed_;
  World world_;
};

}  // namespace firesteel::sim
