#include "kube/quantity.h"

#include <fmt/core.h>

#include <limits>

#include "base/json/print.h"

namespace firesteel::kube {
namespace {

using Wide = Quantity::Wide;
using Format = Quantity::Format;

constexpr Wide kNano = 1'000'000'000;
constexpr Wide kMaxUnits = std::numeric_limits<std::int64_t>::max();
constexpr Wide kMaxNanos = kMaxUnits * kNano;
constexpr int kMaxFraction = 18;  // binary fractions: further digits only decide rounding up

struct Suffix {
  std::string_view text;
  int exponent;  // of ten, or of two
};
constexpr Suffix kDecimal[] = {{"n", -9}, {"u", -6}, {"m", -3}, {"", 0},   {"k", 3},
                               {"M", 6},  {"G", 9},  {"T", 12}, {"P", 15}, {"E", 18}};
constexpr Suffix kBinary[] = {{"Ki", 10}, {"Mi", 20}, {"Gi", 30},
                              {"Ti", 40}, {"Pi", 50}, {"Ei", 60}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Wide power_of_ten(int exponent) {
  Wide value = 1;
  while (exponent-- > 0) value *= 10;
  return value;
}

Wide divide_rounding_up(Wide value, Wide by) {
  return value / by + (value % by != 0 ? 1 : 0);
}

// The number that at most 30 digits spell.
Wide number_of(std::string_view digits) {
  Wide value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool any_nonzero(std::string_view digits) {
  return digits.find_first_not_of('0') != std::string_view::npos;
}

// 0.`digits` followed by zeros, times ten to `exponent` (of nanos), rounded up, capped.
Wide decimal_nanos(std::string_view whole, std::string_view fraction, int exponent) {
  std::string digits = std::string(whole) + std::string(fraction);
  const long shift = static_cast<long>(exponent) + 9 - static_cast<long>(fraction.size());
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return 0;
  const long kept = static_cast<long>(digits.size()) + shift;
  if (kept > 29) return kMaxNanos;
  if (kept <= 0) return 1;
  bool round_up = false;
  if (shift >= 0) {
    digits.append(static_cast<std::size_t>(shift), '0');
  } else {
    round_up = any_nonzero(std::string_view(digits).substr(static_cast<std::size_t>(kept)));
    digits.resize(static_cast<std::size_t>(kept));
  }
  return std::min(number_of(digits) + (round_up ? 1 : 0), kMaxNanos);
}

Wide binary_nanos(std::string_view whole, std::string_view fraction, int shift) {
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  if (whole.size() > 19) return kMaxNanos;
  const Wide units = number_of(whole);
  if (units > (kMaxUnits >> shift)) return kMaxNanos;
  const bool round_up =
      fraction.size() > kMaxFraction && any_nonzero(fraction.substr(kMaxFraction));
  fraction = fraction.substr(0, kMaxFraction);
  const Wide scale = power_of_ten(static_cast<int>(fraction.size()));
  const Wide scaled = number_of(fraction) << shift;
  const Wide nanos = (units << shift) * kNano + scaled / scale * kNano +
                     divide_rounding_up(scaled % scale * kNano, scale) + (round_up ? 1 : 0);
  return std::min(nanos, kMaxNanos);
}

std::unexpected<Error> malformed(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kBadRequest,
              fmt::format("unable to parse quantity \"{}\": {}", text, why));
}

constexpr std::string_view kExpected =
    "quantities must match the regular expression "
    "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

// "e3", "E-6": the exponent, capped far outside of what a quantity can hold.
std::optional<int> parse_exponent(std::string_view text) {
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  text.remove_prefix(1);
  const bool negative = text.front() == '-';
  if (text.front() == '-' || text.front() == '+') text.remove_prefix(1);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  int value = 0;
  for (const char c : text) value = std::min(value * 10 + (c - '0'), 10'000);
  return negative ? -value : value;
}

std::int64_t capped(Wide value) {
  return static_cast<std::int64_t>(std::clamp<Wide>(value, -kMaxUnits, kMaxUnits));
}

// Away from zero.
Wide divide_away(Wide value, Wide by) {
  return value < 0 ? -divide_rounding_up(-value, by) : divide_rounding_up(value, by);
}

}  // namespace

Result<Quantity> Quantity::parse(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const auto take_digits = [&rest] {
    std::size_t count = 0;
    while (count < rest.size() && is_digit(rest[count])) ++count;
    const std::string_view digits = rest.substr(0, count);
    rest.remove_prefix(count);
    return digits;
  };
  const std::string_view whole = take_digits();
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits();
  }
  if (whole.empty() && fraction.empty()) return malformed(text, kExpected);

  Quantity quantity;
  bool known = false;
  for (const Suffix& suffix : kDecimal) {
    if (rest != suffix.text) continue;
    quantity.nanos_ = decimal_nanos(whole, fraction, suffix.exponent);
    known = true;
  }
  for (const Suffix& suffix : kBinary) {
    if (rest != suffix.text) continue;
    quantity.nanos_ = binary_nanos(whole, fraction, suffix.exponent);
    quantity.format_ = Format::kBinarySi;
    known = true;
  }
  if (!known) {
    const auto exponent = parse_exponent(rest);
    if (!exponent) {
      const bool suffix_characters =
          rest.find_first_not_of("eEinumkKMGTP+-0123456789") == std::string_view::npos;
      return malformed(text, suffix_characters ? "unable to parse quantity's suffix" : kExpected);
    }
    quantity.nanos_ = decimal_nanos(whole, fraction, *exponent);
    quantity.format_ = Format::kDecimalExponent;
  }
  if (negative) quantity.nanos_ = -quantity.nanos_;
  return quantity;
}

Result<Quantity> Quantity::from_json(const json::Value& value) {
  if (const json::String* text = value.if_string()) return parse(json::view(*text));
  if (value.is_number()) return parse(json::print(value));
  return fail(ErrorCode::kBadRequest, "a quantity must be a string or a number");
}

Quantity Quantity::of_units(std::int64_t units, Format format) {
  Quantity quantity;
  quantity.nanos_ = std::clamp<Wide>(Wide{units} * kNano, -kMaxNanos, kMaxNanos);
  quantity.format_ = format;
  return quantity;
}

Quantity Quantity::of_milli(std::int64_t milli) {
  Quantity quantity;
  quantity.nanos_ = Wide{milli} * (kNano / 1000);
  return quantity;
}

std::string Quantity::text() const {
  if (nanos_ == 0) return "0";
  const bool small = nanos_ > -1024 * kNano && nanos_ < 1024 * kNano;
  if (format_ == Format::kBinarySi && !small && nanos_ % kNano == 0) {
    Wide units = nanos_ / kNano;
    std::string_view suffix;
    for (const Suffix& each : kBinary) {
      if (units % 1024 != 0) break;
      units /= 1024;
      suffix = each.text;
    }
    return fmt::format("{}{}", capped(units), suffix);
  }
  Wide value = nanos_;
  const Suffix* suffix = kDecimal;
  while (value % 1000 == 0 && suffix != std::end(kDecimal) - 1) {
    value /= 1000;
    ++suffix;
  }
  if (format_ != Format::kDecimalExponent) return fmt::format("{}{}", value, suffix->text);
  return suffix->exponent == 0 ? fmt::format("{}", value)
                               : fmt::format("{}e{}", value, suffix->exponent);
}

std::int64_t Quantity::to_units() const {
  return capped(divide_away(nanos_, kNano));
}

std::int64_t Quantity::to_milli() const {
  return capped(divide_away(nanos_, kNano / 1000));
}

Quantity& Quantity::operator+=(const Quantity& other) {
  if (nanos_ == 0) format_ = other.format_;
  nanos_ = std::clamp<Wide>(nanos_ + other.nanos_, -kMaxNanos, kMaxNanos);
  return *this;
}

Quantity& Quantity::operator-=(const Quantity& other) {
  if (nanos_ == 0) format_ = other.format_;
  nanos_ = std::clamp<Wide>(nanos_ - other.nanos_, -kMaxNanos, kMaxNanos);
  return *this;
}

std::string format_bytes(std::int64_t bytes) {
  return Quantity::of_units(bytes, Quantity::Format::kBinarySi).text();
}

}  // namespace firesteel::kube
