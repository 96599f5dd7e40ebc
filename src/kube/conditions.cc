#include "kube/conditions.h"

namespace firesteel::kube {

bool set_condition(json::Value& status, std::string_view type, std::string_view condition_status,
                   std::string_view reason, std::string_view message, TimePoint now) {
  if (!status.is_object()) status.emplace_object();
  json::Value& list = status.get_object()["conditions"];
  if (!list.is_array()) list.emplace_array();
  json::Value* found = nullptr;
  for (json::Value& condition : list.get_array()) {
    if (json::string_at(condition, "type") == type) found = &condition;
  }
  if (found == nullptr) {
    list.get_array().push_back(json::Object{{"type", type}});
    found = &list.get_array().back();
  }
  json::Object& condition = found->get_object();
  bool changed = false;
  const auto set = [&](std::string_view key, std::string_view value) {
    const json::Value* before = json::find(condition, key);
    if (before != nullptr && before->is_string() && json::view(before->get_string()) == value) {
      return false;
    }
    condition[key] = value;
    changed = true;
    return true;
  };
  if (set("status", condition_status)) condition["lastTransitionTime"] = format_time(now);
  set("reason", reason);
  set("message", message);
  return changed;
}

const json::Value* find_condition(const json::Value& status, std::string_view type) {
  for (const json::Value& condition : json::array_at(status, {"conditions"})) {
    if (json::string_at(condition, "type") == type) return &condition;
  }
  return nullptr;
}

bool is_condition_true(const json::Value& status, std::string_view type) {
  const json::Value* condition = find_condition(status, type);
  return condition != nullptr && json::string_at(*condition, "status") == "True";
}

}  // namespace firesteel::kube
