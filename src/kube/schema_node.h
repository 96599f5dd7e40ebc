#pragma once
// The compiled form of a structural schema, private to schema*.cc.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "kube/pattern.h"

namespace firesteel::kube {

struct SchemaNode {
  enum class Type { kAny, kObject, kArray, kString, kInteger, kNumber, kBoolean };
  enum class ListType { kAtomic, kMap, kSet };
  using Child = std::unique_ptr<const SchemaNode>;

  Type type = Type::kAny;
  std::string type_name;  // as written, for messages
  bool nullable = false;
  bool int_or_string = false;
  bool preserve_unknown_fields = false;
  bool embedded_resource = false;
  bool atomic_map = false;
  bool additional_allowed = false;  // additionalProperties: true
  ListType list_type = ListType::kAtomic;
  std::vector<std::string> list_map_keys;

  std::map<std::string, Child, std::less<>> properties;
  std::vector<std::string> required;
  Child additional;  // additionalProperties with a schema
  Child items;
  std::optional<json::Value> default_value;

  std::vector<json::Value> allowed;  // enum
  std::optional<json::Value> minimum;
  std::optional<json::Value> maximum;
  std::optional<json::Value> multiple_of;
  bool exclusive_minimum = false;
  bool exclusive_maximum = false;
  std::optional<std::int64_t> min_length, max_length, min_items, max_items, min_properties,
      max_properties;
  std::optional<Pattern> pattern;
  std::string format;
  std::vector<Child> all_of, any_of, one_of;
  Child negated;

  // The schema of a member: declared, or that of additional ones, or null.
  [[nodiscard]] const SchemaNode* member(std::string_view key) const {
    const auto found = properties.find(key);
    return found != properties.end() ? found->second.get() : additional.get();
  }
};

// Numbers of any kind compare as doubles: what a schema bounds is far below 2^53.
[[nodiscard]] inline double number_of(const json::Value& value) {
  return value.is_number() ? value.to_number<double>() : 0;
}

// Appends to `problems` what a value breaks; `path` is where the value stands and is given back
// unchanged.
void validate_value(const SchemaNode& node, const json::Value& value, std::string& path,
                    std::vector<Problem>& problems);

}  // namespace firesteel::kube
