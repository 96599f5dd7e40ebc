#include "kube/pod_resources.h"

#include <fmt/format.h>

namespace firesteel::kube {

namespace {

void raise_to(Resources& most, const Resources& other) {
  for (const auto& [name, quantity] : other) {
    const auto [found, added] = most.emplace(name, quantity);
    if (!added && found->second < quantity) found->second = quantity;
  }
}

}  // namespace

Resources quantities_at(const json::Value& object, std::initializer_list<std::string_view> keys) {
  Resources out;
  for (const auto& member : json::object_at(object, keys)) {
    const auto quantity = Quantity::from_json(member.value());
    if (quantity) out.emplace(std::string(std::string_view(member.key())), *quantity);
  }
  return out;
}

void add_to(Resources& sum, const Resources& other) {
  for (const auto& [name, quantity] : other) {
    const auto [found, added] = sum.emplace(name, quantity);
    if (!added) found->second += quantity;
  }
}

Resources pod_resources(const json::Value& pod, std::string_view list) {
  Resources sum;
  for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
    add_to(sum, quantities_at(container, {"resources", list}));
  }
  Resources sidecars;  // init containers that keep running
  Resources most;
  for (const json::Value& container : json::array_at(pod, {"spec", "initContainers"})) {
    Resources own = quantities_at(container, {"resources", list});
    if (json::string_at(container, "restartPolicy") == "Always") {
      add_to(sum, own);
      add_to(sidecars, own);
      raise_to(most, sidecars);
    } else {
      add_to(own, sidecars);
      raise_to(most, own);
    }
  }
  raise_to(sum, most);
  const Resources overhead = quantities_at(pod, {"spec", "overhead"});
  // Limits only grow by an overhead where there is a limit at all.
  for (const auto& [name, quantity] : overhead) {
    if (list == "limits" && !sum.contains(name)) continue;
    add_to(sum, {{name, quantity}});
  }
  return sum;
}

void count_compute(Resources& usage, const Resources& requests, const Resources& limits) {
  for (const auto& [name, quantity] : requests) {
    if (name == "cpu" || name == "memory" || name == "ephemeral-storage" ||
        name.starts_with("hugepages-")) {
      usage[name] = quantity;
    }
    usage["requests." + name] = quantity;
  }
  for (const auto& [name, quantity] : limits) {
    if (name == "cpu" || name == "memory" || name == "ephemeral-storage") {
      usage["limits." + name] = quantity;
    }
  }
}

std::string print_resources(const Resources& resources) {
  std::string out;
  for (const auto& [name, quantity] : resources) {
    out += fmt::format("{}{}={}", out.empty() ? "" : ",", name, quantity.text());
  }
  return out;
}

}  // namespace firesteel::kube
