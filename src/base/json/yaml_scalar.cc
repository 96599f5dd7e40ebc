#include "base/json/yaml_scalar.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace firesteel::json {
namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<Value> resolve_word(std::string_view text) {
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) return Value();
  if (one_of(text, {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})) {
    return Value(true);
  }
  if (one_of(text, {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) {
    return Value(false);
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return Value(std::nan(""));
  if (one_of(text, {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"})) return Value(kInfinity);
  if (one_of(text, {"-.inf", "-.Inf", "-.INF"})) return Value(-kInfinity);
  return std::nullopt;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Go's strconv.ParseInt with base 0: 0x, 0o, 0b and a leading 0 name the base.
std::optional<Value> resolve_integer(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text.front() == '0') {
    switch (text[1]) {
      case 'x':
      case 'X':
        base = 16;
        break;
      case 'o':
      case 'O':
        base = 8;
        break;
      case 'b':
      case 'B':
        base = 2;
        break;
      default:
        base = 0;
        break;
    }
    text.remove_prefix(base == 0 ? 1 : 2);
    if (base == 0) base = 8;
  }
  std::uint64_t magnitude = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (!negative) {
    return magnitude <= kMax ? Value(static_cast<std::int64_t>(magnitude)) : Value(magnitude);
  }
  if (magnitude > kMax + 1) return std::nullopt;
  return Value(static_cast<std::int64_t>(0 - magnitude));
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_like_float(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > from;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  const bool whole = digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits() && !whole) return false;
  } else if (!whole) {
    return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

std::optional<Value> resolve_float(std::string_view text) {
  if (!looks_like_float(text)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return std::nullopt;
  // Kubernetes' reader goes through Go's JSON writer, which prints a whole float as an integer.
  constexpr double kExact = 9007199254740992.0;
  if (std::trunc(number) == number && std::fabs(number) <= kExact) {
    return Value(static_cast<std::int64_t>(number));
  }
  return Value(number);
}

}  // namespace

Value resolve_plain_scalar(std::string_view text) {
  if (auto word = resolve_word(text)) return *word;
  const bool numeric =
      is_digit(text.front()) || text.front() == '-' || text.front() == '+' || text.front() == '.';
  if (numeric) {
    std::string plain(text);
    std::erase(plain, '_');
    if (auto integer = resolve_integer(plain)) return *integer;
    if (!plain.empty()) {
      if (auto number = resolve_float(plain)) return *number;
    }
  }
  return Value(text);
}

}  // namespace firesteel::json
