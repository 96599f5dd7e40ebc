#include "apiserver/eviction.h"

#include "apiserver/write.h"
#include "kube/conditions.h"
#include "kube/object.h"
#include "kube/selector.h"

namespace firesteel::apiserver {

namespace {

using json::int_at;
using json::string_at;

const kube::Resource kBudgets{"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"};
// More than upstream's 2000 never come together on one machine.
constexpr std::size_t kMaxDisruptedPods = 2000;
constexpr std::string_view kWouldViolate =
    "Cannot evict pod as it would violate the pod's disruption budget.";

// A pod that serves nobody needs no leave.
bool needs_leave(const json::Value& pod) {
  const std::string_view phase = string_at(pod, {"status", "phase"});
  return phase != "Succeeded" && phase != "Failed" && phase != "Pending" && !kube::is_deleting(pod);
}

bool is_ready(const json::Value& pod) {
  const json::Value* status = json::find(pod, "status");
  return status != nullptr && kube::is_condition_true(*status, "Ready");
}

std::vector<json::Document> budgets_of(const Call& call, const json::Value& pod) {
  std::vector<json::Document> found;
  for (const json::Document& budget : call.core.list(kBudgets, call.path.space)) {
    const json::Value* selector = json::find(*budget, {"spec", "selector"});
    if (selector == nullptr) continue;
    const auto wanted = kube::LabelSelector::from_json(*selector);
    if (wanted && wanted->matches_object(pod)) found.push_back(budget);
  }
  return found;
}

// One that is not ready may go when that takes nothing away from those that are.
bool goes_freely(const json::Value& budget, const json::Value& pod) {
  if (is_ready(pod)) return false;
  if (string_at(budget, {"spec", "unhealthyPodEvictionPolicy"}) == "AlwaysAllow") return true;
  const std::int64_t desired = int_at(budget, {"status", "desiredHealthy"});
  return desired > 0 && int_at(budget, {"status", "currentHealthy"}) >= desired;
}

// The budget's status with this eviction counted, until the controller has seen it.
Result<json::Value> spend(const json::Value& budget, std::string_view pod, TimePoint now) {
  if (int_at(budget, {"status", "observedGeneration"}) <
      int_at(budget, {"metadata", "generation"})) {
    Error error{ErrorCode::kTooManyRequests, std::string(kWouldViolate), {}};
    error.problems.push_back(
        {"",
         fmt::format("The disruption budget {} is still being processed by the server.",
                     kube::name_of(budget)),
         "DisruptionBudget"});
    return std::unexpected(std::move(error));
  }
  const std::int64_t allowed = int_at(budget, {"status", "disruptionsAllowed"});
  const bool is_full =
      json::object_at(budget, {"status", "disruptedPods"}).size() >= kMaxDisruptedPods;
  if (allowed <= 0 || is_full) {
    Error error{ErrorCode::kTooManyRequests, std::string(kWouldViolate), {}};
    error.problems.push_back(
        {"",
         fmt::format("The disruption budget {} needs {} healthy pods and has {} currently",
                     kube::name_of(budget), int_at(budget, {"status", "desiredHealthy"}),
                     int_at(budget, {"status", "currentHealthy"})),
         "DisruptionBudget"});
    return std::unexpected(std::move(error));
  }
  json::Value next = budget;
  json::make_object(next, {"status"})["disruptionsAllowed"] = allowed - 1;
  json::make_object(next, {"status", "disruptedPods"})[pod] = format_time(now);
  return next;
}

}  // namespace

Result<void> ask_disruption_budget(const Call& call, const json::Value& pod) {
  if (!needs_leave(pod)) return {};
  const std::vector<json::Document> budgets = budgets_of(call, pod);
  if (budgets.empty()) return {};
  if (budgets.size() > 1)
    return fail(ErrorCode::kInternal,
                "This pod has more than one PodDisruptionBudget, which the eviction subresource "
                "does not support.");
  if (goes_freely(*budgets[0], pod) || call.dry_run()) return {};
  Call write = call;
  write.served = write.registry->find(kBudgets.group, kBudgets.version, kBudgets.plural);
  write.path.name = kube::name_of(*budgets[0]);
  const auto spent = change_object(
      write, write.path.name,
      [&](const json::Value& budget) { return spend(budget, kube::name_of(pod), call.core.now()); },
      Change{"status", false});
  if (!spent) return std::unexpected(spent.error());
  return {};
}

}  // namespace firesteel::apiserver
