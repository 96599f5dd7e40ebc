#include "kube/schema.h"

#include <fmt/core.h>

#include "kube/schema_node.h"

namespace firesteel::kube {
namespace {

using Type = SchemaNode::Type;

void add_defaults(const SchemaNode& node, json::Value& value) {
  if (json::Array* array = value.if_array()) {
    if (node.items == nullptr) return;
    for (json::Value& item : *array) add_defaults(*node.items, item);
    return;
  }
  json::Object* object = value.if_object();
  if (object == nullptr) return;
  for (const auto& [name, property] : node.properties) {
    json::Value* member = object->if_contains(name);
    if (member != nullptr && !(member->is_null() && !property->nullable)) continue;
    if (property->default_value) (*object)[name] = *property->default_value;
  }
  std::vector<std::string> nulls;  // a null that means nothing: Kubernetes drops it too
  for (auto& member : *object) {
    const SchemaNode* schema = node.member(member.key());
    if (schema == nullptr) continue;
    if (member.value().is_null() && !schema->nullable) nulls.emplace_back(member.key());
    add_defaults(*schema, member.value());
  }
  for (const std::string& key : nulls) json::remove(*object, key);
}

bool is_object_meta(std::string_view key) {
  return key == "apiVersion" || key == "kind" || key == "metadata";
}

void prune_value(const SchemaNode& node, json::Value& value, bool resource, const std::string& path,
                 std::vector<std::string>& removed) {
  if (json::Array* array = value.if_array()) {
    if (node.items == nullptr) return;
    for (std::size_t i = 0; i < array->size(); ++i) {
      prune_value(*node.items, (*array)[i], node.items->embedded_resource,
                  fmt::format("{}[{}]", path, i), removed);
    }
    return;
  }
  json::Object* object = value.if_object();
  if (object == nullptr) return;
  const bool keep = node.preserve_unknown_fields || node.additional_allowed;
  std::vector<std::string> unknown;
  for (auto& member : *object) {
    const std::string_view key = member.key();
    if (resource && is_object_meta(key)) continue;
    const SchemaNode* schema = node.member(key);
    if (schema != nullptr) {
      const bool scalar = !member.value().is_structured();
      if (scalar) continue;
      const std::string below = path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
      prune_value(*schema, member.value(), schema->embedded_resource, below, removed);
    } else if (!keep) {
      unknown.emplace_back(key);
    }
  }
  for (const std::string& key : unknown) {
    json::remove(*object, key);
    removed.push_back(path.empty() ? key : path + "." + key);
  }
}

FieldRule list_rule(const SchemaNode& node) {
  FieldRule rule;
  rule.kind = FieldRule::Kind::kAtomic;
  if (node.list_type == SchemaNode::ListType::kSet) rule.kind = FieldRule::Kind::kSet;
  if (node.list_type != SchemaNode::ListType::kMap) return rule;
  rule.kind = FieldRule::Kind::kKeyedList;
  for (const std::string& name : node.list_map_keys) {
    FieldRule::Key key{name, ""};
    const SchemaNode* schema = node.items == nullptr ? nullptr : node.items->member(name);
    if (schema != nullptr && schema->default_value && schema->default_value->is_string()) {
      key.otherwise = json::view(schema->default_value->get_string());
    }
    rule.keys.push_back(std::move(key));
  }
  return rule;
}

}  // namespace

void Schema::apply_defaults(json::Value& object) const {
  add_defaults(*root_, object);
}

std::vector<std::string> Schema::prune(json::Value& object) const {
  std::vector<std::string> removed;
  prune_value(*root_, object, true, "", removed);
  return removed;
}

FieldRule Schema::rule(FieldPath path) const {
  const SchemaNode* node = root_.get();
  for (const std::string_view name : path) {
    while (node != nullptr && node->type == Type::kArray) node = node->items.get();
    if (node != nullptr) node = node->member(name);
    if (node == nullptr) return {};
  }
  if (node->type == Type::kArray) return list_rule(*node);
  FieldRule rule;
  if (node->atomic_map) rule.kind = FieldRule::Kind::kAtomic;
  return rule;
}

}  // namespace firesteel::kube
