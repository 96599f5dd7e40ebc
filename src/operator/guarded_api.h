#pragma once
// The Kubernetes API as a leader may use it: every request is counted and timed, and a write is
// refused with kUnavailable from the moment on at which the lead is lost. Thread-safe.
#include <functional>

#include "kube/api.h"
#include "operator/metrics.h"

namespace firesteel::operators {

class GuardedApi final : public kube::Api {
 public:
  // All must outlive it. `may_write` is asked right before each write, from its thread.
  GuardedApi(kube::Api& api, Metrics& metrics, std::function<bool()> may_write);

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
  template <typename T>
  Result<T> read(std::string_view method, const std::function<Result<T>()>& request);
  template <typename T>
  Result<T> write(std::string_view method, const std::function<Result<T>()>& request);

  kube::Api& api_;
  Metrics& metrics_;
  const std::function<bool()> may_write_;
};

}  // namespace firesteel::operators
