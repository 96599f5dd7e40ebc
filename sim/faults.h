#pragma once
// The operator's line to the API server: calls fail, answers get lost, and the operator dies before
// or after a write.
#include <functional>
#include <optional>

#include "kube/api.h"
#include "sim/random.h"

namespace firesteel::sim {

// Thrown through the operator: the process is gone at this instruction.
struct Crashed {};

struct FaultPlan {
  std::size_t error_one_in = 0;  // 0 = never; of every call
  std::size_t crash_one_in = 0;  // of every write
  // Crash once, at this write of the run (from 1): before it, or after it took effect.
  std::optional<std::size_t> crash_at_write = std::nullopt;
  bool crash_after = false;
};

class FaultyApi final : public kube::Api {
 public:
  // `in_flight` is called while a request is under way: what it does happens before the server
  // sees the request, or before the operator sees the answer.
  FaultyApi(
      kube::Api& real, Random& random, FaultPlan plan, std::function<void()> in_flight = [] {})
      : real_(real), random_(random), plan_(plan), in_flight_(std::move(in_flight)) {}

  void heal() { plan_ = {}; }
  [[nodiscard]] std::size_t writes() const { return writes_; }

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
  [[nodiscard]] std::optional<Error> trouble();
  template <typename T, typename Call>
  Result<T> read(Call call);
  template <typename T, typename Call>
  Result<T> write(Call call);

  kube::Api& real_;
  Random& random_;
  FaultPlan plan_;
  const std::function<void()> in_flight_;
  std::size_t writes_ = 0;
};

}  // namespace firesteel::sim
