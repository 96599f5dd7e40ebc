// Validation of a value against a compiled schema, in the words of kube-apiserver
// (go-openapi/validate as wrapped by apiextensions-apiserver).
#include <fmt/core.h>

#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/json/print.h"
#include "kube/quantity.h"
#include "kube/schema.h"
#include "kube/schema_node.h"

namespace firesteel::kube {
namespace {

using Type = SchemaNode::Type;
using Problems = std::vector<Problem>;

// What a hostile object can make the server say.
constexpr std::size_t kMaxProblems = 200;

std::string_view type_name(const json::Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "boolean";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
      return "integer";
    case boost::json::kind::double_:
      return "number";
    case boost::json::kind::string:
      return "string";
    case boost::json::kind::array:
      return "array";
    case boost::json::kind::object:
      return "object";
  }
  return "";
}

bool is_whole(const json::Value& value) {
  if (value.is_int64() || value.is_uint64()) return true;
  return value.is_double() && std::trunc(value.get_double()) == value.get_double();
}

bool has_type(const SchemaNode& node, const json::Value& value) {
  switch (node.type) {
    case Type::kAny:
      return !node.int_or_string || value.is_string() || is_whole(value);
    case Type::kObject:
      return value.is_object();
    case Type::kArray:
      return value.is_array();
    case Type::kString:
      return value.is_string();
    case Type::kInteger:
      return is_whole(value);
    case Type::kNumber:
      return value.is_number();
    case Type::kBoolean:
      return value.is_bool();
  }
  return false;
}

// A path with one more step while it lives.
class Step {
 public:
  Step(std::string& path, std::string_view member) : path_(path), size_(path.size()) {
    if (!path.empty()) path += '.';
    path += member;
  }
  Step(std::string& path, std::size_t index) : path_(path), size_(path.size()) {
    path += '[';
    path += std::to_string(index);
    path += ']';
  }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step() { path_.resize(size_); }

 private:
  std::string& path_;
  std::size_t size_;
};

class Validator {
 public:
  Validator(std::string& path, Problems& problems) : path_(path), problems_(problems) {}

  void check(const SchemaNode& node, const json::Value& value) {
    if (problems_.size() >= kMaxProblems) return;
    if (value.is_null() && node.nullable) return;
    if (!has_type(node, value)) return wrong_type(node, value);
    if (!node.allowed.empty()) check_allowed(node, value);
    if (value.is_string()) check_string(node, json::view(value.get_string()));
    if (value.is_number()) check_number(node, value);
    if (const json::Array* array = value.if_array()) check_array(node, *array);
    if (const json::Object* object = value.if_object()) check_object(node, *object);
    check_junctors(node, value);
  }

 private:
  void add(std::string message, std::string reason = "FieldValueInvalid") {
    problems_.push_back({path_, std::move(message), std::move(reason)});
  }
  void invalid(std::string_view shown, std::string_view rule) {
    add(fmt::format("Invalid value: {}: {} in body {}", shown, path_, rule));
  }

  void wrong_type(const SchemaNode& node, const json::Value& value) {
    const std::string wanted = node.int_or_string ? "integer,string" : node.type_name;
    const std::string shown = fmt::format("\"{}\"", type_name(value));
    add(fmt::format("Invalid value: {}: {} in body must be of type {}: {}", shown, path_, wanted,
                    shown),
        "FieldValueTypeInvalid");
  }

  void check_allowed(const SchemaNode& node, const json::Value& value) {
    if (std::find(node.allowed.begin(), node.allowed.end(), value) != node.allowed.end()) return;
    std::string listed;
    for (const json::Value& each : node.allowed) {
      if (!listed.empty()) listed += ", ";
      listed += json::print(each);
    }
    add(fmt::format("Unsupported value: {}: supported values: {}", json::print(value), listed),
        "FieldValueNotSupported");
  }

  void check_string(const SchemaNode& node, std::string_view text) {
    const auto quoted = [&] { return json::print(json::Value(text)); };
    // Characters, not bytes.
    const auto length = std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    });
    if (node.min_length && length < *node.min_length) {
      invalid(quoted(), fmt::format("should be at least {} chars long", *node.min_length));
    }
    if (node.max_length && length > *node.max_length) {
      add(fmt::format("Too long: may not be more than {} bytes", *node.max_length),
          "FieldValueTooLong");
    }
    if (node.pattern && !node.pattern->matches(text)) {
      invalid(quoted(), fmt::format("should match '{}'", node.pattern->text()));
    }
    if (node.format == "date-time" && !parse_time(text)) {
      invalid(quoted(), fmt::format("must be of type date-time: {}", quoted()));
    } else if (node.format == "quantity" && !Quantity::parse(text)) {
      invalid(quoted(), fmt::format("must be of type quantity: {}", quoted()));
    }
  }

  void check_number(const SchemaNode& node, const json::Value& value) {
    const double number = number_of(value);
    const auto shown = [&] { return json::print(value); };
    if (node.minimum) {
      const double bound = number_of(*node.minimum);
      if (node.exclusive_minimum ? number <= bound : number < bound) {
        invalid(shown(), fmt::format("should be greater than {}{}",
                                     node.exclusive_minimum ? "" : "or equal to ",
                                     json::print(*node.minimum)));
      }
    }
    if (node.maximum) {
      const double bound = number_of(*node.maximum);
      if (node.exclusive_maximum ? number >= bound : number > bound) {
        invalid(shown(), fmt::format("should be less than {}{}",
                                     node.exclusive_maximum ? "" : "or equal to ",
                                     json::print(*node.maximum)));
      }
    }
    if (node.multiple_of && number_of(*node.multiple_of) != 0 &&
        std::fmod(number, number_of(*node.multiple_of)) != 0) {
      invalid(shown(), fmt::format("should be a multiple of {}", json::print(*node.multiple_of)));
    }
    constexpr double kInt32 = 2147483648.0;
    constexpr double kInt64 = 9223372036854775808.0;
    const double limit = node.format == "int32" ? kInt32 : node.format == "int64" ? kInt64 : 0;
    if (limit != 0 && (number >= limit || number < -limit)) {
      invalid(shown(), fmt::format("must be of type {}: {}", node.format, shown()));
    }
  }

  void check_array(const SchemaNode& node, const json::Array& array) {
    const auto size = static_cast<std::int64_t>(array.size());
    if (node.min_items && size < *node.min_items) {
      invalid(std::to_string(size), fmt::format("should have at least {} items", *node.min_items));
    }
    if (node.max_items && size > *node.max_items) {
      add(fmt::format("Too many: {}: must have at most {} items", size, *node.max_items),
          "FieldValueTooMany");
    }
    if (node.list_type != SchemaNode::ListType::kAtomic) check_duplicates(node, array);
    if (node.items == nullptr) return;
    for (std::size_t i = 0; i < array.size(); ++i) {
      const Step step(path_, i);
      check(*node.items, array[i]);
    }
  }

  void check_duplicates(const SchemaNode& node, const json::Array& array) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < array.size(); ++i) {
      std::string key;
      if (node.list_type == SchemaNode::ListType::kSet) {
        key = json::print_canonical(array[i]);
      } else {
        json::Object keys;
        for (const std::string& name : node.list_map_keys) {
          if (const json::Value* value = json::find(array[i], name)) keys[name] = *value;
        }
        key = json::print_canonical(keys);
      }
      if (seen.insert(key).second) continue;
      const Step step(path_, i);
      add(fmt::format("Duplicate value: {}", key), "FieldValueDuplicate");
    }
  }

  void check_object(const SchemaNode& node, const json::Object& object) {
    const auto size = static_cast<std::int64_t>(object.size());
    if (node.min_properties && size < *node.min_properties) {
      invalid(std::to_string(size),
              fmt::format("should have at least {} properties", *node.min_properties));
    }
    if (node.max_properties && size > *node.max_properties) {
      add(fmt::format("Too many: {}: must have at most {} items", size, *node.max_properties),
          "FieldValueTooMany");
    }
    for (const std::string& name : node.required) require(object, name);
    if (node.embedded_resource) {
      require(object, "apiVersion");
      require(object, "kind");
    }
    for (const auto& member : object) {
      const SchemaNode* schema = node.member(member.key());
      if (schema == nullptr) continue;
      const Step step(path_, std::string_view(member.key()));
      check(*schema, member.value());
    }
  }

  void require(const json::Object& object, std::string_view name) {
    if (object.contains(name)) return;
    const Step step(path_, name);
    add("Required value", "FieldValueRequired");
  }

  bool holds(const SchemaNode& node, const json::Value& value) {
    Problems found;
    Validator(path_, found).check(node, value);
    return found.empty();
  }

  void check_junctors(const SchemaNode& node, const json::Value& value) {
    const auto valid = [&](const std::vector<SchemaNode::Child>& nodes) {
      return std::count_if(nodes.begin(), nodes.end(),
                           [&](const auto& each) { return holds(*each, value); });
    };
    const std::string shown = fmt::format("\"{}\"", type_name(value));
    for (const auto& each : node.all_of) check(*each, value);
    if (!node.any_of.empty() && valid(node.any_of) == 0) {
      invalid(shown, "must validate at least one schema (anyOf)");
      // With one alternative that nearly fits, its own problem helps more than the sentence above.
      if (node.any_of.size() == 1) check(*node.any_of.front(), value);
    }
    if (!node.one_of.empty()) {
      const auto count = valid(node.one_of);
      if (count != 1) {
        invalid(shown, fmt::format("must validate one and only one schema (oneOf). {}",
                                   count == 0 ? "Found none valid"
                                              : fmt::format("Found {} valid alternatives", count)));
      }
    }
    if (node.negated && holds(*node.negated, value)) {
      invalid(shown, "must not validate the schema (not)");
    }
  }

  std::string& path_;
  Problems& problems_;
};

}  // namespace

void validate_value(const SchemaNode& node, const json::Value& value, std::string& path,
                    std::vector<Problem>& problems) {
  Validator(path, problems).check(node, value);
}

std::vector<Problem> Schema::validate(const json::Value& object) const {
  std::vector<Problem> problems;
  std::string path;
  validate_value(*root_, object, path, problems);
  return problems;
}

}  // namespace firesteel::kube
