#include "spark/room.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/object.h"
#include "kube/pod_resources.h"
#include "kube/quantity.h"
#include "spark/demand.h"
#include "spark/submission.h"

namespace firesteel::spark {
namespace {

// Of nodes that a cloud or an autoscaler makes by need.
constexpr std::string_view kGrowing[] = {"karpenter.sh/nodepool", "eks.amazonaws.com/nodegroup",
                                         "cloud.google.com/gke-nodepool",
                                         "kubernetes.azure.com/agentpool"};

std::optional<kube::Quantity> quantity_at(const json::Value& object,
                                          std::initializer_list<std::string_view> path) {
  const json::Value* value = json::find(object, path);
  if (value == nullptr) return std::nullopt;
  auto parsed = kube::Quantity::from_json(*value);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

kube::Quantity amount(const kube::Resources& resources, std::string_view name) {
  const auto at = resources.find(name);
  return at == resources.end() ? kube::Quantity() : at->second;
}

std::string text(const kube::Quantity& cpu, const kube::Quantity& memory) {
  return fmt::format("{} CPU and {}", cpu.text(), kube::format_bytes(memory.to_bytes()));
}

class Checker {
 public:
  Checker(const Conf& conf, const ClusterRoom& room, Validation& out)
      : conf_(conf), room_(room), out_(out) {}

  void check(const Demand& demand) {
    fits_a_node("driver", demand.driver);
    fits_a_node("executor", demand.executor);
    kube::Resources both = demand.driver;
    kube::add_to(both, demand.executor);
    for (const json::Value& quota : room_.quotas) fits(quota, both);
  }

 private:
  bool is_selected(const json::Value& node, std::string_view role) const {
    for (const std::string& prefix : {std::string("spark.kubernetes.node.selector."),
                                      fmt::format("spark.kubernetes.{}.node.selector.", role)}) {
      for (const auto& [key, value] : conf_.with_prefix(prefix)) {
        if (kube::label_of(node, key) != value) return false;
      }
    }
    return true;
  }

  void fits_a_node(std::string_view role, const kube::Resources& wanted) {
    if (!room_.nodes) return;
    const kube::Quantity cpu = amount(wanted, "requests.cpu");
    const kube::Quantity memory = amount(wanted, "requests.memory");
    kube::Quantity most_cpu, most_memory;
    bool growing = false;
    for (const json::Value& node : *room_.nodes) {
      growing = growing || std::ranges::any_of(kGrowing, [&](std::string_view label) {
                  return !kube::label_of(node, label).empty();
                });
      if (!is_selected(node, role)) continue;
      const auto has_cpu = quantity_at(node, {"status", "allocatable", "cpu"});
      const auto has_memory = quantity_at(node, {"status", "allocatable", "memory"});
      if (!has_cpu || !has_memory) return;  // it has not reported yet
      if (*has_cpu >= cpu && *has_memory >= memory) return;
      most_cpu = std::max(most_cpu, *has_cpu);
      most_memory = std::max(most_memory, *has_memory);
    }
    // No node that is selected: it may be on its way.
    if (most_cpu.is_zero()) return;
    const std::string path =
        fmt::format("spec.{}.{}", role, most_memory < memory ? "memory" : "cores");
    const std::string message = fmt::format(
        "the {} requests {}, and no node has as much even when it is empty (at most {}); lower "
        "memory, memoryOverhead or cores",
        role, text(cpu, memory), text(most_cpu, most_memory));
    (growing ? out_.warnings : out_.problems).push_back({path, message, "FieldValueInvalid"});
  }

  void fits(const json::Value& quota, const kube::Resources& both) {
    const bool scoped = !json::array_at(quota, {"spec", "scopes"}).empty() ||
                        json::find(quota, {"spec", "scopeSelector"}) != nullptr;
    if (scoped) return;
    for (const auto& [name, wanted] : both) {
      const auto hard = quantity_at(quota, {"spec", "hard", name});
      if (!hard || wanted <= *hard) continue;
      out_.problems.push_back(
          {fmt::format("spec.executor.{}", name.ends_with("cpu") ? "cores" : "memory"),
           fmt::format("the driver and one executor need {} {}, but ResourceQuota {} allows {} in "
                       "all; ask for less, or have the quota raised",
                       name, wanted.text(), kube::name_of(quota), hard->text()),
           "FieldValueForbidden"});
    }
  }

  const Conf& conf_;
  const ClusterRoom& room_;
  Validation& out_;
};

}  // namespace

Validation check_room(const json::Value& application, const ClusterRoom& room) {
  Validation out;
  AttemptInputs inputs;
  inputs.unique_id = "0000000000000000";
  inputs.kubernetes_master = "https://kubernetes.default.svc:443";
  const auto built = build_submission(application, inputs);
  if (built) Checker(built->conf, room, out).check(demand_of(*built));
  return out;
}

}  // namespace firesteel::spark
