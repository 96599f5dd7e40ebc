#pragma once
// The one description of the custom resources' types: a table of fields with kind, bounds, closed
// sets and documentation. The CRD schemas (crd.h), the type checks of validation (check_types), the
// suggestions for misspelt fields and the field reference are made from it. Both eras of the
// Kubeflow API are in it (chart 1.1.27 and v2). Pure, immutable.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::spark {

struct Type;

enum class FieldKind {
  kBoolean,
  kInteger,  // int32
  kLong,     // int64
  kString,
  kMemory,       // Java size: 512m, 2g
  kQuantity,     // Kubernetes quantity: 1200m, 2
  kTime,         // RFC 3339, may be null
  kStrings,      // list of strings
  kStringMap,    // string to string
  kQuantityMap,  // string to quantity (a number or a string)
  kObject,       // Field::type
  kObjects,      // list of Field::type
  kObjectMap,    // string to Field::type
};

struct Field {
  std::string_view name;
  FieldKind kind = FieldKind::kString;
  std::string_view doc;
  const Type* type = nullptr;                  // for kObject, kObjects, kObjectMap
  std::span<const std::string_view> values{};  // closed set, when not empty
  std::optional<std::int64_t> minimum{};
  std::optional<std::int64_t> maximum{};
  bool required = false;
  std::string_view default_text{};  // for the field reference; set by apply_defaults
  // Bounds, closed set and `required` are this operator's own: checked by check_types and left out
  // of the schema, so that the CRDs accept whatever the Kubeflow operator's accept.
  bool checked_here = false;
};

struct Type {
  std::string_view name;
  std::span<const Field> fields;
  // Has members that are not described here (a Kubernetes type that is passed through): they are
  // kept and not named in warnings.
  bool open = false;
};

[[nodiscard]] const Type& spark_application_spec_type();
[[nodiscard]] const Type& spark_application_status_type();
[[nodiscard]] const Type& scheduled_spark_application_spec_type();
[[nodiscard]] const Type& scheduled_spark_application_status_type();

// The field of that name, or null.
[[nodiscard]] const Field* find_field(const Type& type, std::string_view name);

struct TypeFindings {
  std::vector<Problem>
      problems;  // wrong type, unknown enum value, out of bounds, missing required field
  std::vector<Problem> unknown_fields;  // with the nearest known name
};
// Compares a document with the description. `path` is that of `value`: "spec". A null member counts
// as left out.
[[nodiscard]] TypeFindings check_types(const Type& type, const json::Value& value,
                                       std::string_view path);

// The candidate that a misspelt word most likely means, or "" when none is near enough (a third of
// its length).
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);
// A value as a message shows it: "abc" in quotes, numbers and booleans as they are, `an object`, `a
// list`; cut at 60 characters.
[[nodiscard]] std::string shown(const json::Value& value);

}  // namespace firesteel::spark
