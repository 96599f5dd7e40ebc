#include "cluster/scheduler.h"

#include <fmt/core.h>

#include <algorithm>

#include "cluster/pods.h"
#include "kube/conditions.h"
#include "kube/object.h"
#include "kube/quantity.h"

namespace firesteel::cluster {

namespace {

std::int64_t amount(const json::Object& resources, std::string_view name, bool milli) {
  const json::Value* value = json::find(resources, name);
  if (value == nullptr) return 0;
  const Result<kube::Quantity> quantity = kube::Quantity::from_json(*value);
  if (!quantity) return 0;
  return milli ? quantity->to_milli() : quantity->to_bytes();
}

Room of_resources(const json::Object& resources) {
  return {amount(resources, "cpu", true), amount(resources, "memory", false), 0};
}

Room of_container(const json::Value& container) {
  json::Object resources = json::object_at(container, {"resources", "limits"});
  for (const auto& [name, value] : json::object_at(container, {"resources", "requests"})) {
    resources[name] = value;
  }
  return of_resources(resources);
}

void add(Room& sum, const Room& more) {
  sum.cpu_milli += more.cpu_milli;
  sum.memory_bytes += more.memory_bytes;
  sum.pods += more.pods;
}

// The operators of a NodeSelectorRequirement. Source: core/v1.
bool holds(std::string_view op, const json::Value* found, const json::Array& values) {
  const bool among = found != nullptr && std::ranges::any_of(values, [&](const json::Value& value) {
                       return value == *found;
                     });
  if (op == "In") return among;
  if (op == "NotIn") return !among;
  if (op == "Exists") return found != nullptr;
  if (op == "DoesNotExist") return found == nullptr;
  if ((op == "Gt" || op == "Lt") && found != nullptr && values.size() == 1) {
    const auto left = kube::Quantity::from_json(*found);
    const auto right = kube::Quantity::from_json(values[0]);
    return left && right && (op == "Gt" ? *left > *right : *left < *right);
  }
  return false;
}

bool matches_term(const json::Value& term, const json::Value& node) {
  const json::Array& expressions = json::array_at(term, {"matchExpressions"});
  const json::Array& fields = json::array_at(term, {"matchFields"});
  if (expressions.empty() && fields.empty()) return false;  // an empty term selects nothing
  for (const json::Value& expression : expressions) {
    const json::Value* found =
        json::find(kube::labels_of(node), json::string_at(expression, "key"));
    const json::Array& values = json::array_at(expression, {"values"});
    if (!holds(json::string_at(expression, "operator"), found, values)) return false;
  }
  for (const json::Value& field : fields) {
    const bool known = json::string_at(field, "key") == "metadata.name";
    const json::Value* found = known ? json::find(node, {"metadata", "name"}) : nullptr;
    const json::Array& values = json::array_at(field, {"values"});
    if (!holds(json::string_at(field, "operator"), found, values)) return false;
  }
  return true;
}

bool matches_selector_and_affinity(const json::Value& pod, const json::Value& node) {
  for (const auto& [key, value] : json::object_at(pod, {"spec", "nodeSelector"})) {
    const json::Value* found = json::find(kube::labels_of(node), key);
    if (found == nullptr || *found != value) return false;
  }
  const json::Value* required = json::find(
      pod, {"spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"});
  if (required == nullptr) return true;
  return std::ranges::any_of(json::array_at(*required, {"nodeSelectorTerms"}),
                             [&](const json::Value& term) { return matches_term(term, node); });
}

bool tolerates(const json::Value& toleration, const json::Value& taint) {
  const std::string_view effect = json::string_at(toleration, "effect");
  if (!effect.empty() && effect != json::string_at(taint, "effect")) return false;
  const std::string_view key = json::string_at(toleration, "key");
  if (!key.empty() && key != json::string_at(taint, "key")) return false;
  if (json::string_at(toleration, "operator") == "Exists") return true;
  return !key.empty() && json::string_at(toleration, "value") == json::string_at(taint, "value");
}

bool is_tolerated(const json::Value& pod, const json::Value& taint) {
  return std::ranges::any_of(
      json::array_at(pod, {"spec", "tolerations"}),
      [&](const json::Value& toleration) { return tolerates(toleration, taint); });
}

// The first taint that keeps the pod away, or null.
const json::Value* untolerated_taint(const json::Value& pod, const json::Value& node) {
  for (const json::Value& taint : json::array_at(node, {"spec", "taints"})) {
    const std::string_view effect = json::string_at(taint, "effect");
    if (effect != "NoSchedule" && effect != "NoExecute") continue;
    if (!is_tolerated(pod, taint)) return &taint;
  }
  return nullptr;
}

// A cordoned node still takes what tolerates the taint that stands for it: daemons.
bool is_cordoned_for(const json::Value& pod, const json::Value& node) {
  if (!json::bool_at(node, {"spec", "unschedulable"})) return false;
  const json::Value taint =
      json::Object{{"key", "node.kubernetes.io/unschedulable"}, {"effect", "NoSchedule"}};
  return !is_tolerated(pod, taint);
}

Room allocatable_of(const json::Value& node) {
  const json::Value* status = json::find(node, "status");
  if (status == nullptr) return {};
  const bool given = json::find(*status, "allocatable") != nullptr;
  const json::Object& resources = json::object_at(*status, {given ? "allocatable" : "capacity"});
  Room room = of_resources(resources);
  room.pods = amount(resources, "pods", false);
  return room;
}

bool is_node_ready(const json::Value& node) {
  const json::Value* status = json::find(node, "status");
  return status != nullptr && kube::is_condition_true(*status, "Ready");
}

// Why this node is no place for the pod; nothing when it is one.
std::vector<std::string> reasons_against(const json::Value& pod, const json::Value& node,
                                         const Room& wanted, const Room& used) {
  if (!is_node_ready(node)) return {"node(s) were not ready"};
  if (is_cordoned_for(pod, node)) return {"node(s) were unschedulable"};
  if (const json::Value* taint = untolerated_taint(pod, node)) {
    return {fmt::format("node(s) had untolerated taint {{{}: {}}}", json::string_at(*taint, "key"),
                        json::string_at(*taint, "value"))};
  }
  if (!matches_selector_and_affinity(pod, node)) {
    return {"node(s) didn't match Pod's node affinity/selector"};
  }
  const Room all = allocatable_of(node);
  std::vector<std::string> reasons;
  if (used.pods + 1 > all.pods) reasons.emplace_back("Too many pods");
  // A pod that asks for nothing fits even on a node that is over its measure.
  if (wanted.cpu_milli > 0 && used.cpu_milli + wanted.cpu_milli > all.cpu_milli) {
    reasons.emplace_back("Insufficient cpu");
  }
  if (wanted.memory_bytes > 0 && used.memory_bytes + wanted.memory_bytes > all.memory_bytes) {
    reasons.emplace_back("Insufficient memory");
  }
  return reasons;
}

// Free share after placing, 0 to 2000: the more the better. Source: NodeResourcesFit,
// LeastAllocated.
std::int64_t score(const json::Value& node, const Room& wanted, const Room& used) {
  const Room all = allocatable_of(node);
  const auto free_share = [](std::int64_t total, std::int64_t taken) {
    return total <= 0 || taken > total
               ? 0
               : static_cast<std::int64_t>(1000.0 * static_cast<double>(total - taken) /
                                           static_cast<double>(total));
  };
  return free_share(all.cpu_milli, used.cpu_milli + wanted.cpu_milli) +
         free_share(all.memory_bytes, used.memory_bytes + wanted.memory_bytes);
}

std::string unschedulable_message(std::size_t nodes, const std::map<std::string, int>& reasons) {
  if (nodes == 0) return "no nodes available to schedule pods";
  std::string text = fmt::format("0/{} nodes are available: ", nodes);
  const char* separator = "";
  // Sorted as text with the count in front, as kube-scheduler does it.
  std::vector<std::string> parts;
  for (const auto& [reason, count] : reasons) parts.push_back(fmt::format("{} {}", count, reason));
  std::ranges::sort(parts);
  for (const std::string& part : parts) {
    text += separator + part;
    separator = ", ";
  }
  return text + ".";
}

}  // namespace

bool may_run_on(const json::Value& pod, const json::Value& node) {
  return !is_cordoned_for(pod, node) && untolerated_taint(pod, node) == nullptr &&
         matches_selector_and_affinity(pod, node);
}

Room requested_by(const json::Value& pod) {
  Room sum;
  for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
    add(sum, of_container(container));
  }
  Room largest_init;
  for (const json::Value& container : json::array_at(pod, {"spec", "initContainers"})) {
    const Room one = of_container(container);
    if (json::string_at(container, "restartPolicy") ==
        "Always") {  // a sidecar: runs beside the rest
      add(sum, one);
      continue;
    }
    largest_init.cpu_milli = std::max(largest_init.cpu_milli, one.cpu_milli);
    largest_init.memory_bytes = std::max(largest_init.memory_bytes, one.memory_bytes);
  }
  sum.cpu_milli = std::max(sum.cpu_milli, largest_init.cpu_milli);
  sum.memory_bytes = std::max(sum.memory_bytes, largest_init.memory_bytes);
  add(sum, of_resources(json::object_at(pod, {"spec", "overhead"})));
  sum.pods = 1;
  return sum;
}

bool needs_a_node(const json::Value& pod) {
  const std::string_view scheduler = json::string_at(pod, {"spec", "schedulerName"});
  return json::string_at(pod, {"spec", "nodeName"}).empty() && is_active(pod) &&
         json::array_at(pod, {"spec", "schedulingGates"}).empty() &&
         (scheduler.empty() || scheduler == "default-scheduler");
}

Placement place_pod(const json::Value& pod, std::span<const json::Document> nodes,
                    const std::map<std::string, Room>& used) {
  const Room wanted = requested_by(pod);
  std::map<std::string, int> reasons;
  Placement best;
  std::int64_t best_score = -1;
  for (const json::Document& node : nodes) {
    const std::string name(kube::name_of(*node));
    const auto taken = used.find(name);
    const Room room = taken == used.end() ? Room{} : taken->second;
    const std::vector<std::string> against = reasons_against(pod, *node, wanted, room);
    for (const std::string& reason : against) ++reasons[reason];
    if (!against.empty()) continue;
    const std::int64_t points = score(*node, wanted, room);
    if (points > best_score || (points == best_score && name < best.node)) {
      best_score = points;
      best.node = name;
    }
  }
  if (best.node.empty()) best.message = unschedulable_message(nodes.size(), reasons);
  return best;
}

}  // namespace firesteel::cluster
