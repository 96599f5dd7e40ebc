#include "operator/guarded_api.h"

#include "kube/status.h"

namespace firesteel::operators {
namespace {

using Ticks = std::chrono::steady_clock;

// 0 for what never was an answer.
template <typename T>
int code_of(std::string_view method, const Result<T>& answer) {
  if (answer) return method == "POST" ? 201 : 200;
  const bool none = answer.error().code == ErrorCode::kIo;
  return none ? 0 : kube::status_code(answer.error().code).http;
}

}  // namespace

GuardedApi::GuardedApi(kube::Api& api, Metrics& metrics, std::function<bool()> may_write)
    : api_(api), metrics_(metrics), may_write_(std::move(may_write)) {}

template <typename T>
Result<T> GuardedApi::read(std::string_view method, const std::function<Result<T>()>& request) {
  const auto began = Ticks::now();
  Result<T> answer = request();
  metrics_.requested(method, code_of(method, answer), Ticks::now() - began);
  return answer;
}

template <typename T>
Result<T> GuardedApi::write(std::string_view method, const std::function<Result<T>()>& request) {
  if (may_write_ && !may_write_()) {
    return fail(ErrorCode::kUnavailable, "this operator is not the leader any more");
  }
  return read<T>(method, request);
}

Result<json::Document> GuardedApi::get(const kube::Resource& resource, std::string_view space,
                                       std::string_view name) {
  return read<json::Document>("GET", [&] { return api_.get(resource, space, name); });
}

Result<kube::List> GuardedApi::list(const kube::Resource& resource, std::string_view space,
                                    const kube::ListOptions& options) {
  return read<kube::List>("GET", [&] { return api_.list(resource, space, options); });
}

Result<json::Document> GuardedApi::create(const kube::Resource& resource, std::string_view space,
                                          const json::Value& object,
                                          const kube::WriteOptions& options) {
  return write<json::Document>("POST",
                               [&] { return api_.create(resource, space, object, options); });
}

Result<json::Document> GuardedApi::replace(const kube::Resource& resource, std::string_view space,
                                           std::string_view name, const json::Value& object,
                                           const kube::WriteOptions& options) {
  return write<json::Document>(
      "PUT", [&] { return api_.replace(resource, space, name, object, options); });
}

Result<json::Document> GuardedApi::patch(const kube::Resource& resource, std::string_view space,
                                         std::string_view name, kube::PatchType type,
                                         const json::Value& patch,
                                         const kube::WriteOptions& options) {
  return write<json::Document>(
      "PATCH", [&] { return api_.patch(resource, space, name, type, patch, options); });
}

Result<void> GuardedApi::remove(const kube::Resource& resource, std::string_view space,
                                std::string_view name, const kube::DeleteOptions& options) {
  return write<void>("DELETE", [&] { return api_.remove(resource, space, name, options); });
}

Result<void> GuardedApi::remove_collection(const kube::Resource& resource, std::string_view space,
                                           const kube::ListOptions& selection,
                                           const kube::DeleteOptions& options) {
  return write<void>("DELETE",
                     [&] { return api_.remove_collection(resource, space, selection, options); });
}

Result<std::unique_ptr<kube::WatchStream>> GuardedApi::watch(const kube::Resource& resource,
                                                             std::string_view space,
                                                             const kube::WatchOptions& options) {
  return read<std::unique_ptr<kube::WatchStream>>(
      "WATCH", [&] { return api_.watch(resource, space, options); });
}

}  // namespace firesteel::operators
