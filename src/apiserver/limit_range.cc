#include "apiserver/limit_range.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/pod_resources.h"

namespace firesteel::apiserver {

namespace {

using kube::pod_resources;
using kube::quantities_at;
using kube::Resources;

constexpr std::string_view kAnnotation = "kubernetes.io/limit-ranger";
using Messages = std::vector<std::string>;

// Members that are in `from` and not in object[member].
void fill(json::Object& item, std::string_view member, const json::Object& from) {
  if (from.empty()) return;
  json::Value& value = item[member];
  if (!value.is_object()) value = json::Object();
  for (const auto& each : from) {
    json::Value& own = value.get_object()[each.key()];
    if (own.is_null()) own = each.value();
  }
}

std::string joined(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// Adds what the container does not say, and tells what was added.
void merge(json::Object& container, std::string_view list, const json::Object& defaults,
           std::string_view what, std::string_view prefix, std::string& told) {
  json::Value holder = json::Value(json::Object(container));
  std::vector<std::string> added;
  for (const auto& each : defaults) {
    if (json::find(holder, {"resources", list, each.key()}) != nullptr) continue;
    json::make_object(holder, {"resources", list})[each.key()] = each.value();
    added.emplace_back(std::string_view(each.key()));
  }
  if (added.empty()) return;
  container = std::move(holder.get_object());
  told += fmt::format("{}{} {} for {} {}", told.empty() ? "" : "; ", joined(added), what, prefix,
                      json::string_at(json::Value(container), "name"));
}

void merge_container(json::Object& container, const json::Value& item, std::string_view prefix,
                     std::string& told) {
  merge(container, "requests", json::object_at(item, {"defaultRequest"}), "request", prefix, told);
  merge(container, "limits", json::object_at(item, {"default"}), "limit", prefix, told);
}

struct Observed {
  Resources requests;
  Resources limits;
};

const kube::Quantity* find(const Resources& resources, const std::string& name) {
  const auto found = resources.find(name);
  return found == resources.end() ? nullptr : &found->second;
}

void check_min(std::string_view type, const Resources& least, const Observed& seen,
               Messages& messages) {
  for (const auto& [name, bound] : least) {
    const kube::Quantity* request = find(seen.requests, name);
    const kube::Quantity* limit = find(seen.limits, name);
    const std::string rule = fmt::format("minimum {} usage per {} is {}", name, type, bound.text());
    if (request == nullptr) {
      messages.push_back(rule + ".  No request is specified");
    } else if (*request < bound) {
      messages.push_back(fmt::format("{}, but request is {}", rule, request->text()));
    } else if (limit != nullptr && *limit < bound) {
      messages.push_back(fmt::format("{}, but limit is {}", rule, limit->text()));
    }
  }
}

void check_max(std::string_view type, const Resources& most, const Observed& seen,
               Messages& messages) {
  for (const auto& [name, bound] : most) {
    const kube::Quantity* request = find(seen.requests, name);
    const kube::Quantity* limit = find(seen.limits, name);
    const std::string rule = fmt::format("maximum {} usage per {} is {}", name, type, bound.text());
    if (limit == nullptr) {
      messages.push_back(rule + ".  No limit is specified");
    } else if (*limit > bound) {
      messages.push_back(fmt::format("{}, but limit is {}", rule, limit->text()));
    } else if (request != nullptr && *request > bound) {
      messages.push_back(fmt::format("{}, but request is {}", rule, request->text()));
    }
  }
}

void check_ratio(std::string_view type, const Resources& ratios, const Observed& seen,
                 Messages& messages) {
  for (const auto& [name, bound] : ratios) {
    const kube::Quantity* request = find(seen.requests, name);
    const kube::Quantity* limit = find(seen.limits, name);
    const std::string rule =
        fmt::format("{} max limit to request ratio per {} is {}", name, type, bound.text());
    if (request == nullptr || request->is_zero()) {
      messages.push_back(rule + ", but no request is specified or request is 0");
    } else if (limit == nullptr || limit->is_zero()) {
      messages.push_back(rule + ", but no limit is specified or limit is 0");
    } else {
      const double ratio =
          static_cast<double>(limit->to_milli()) / static_cast<double>(request->to_milli());
      if (ratio * 1000 > static_cast<double>(bound.to_milli())) {
        messages.push_back(fmt::format("{}, but provided ratio is {:f}", rule, ratio));
      }
    }
  }
}

void check_item(const json::Value& item, const Observed& seen, Messages& messages) {
  const std::string_view type = json::string_at(item, "type");
  check_min(type, quantities_at(item, {"min"}), seen, messages);
  check_max(type, quantities_at(item, {"max"}), seen, messages);
  check_ratio(type, quantities_at(item, {"maxLimitRequestRatio"}), seen, messages);
}

void check_pod(const json::Value& item, const json::Value& pod, Messages& messages) {
  const std::string_view type = json::string_at(item, "type");
  if (type == "Pod") {
    check_item(item, {pod_resources(pod, "requests"), pod_resources(pod, "limits")}, messages);
  }
  if (type != "Container") return;
  for (std::string_view list : {"containers", "initContainers"}) {
    for (const json::Value& container : json::array_at(pod, {"spec", list})) {
      check_item(item,
                 {quantities_at(container, {"resources", "requests"}),
                  quantities_at(container, {"resources", "limits"})},
                 messages);
    }
  }
}

// A claim has requests only.
void check_claim(const json::Value& item, const json::Value& claim, Messages& messages) {
  if (json::string_at(item, "type") != "PersistentVolumeClaim") return;
  const Observed seen{quantities_at(claim, {"spec", "resources", "requests"}), {}};
  check_min("PersistentVolumeClaim", quantities_at(item, {"min"}), seen, messages);
  for (const auto& [name, bound] : quantities_at(item, {"max"})) {
    const kube::Quantity* request = find(seen.requests, name);
    const std::string rule =
        fmt::format("maximum {} usage per PersistentVolumeClaim is {}", name, bound.text());
    if (request == nullptr) {
      messages.push_back(rule + ".  No request is specified");
    } else if (*request > bound) {
      messages.push_back(fmt::format("{}, but request is {}", rule, request->text()));
    }
  }
}

// Each pair of members: the first must not be above the second.
void check_order(const json::Value& item, const std::string& path, std::vector<Problem>& problems) {
  static constexpr std::string_view kMembers[] = {"min", "defaultRequest", "default", "max"};
  for (std::size_t low = 0; low < std::size(kMembers); ++low) {
    for (std::size_t high = low + 1; high < std::size(kMembers); ++high) {
      const Resources above = quantities_at(item, {kMembers[high]});
      for (const auto& [name, quantity] : quantities_at(item, {kMembers[low]})) {
        const kube::Quantity* bound = find(above, name);
        if (bound == nullptr || quantity <= *bound) continue;
        problems.push_back(
            {fmt::format("{}.{}[{}]", path, kMembers[low], name),
             fmt::format("Invalid value: \"{}\": {} value {} is greater than {} value {}",
                         quantity.text(), kMembers[low], quantity.text(), kMembers[high],
                         bound->text()),
             "FieldValueInvalid"});
      }
    }
  }
}

void check_quantities(const json::Value& item, const std::string& path,
                      std::vector<Problem>& problems) {
  for (std::string_view member :
       {"min", "max", "default", "defaultRequest", "maxLimitRequestRatio"}) {
    for (const auto& each : json::object_at(item, {member})) {
      const auto quantity = kube::Quantity::from_json(each.value());
      if (quantity) continue;
      problems.push_back({fmt::format("{}.{}[{}]", path, member, std::string_view(each.key())),
                          fmt::format("Invalid value: {}", quantity.error().message),
                          "FieldValueInvalid"});
    }
  }
}

}  // namespace

void default_limit_range(json::Value& range) {
  if (json::find(range, {"spec", "limits"}) == nullptr) return;
  json::Value& limits = json::make_object(range, {"spec"})["limits"];
  if (!limits.is_array()) return;
  for (json::Value& item : limits.get_array()) {
    if (json::string_at(item, "type") != "Container") continue;
    json::Object& object = item.get_object();
    fill(object, "default", json::Object(json::object_at(item, {"max"})));
    fill(object, "defaultRequest", json::Object(json::object_at(item, {"default"})));
    fill(object, "defaultRequest", json::Object(json::object_at(item, {"min"})));
  }
}

std::vector<Problem> validate_limit_range(const json::Value& range) {
  std::vector<Problem> problems;
  const json::Array& limits = json::array_at(range, {"spec", "limits"});
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const std::string path = fmt::format("spec.limits[{}]", i);
    if (json::string_at(limits[i], "type").empty()) {
      problems.push_back({path + ".type", "Required value", "FieldValueRequired"});
    }
    check_quantities(limits[i], path, problems);
    check_order(limits[i], path, problems);
  }
  return problems;
}

void apply_limit_ranges(const std::vector<json::Document>& ranges, json::Value& pod) {
  std::string told;
  json::Object& spec = json::make_object(pod, {"spec"});
  for (const json::Document& range : ranges) {
    for (const json::Value& item : json::array_at(*range, {"spec", "limits"})) {
      if (json::string_at(item, "type") != "Container") continue;
      for (std::string_view list : {"containers", "initContainers"}) {
        json::Value* containers = spec.if_contains(list);
        if (containers == nullptr || !containers->is_array()) continue;
        for (json::Value& container : containers->get_array()) {
          if (!container.is_object()) continue;
          merge_container(container.get_object(), item,
                          list == "containers" ? "container" : "init container", told);
        }
      }
    }
  }
  if (told.empty()) return;
  json::make_object(pod, {"metadata", "annotations"})[kAnnotation] =
      "LimitRanger plugin set: " + told;
}

Messages check_limit_ranges(const std::vector<json::Document>& ranges, std::string_view kind,
                            const json::Value& object) {
  Messages messages;
  for (const json::Document& range : ranges) {
    for (const json::Value& item : json::array_at(*range, {"spec", "limits"})) {
      if (kind == "Pod") check_pod(item, object, messages);
      if (kind == "PersistentVolumeClaim") check_claim(item, object, messages);
    }
  }
  return messages;
}

}  // namespace firesteel::apiserver
