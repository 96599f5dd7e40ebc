// Compiling a schema: everything that a CustomResourceDefinition may say is either understood here
// or refused.
#include <fmt/core.h>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "kube/schema.h"
#include "kube/schema_node.h"

namespace firesteel::kube {
namespace {

using Type = SchemaNode::Type;
using Child = SchemaNode::Child;

struct TypeName {
  std::string_view name;
  Type type;
};
constexpr TypeName kTypes[] = {{"object", Type::kObject}, {"array", Type::kArray},
                               {"string", Type::kString}, {"integer", Type::kInteger},
                               {"number", Type::kNumber}, {"boolean", Type::kBoolean}};

// Keywords that Kubernetes forbids in a structural schema, and the one that firesteel does not
// have.
constexpr std::string_view kForbidden[] = {
    "$ref",       "definitions",   "dependencies", "additionalItems", "patternProperties",
    "deprecated", "discriminator", "readOnly",     "writeOnly",       "xml"};

class Compiler {
 public:
  // `logical`: within allOf, anyOf, oneOf or not, where a type is not required.
  Child compile(const json::Value& schema, bool logical) {
    auto node = std::make_unique<SchemaNode>();
    const json::Object* object = schema.if_object();
    if (object == nullptr) {
      problem("", "Invalid value: a schema must be an object");
      return node;
    }
    if (++depth_ > json::kMaxDepth) {
      problem("", "Invalid value: nested too deeply");
    } else {
      refuse_forbidden(*object);
      read_type(*object, *node, logical);
      read_flags(*object, *node);
      read_bounds(*object, *node);
      read_list(*object, *node);
      read_children(*object, *node, logical);
      read_junctors(*object, *node);
      check_default(*node);
    }
    --depth_;
    return node;
  }

  std::vector<Problem> problems;

 private:
  void problem(std::string_view below, std::string message,
               std::string reason = "FieldValueInvalid") {
    std::string path = path_;
    if (!path.empty() && !below.empty()) path += '.';
    path += below;
    problems.push_back({std::move(path), std::move(message), std::move(reason)});
  }

  Child child(const json::Value& schema, std::string_view step, bool logical) {
    const std::size_t before = path_.size();
    if (!path_.empty()) path_ += '.';
    path_ += step;
    Child compiled = compile(schema, logical);
    path_.resize(before);
    return compiled;
  }

  // A default must be what the schema allows.
  void check_default(const SchemaNode& node) {
    if (!node.default_value) return;
    std::string at;
    std::vector<Problem> found;
    validate_value(node, *node.default_value, at, found);
    for (Problem& each : found) problem("default", std::move(each.message), each.reason);
  }

  void refuse_forbidden(const json::Object& schema) {
    for (const std::string_view keyword : kForbidden) {
      if (schema.contains(keyword)) {
        problem(keyword, "Forbidden: not allowed in a structural schema", "FieldValueForbidden");
      }
    }
    if (const json::Value* unique = json::find(schema, "uniqueItems");
        unique != nullptr && *unique == true) {
      problem("uniqueItems", "Forbidden: use x-kubernetes-list-type: set", "FieldValueForbidden");
    }
    if (schema.contains("x-kubernetes-validations")) {
      problem(
          "x-kubernetes-validations",
          "Forbidden: this cluster does not evaluate CEL rules and never ignores one; remove the "
          "rules or use a cluster that has them",
          "FieldValueForbidden");
    }
  }

  void read_type(const json::Object& schema, SchemaNode& node, bool logical) {
    node.int_or_string = flag(schema, "x-kubernetes-int-or-string");
    node.preserve_unknown_fields = flag(schema, "x-kubernetes-preserve-unknown-fields");
    node.embedded_resource = flag(schema, "x-kubernetes-embedded-resource");
    const json::Value* type = json::find(schema, "type");
    if (type == nullptr) {
      if (!logical && !node.int_or_string && !node.preserve_unknown_fields) {
        problem("type", "Required value: must not be empty for specified object fields",
                "FieldValueRequired");
      }
      return;
    }
    const std::string_view name =
        type->is_string() ? json::view(type->get_string()) : std::string_view();
    for (const TypeName& known : kTypes) {
      if (known.name != name) continue;
      node.type = known.type;
      node.type_name = name;
    }
    if (node.type == Type::kAny) {
      problem("type",
              fmt::format("Unsupported value: \"{}\": supported values: \"array\", \"boolean\", "
                          "\"integer\", \"number\", \"object\", \"string\"",
                          name),
              "FieldValueNotSupported");
    }
  }

  bool flag(const json::Object& schema, std::string_view key) {
    const json::Value* value = json::find(schema, key);
    if (value == nullptr) return false;
    if (!value->is_bool()) {
      problem(key, "Invalid value: must be true or false");
      return false;
    }
    return value->get_bool();
  }

  void read_flags(const json::Object& schema, SchemaNode& node) {
    node.nullable = flag(schema, "nullable");
    node.exclusive_minimum = flag(schema, "exclusiveMinimum");
    node.exclusive_maximum = flag(schema, "exclusiveMaximum");
    if (const json::Value* value = json::find(schema, "default")) node.default_value = *value;
    if (const json::Value* format = json::find(schema, "format"); format && format->is_string()) {
      node.format = json::view(format->get_string());
    }
    if (const json::Value* text = json::find(schema, "pattern")) {
      if (!text->is_string()) {
        problem("pattern", "Invalid value: must be a string");
      } else if (auto pattern = Pattern::compile(json::view(text->get_string()))) {
        node.pattern = std::move(*pattern);
      } else {
        problem("pattern", "Invalid value: " + pattern.error().message);
      }
    }
    if (const json::Value* listed = json::find(schema, "enum")) {
      if (!listed->is_array()) {
        problem("enum", "Invalid value: must be a list");
      } else {
        node.allowed.assign(listed->get_array().begin(), listed->get_array().end());
      }
    }
  }

  void number(const json::Object& schema, std::string_view key, std::optional<json::Value>& out) {
    const json::Value* value = json::find(schema, key);
    if (value == nullptr) return;
    if (value->is_number()) {
      out = *value;
    } else {
      problem(key, "Invalid value: must be a number");
    }
  }

  void count(const json::Object& schema, std::string_view key, std::optional<std::int64_t>& out) {
    const json::Value* value = json::find(schema, key);
    if (value == nullptr) return;
    if (value->is_int64() && value->get_int64() >= 0) {
      out = value->get_int64();
    } else {
      problem(key, "Invalid value: must be a whole number of 0 or more");
    }
  }

  void read_bounds(const json::Object& schema, SchemaNode& node) {
    number(schema, "minimum", node.minimum);
    number(schema, "maximum", node.maximum);
    number(schema, "multipleOf", node.multiple_of);
    count(schema, "minLength", node.min_length);
    count(schema, "maxLength", node.max_length);
    count(schema, "minItems", node.min_items);
    count(schema, "maxItems", node.max_items);
    count(schema, "minProperties", node.min_properties);
    count(schema, "maxProperties", node.max_properties);
  }

  void read_list(const json::Object& schema, SchemaNode& node) {
    if (const json::Value* type = json::find(schema, "x-kubernetes-map-type")) {
      node.atomic_map = *type == "atomic";
      if (!node.atomic_map && *type != "granular") {
        problem("x-kubernetes-map-type",
                "Unsupported value: supported values: \"atomic\", \"granular\"",
                "FieldValueNotSupported");
      }
    }
    if (const json::Value* keys = json::find(schema, "x-kubernetes-list-map-keys");
        keys && keys->is_array()) {
      for (const json::Value& key : keys->get_array()) {
        if (key.is_string()) node.list_map_keys.emplace_back(json::view(key.get_string()));
      }
    }
    const json::Value* type = json::find(schema, "x-kubernetes-list-type");
    if (type == nullptr || *type == "atomic") return;
    if (*type == "set") {
      node.list_type = SchemaNode::ListType::kSet;
    } else if (*type == "map") {
      node.list_type = SchemaNode::ListType::kMap;
      if (node.list_map_keys.empty()) {
        problem("x-kubernetes-list-map-keys",
                "Required value: must not be empty if x-kubernetes-list-type is map",
                "FieldValueRequired");
      }
    } else {
      problem("x-kubernetes-list-type",
              fmt::format("Unsupported value: {}: supported values: \"atomic\", \"set\", \"map\"",
                          json::print(*type)),
              "FieldValueNotSupported");
    }
  }

  void read_children(const json::Object& schema, SchemaNode& node, bool logical) {
    if (const json::Value* properties = json::find(schema, "properties")) {
      if (!properties->is_object()) {
        problem("properties", "Invalid value: must be an object");
      } else {
        for (const auto& property : properties->get_object()) {
          const std::string name(property.key());
          node.properties[name] =
              child(property.value(), fmt::format("properties[{}]", name), logical);
        }
      }
    }
    if (const json::Value* required = json::find(schema, "required");
        required && required->is_array()) {
      for (const json::Value& name : required->get_array()) {
        if (name.is_string()) node.required.emplace_back(json::view(name.get_string()));
      }
    }
    if (const json::Value* additional = json::find(schema, "additionalProperties")) {
      if (additional->is_bool()) {
        node.additional_allowed = additional->get_bool();
      } else {
        node.additional = child(*additional, "additionalProperties", logical);
      }
    }
    if (const json::Value* items = json::find(schema, "items")) {
      node.items = child(*items, "items", logical);
    } else if (node.type == Type::kArray && !logical) {
      problem("items", "Required value: must be specified", "FieldValueRequired");
    }
  }

  void junctor(const json::Object& schema, std::string_view key, std::vector<Child>& out) {
    const json::Value* listed = json::find(schema, key);
    if (listed == nullptr) return;
    if (!listed->is_array()) {
      problem(key, "Invalid value: must be a list");
      return;
    }
    std::size_t index = 0;
    for (const json::Value& each : listed->get_array()) {
      out.push_back(child(each, fmt::format("{}[{}]", key, index++), true));
    }
  }

  void read_junctors(const json::Object& schema, SchemaNode& node) {
    junctor(schema, "allOf", node.all_of);
    junctor(schema, "anyOf", node.any_of);
    junctor(schema, "oneOf", node.one_of);
    if (const json::Value* negated = json::find(schema, "not")) {
      node.negated = child(*negated, "not", true);
    }
  }

  std::string path_;
  std::size_t depth_ = 0;
};

}  // namespace

Result<Schema> Schema::parse(const json::Value& open_api_v3_schema) {
  Compiler compiler;
  Child root = compiler.compile(open_api_v3_schema, false);
  if (root->type != Type::kObject && compiler.problems.empty()) {
    compiler.problems.push_back({"type", "Invalid value: must be object at the root"});
  }
  if (!compiler.problems.empty()) {
    const Problem& first = compiler.problems.front();
    std::string message = fmt::format("schema: {}: {}", first.path, first.message);
    if (compiler.problems.size() > 1) {
      message += fmt::format(" (and {} more)", compiler.problems.size() - 1);
    }
    return fail(ErrorCode::kInvalid, std::move(message), std::move(compiler.problems));
  }
  return Schema(std::shared_ptr<const SchemaNode>(std::move(root)));
}

}  // namespace firesteel::kube
