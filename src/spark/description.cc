#include "spark/description.h"

#include <fmt/format.h>

#include <algorithm>

#include "spark/memory.h"

namespace firesteel::spark {
namespace {

std::string join(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!word.empty()) text += fmt::format("{}{}", text.empty() ? "" : ", ", word);
  }
  return text;
}

struct Checker {
  TypeFindings findings;

  void problem(std::string_view path, std::string message, std::string_view reason) {
    findings.problems.push_back({std::string(path), std::move(message), std::string(reason)});
  }
  void wrong_type(const json::Value& value, std::string_view path, std::string_view expected) {
    problem(path, fmt::format("found {}, expected {}", shown(value), expected),
            "FieldValueTypeInvalid");
  }

  void object(const Type& type, const json::Value& value, std::string_view path);
  void field(const Field& field, const json::Value& value, const std::string& path);
  void text(const Field& field, const json::Value& value, const std::string& path);
  void number(const Field& field, const json::Value& value, const std::string& path);
  void list(const Field& field, const json::Value& value, const std::string& path);
  void map(const Field& field, const json::Value& value, const std::string& path);
};

bool is_integer(const json::Value& value) {
  return value.is_int64() || value.is_uint64();
}

void Checker::object(const Type& type, const json::Value& value, std::string_view path) {
  const json::Object* object = value.if_object();
  if (object == nullptr) return wrong_type(value, path, "an object");
  for (const Field& field : type.fields) {
    const json::Value* member = json::find(*object, field.name);
    const bool given = member != nullptr && !member->is_null();
    if (!given && field.required) {
      problem(fmt::format("{}.{}", path, field.name),
              fmt::format("missing, expected {}", field.doc), "FieldValueRequired");
    }
    if (given) this->field(field, *member, fmt::format("{}.{}", path, field.name));
  }
  if (type.open) return;
  for (const auto& member : *object) {
    const std::string_view key{member.key().data(), member.key().size()};
    if (find_field(type, key) != nullptr) continue;
    std::vector<std::string_view> known;
    for (const Field& field : type.fields) known.push_back(field.name);
    const std::string_view near = nearest(key, known);
    findings.unknown_fields.push_back(
        {fmt::format("{}.{}", path, key),
         near.empty() ? "unknown field, it has no effect"
                      : fmt::format("unknown field, it has no effect; did you mean {}?", near),
         "FieldValueInvalid"});
  }
}

void Checker::text(const Field& field, const json::Value& value, const std::string& path) {
  if (!value.is_string()) {
    switch (field.kind) {
      case FieldKind::kMemory:
        return wrong_type(value, path, "a string such as \"512m\" or \"2g\"");
      case FieldKind::kQuantity:
        return wrong_type(value, path, "a string such as \"1200m\" or \"2\"");
      case FieldKind::kTime:
        return wrong_type(value, path, "a time such as \"2026-11-22T17:39:33Z\"");
      case FieldKind::kBoolean:
      case FieldKind::kInteger:
      case FieldKind::kLong:
      case FieldKind::kString:
      case FieldKind::kStrings:
      case FieldKind::kStringMap:
      case FieldKind::kQuantityMap:
      case FieldKind::kObject:
      case FieldKind::kObjects:
      case FieldKind::kObjectMap:
        return wrong_type(value, path, "a string (put it in quotes)");
    }
  }
  if (field.values.empty()) return;
  const std::string_view found = json::view(value.get_string());
  if (std::ranges::find(field.values, found) != field.values.end()) return;
  const std::string_view near = nearest(found, field.values);
  problem(path,
          fmt::format("found {}, expected one of {}{}", shown(value), join(field.values),
                      near.empty() ? "" : fmt::format("; did you mean {}?", near)),
          "FieldValueNotSupported");
}

void Checker::number(const Field& field, const json::Value& value, const std::string& path) {
  if (!is_integer(value)) return wrong_type(value, path, "a whole number (without quotes)");
  const bool huge = value.is_uint64() && value.get_uint64() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t found = huge ? INT64_MAX : value.to_number<std::int64_t>();
  const bool narrow = field.kind == FieldKind::kInteger;
  const std::int64_t low = field.minimum.value_or(narrow ? INT32_MIN : INT64_MIN);
  const std::int64_t high = field.maximum.value_or(narrow ? INT32_MAX : INT64_MAX);
  if (found >= low && found <= high && !huge) return;
  const std::string expected =
      found < low ? fmt::format("{} or more", low) : fmt::format("{} or less", high);
  problem(path, fmt::format("found {}, expected {}", shown(value), expected), "FieldValueInvalid");
}

void Checker::list(const Field& field, const json::Value& value, const std::string& path) {
  const json::Array* array = value.if_array();
  if (array == nullptr) return wrong_type(value, path, "a list");
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string at = fmt::format("{}[{}]", path, i);
    if (field.kind == FieldKind::kObjects) {
      object(*field.type, (*array)[i], at);
    } else if (!(*array)[i].is_string()) {
      wrong_type((*array)[i], at, "a string (put it in quotes)");
    }
  }
}

void Checker::map(const Field& field, const json::Value& value, const std::string& path) {
  const json::Object* members = value.if_object();
  if (members == nullptr) return wrong_type(value, path, "an object");
  for (const auto& member : *members) {
    const std::string at = fmt::format("{}[{}]", path, std::string_view(member.key()));
    if (field.kind == FieldKind::kObjectMap) {
      object(*field.type, member.value(), at);
    } else if (field.kind == FieldKind::kQuantityMap) {
      const json::Value& found = member.value();
      const bool good =
          is_integer(found) || (found.is_string() && is_quantity(json::view(found.get_string())));
      if (!good) wrong_type(found, at, "a quantity such as 2 or \"4Gi\"");
    } else if (!member.value().is_string()) {
      wrong_type(member.value(), at, "a string (put it in quotes)");
    }
  }
}

void Checker::field(const Field& field, const json::Value& value, const std::string& path) {
  switch (field.kind) {
    case FieldKind::kBoolean:
      if (!value.is_bool()) wrong_type(value, path, "true or false (without quotes)");
      return;
    case FieldKind::kInteger:
    case FieldKind::kLong:
      return number(field, value, path);
    case FieldKind::kString:
    case FieldKind::kMemory:
    case FieldKind::kQuantity:
    case FieldKind::kTime:
      return text(field, value, path);
    case FieldKind::kStrings:
    case FieldKind::kObjects:
      return list(field, value, path);
    case FieldKind::kStringMap:
    case FieldKind::kQuantityMap:
    case FieldKind::kObjectMap:
      return map(field, value, path);
    case FieldKind::kObject:
      return object(*field.type, value, path);
  }
}

// Restricted edit distance (insert, delete, replace, swap of neighbours), letters compared without
// case.
std::size_t distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + replace});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

const Field* find_field(const Type& type, std::string_view name) {
  const auto at = std::ranges::find(type.fields, name, &Field::name);
  return at == type.fields.end() ? nullptr : &*at;
}

TypeFindings check_types(const Type& type, const json::Value& value, std::string_view path) {
  Checker checker;
  checker.object(type, value, path);
  return std::move(checker.findings);
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  // A longer word means nothing known, and the table below is quadratic.
  if (word.size() > 200) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t found = distance(word, candidate);
    if (found < least) {
      least = found;
      best = candidate;
    }
  }
  return best;
}

std::string shown(const json::Value& value) {
  constexpr std::size_t kMost = 60;
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case boost::json::kind::int64:
      return fmt::format("{}", value.get_int64());
    case boost::json::kind::uint64:
      return fmt::format("{}", value.get_uint64());
    case boost::json::kind::double_:
      return fmt::format("{}", value.get_double());
    case boost::json::kind::array:
      return "a list";
    case boost::json::kind::object:
      return "an object";
    case boost::json::kind::string:
      break;
  }
  const std::string_view text = json::view(value.get_string());
  if (text.size() <= kMost) return fmt::format("\"{}\"", text);
  std::size_t end = kMost;  // not inside a UTF-8 sequence
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return fmt::format("\"{}...\"", text.substr(0, end));
}

}  // namespace firesteel::spark
