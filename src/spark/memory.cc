#include "spark/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace firesteel::spark {
namespace {

constexpr std::int64_t kMebibyte = 1024 * 1024;
constexpr std::int64_t kDefaultMemoryMib = 1024;
constexpr std::int64_t kMinOverheadMib = 384;
constexpr std::string_view kGeneralFactor = "spark.kubernetes.memoryOverheadFactor";
constexpr double kJvmFactor = 0.1;
constexpr double kNonJvmFactor = 0.4;

struct Suffix {
  std::string_view text;
  int shift;  // bytes = number << shift
};
constexpr Suffix kSuffixes[] = {{"b", 0},   {"k", 10}, {"kb", 10}, {"m", 20}, {"mb", 20}, {"g", 30},
                                {"gb", 30}, {"t", 40}, {"tb", 40}, {"p", 50}, {"pb", 50}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The general factor may be 0, that of one role may not (Spark's checkValue of the two settings).
Result<double> parse_factor(const std::string& text, std::string_view key) {
  const bool general = key == kGeneralFactor;
  double factor = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), factor);
  if (error != std::errc() || end != text.data() + text.size() ||
      !(general ? factor >= 0 : factor > 0) || !std::isfinite(factor)) {
    const std::string message = fmt::format("found \"{}\", expected a number {} such as 0.1", text,
                                            general ? "of 0 or more" : "greater than 0");
    return fail(ErrorCode::kInvalid, fmt::format("{}: {}", key, message),
                {{fmt::format("spec.sparkConf[{}]", key), message}});
  }
  return factor;
}

Result<std::int64_t> memory_of(const Conf& conf, std::string_view key, std::int64_t otherwise) {
  const std::string* text = conf.find(key);
  if (text == nullptr) return otherwise;
  const auto parsed = parse_memory_mib(*text);
  if (!parsed) {
    const std::string message = fmt::format(
        "found \"{}\", expected a size such as 512m or 2g (b, k, m, g, t, p; no fractions)", *text);
    return fail(ErrorCode::kInvalid, fmt::format("{}: {}", key, message),
                {{conf.origin(key), message}});
  }
  return *parsed;
}

struct RoleKeys {
  std::string memory, overhead, factor, min_overhead;
};

RoleKeys keys_of(std::string_view role) {
  return {fmt::format("spark.{}.memory", role), fmt::format("spark.{}.memoryOverhead", role),
          fmt::format("spark.{}.memoryOverheadFactor", role),
          fmt::format("spark.{}.minMemoryOverhead", role)};
}

Result<PodMemory> base_memory(const Conf& conf, const RoleKeys& keys, bool non_jvm,
                              const VersionRules& rules) {
  PodMemory out;
  out.memory_mib = TRY(memory_of(conf, keys.memory, kDefaultMemoryMib));
  if (conf.has(keys.overhead)) {
    out.overhead_mib = TRY(memory_of(conf, keys.overhead, 0));
    return out;
  }
  double factor = non_jvm ? kNonJvmFactor : kJvmFactor;
  for (const std::string& key : {std::string(kGeneralFactor), keys.factor}) {
    if (const std::string* text = conf.find(key)) factor = TRY(parse_factor(*text, key));
  }
  const std::int64_t least = rules.min_overhead
                                 ? TRY(memory_of(conf, keys.min_overhead, kMinOverheadMib))
                                 : kMinOverheadMib;
  // Scala's (factor * memory).toInt: a double product, truncated.
  const double product = factor * static_cast<double>(out.memory_mib);
  out.overhead_mib = std::max(static_cast<std::int64_t>(std::min(product, 9.0e15)), least);
  return out;
}

PodCores cores_of(const Conf& conf, std::string_view role) {
  const std::string cores = conf.get(fmt::format("spark.{}.cores", role), "1");
  return {conf.get(fmt::format("spark.kubernetes.{}.request.cores", role), cores),
          conf.get(fmt::format("spark.kubernetes.{}.limit.cores", role))};
}

}  // namespace

std::optional<std::int64_t> parse_memory_mib(std::string_view text, ByteUnit bare) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !is_digit(text.front())) return std::nullopt;
  std::string suffix(end, text.data() + text.size());
  for (char& c : suffix) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  int shift = bare == ByteUnit::kMebibyte ? 20 : 0;
  if (!suffix.empty()) {
    const auto at = std::ranges::find(kSuffixes, std::string_view(suffix), &Suffix::text);
    if (at == std::end(kSuffixes)) return std::nullopt;
    shift = at->shift;
  }
  if (shift < 20) return number / (kMebibyte >> shift);
  if (number > (INT64_MAX >> shift))
    return std::nullopt;  // does not fit in bytes: Spark refuses too
  return number << (shift - 20);
}

std::optional<std::int64_t> quantity_millis(std::string_view text) {
  double number = 0;
  const bool starts = !text.empty() && (is_digit(text.front()) || text.front() == '.');
  if (!starts) return std::nullopt;
  std::size_t digits = 0;
  while (digits < text.size() && (is_digit(text[digits]) || text[digits] == '.')) ++digits;
  const std::string_view mantissa = text.substr(0, digits);
  const auto [end, error] =
      std::from_chars(mantissa.data(), mantissa.data() + mantissa.size(), number);
  if (error != std::errc() || end != mantissa.data() + mantissa.size()) return std::nullopt;
  const std::string_view suffix = text.substr(digits);
  struct Scale {
    std::string_view suffix;
    double factor;
  };
  constexpr Scale kScales[] = {{"", 1},        {"n", 1e-9},    {"u", 1e-6},    {"m", 1e-3},
                               {"k", 1e3},     {"M", 1e6},     {"G", 1e9},     {"T", 1e12},
                               {"P", 1e15},    {"E", 1e18},    {"Ki", 0x1p10}, {"Mi", 0x1p20},
                               {"Gi", 0x1p30}, {"Ti", 0x1p40}, {"Pi", 0x1p50}, {"Ei", 0x1p60}};
  double factor = 0;
  if (const auto at = std::ranges::find(kScales, suffix, &Scale::suffix); at != std::end(kScales)) {
    factor = at->factor;
  } else if ((suffix.front() == 'e' || suffix.front() == 'E') && suffix.size() > 1) {
    std::string_view exponent = suffix.substr(1);
    if (exponent.front() == '+') exponent.remove_prefix(1);
    int power = 0;
    const auto [stop, bad] =
        std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
    if (bad != std::errc() || stop != exponent.data() + exponent.size()) return std::nullopt;
    factor = std::pow(10.0, power);
  } else {
    return std::nullopt;
  }
  const double millis = std::ceil(number * factor * 1000 - 1e-9);
  if (!(millis < 9.2e18)) return INT64_MAX;
  return static_cast<std::int64_t>(millis);
}

bool is_quantity(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return quantity_millis(text).has_value();
}

std::string default_overhead_factor(const Conf& conf, bool non_jvm) {
  const std::string text = conf.get(kGeneralFactor, non_jvm ? "0.4" : "0.1");
  const auto factor = parse_factor(text, kGeneralFactor);
  // Java's Double.toString, but for sizes that it writes with an exponent.
  constexpr double kLeast = 1e-3;
  constexpr double kMost = 1e7;
  if (!factor || (*factor != 0 && (*factor < kLeast || *factor >= kMost))) return text;
  std::string out = fmt::format("{}", *factor);
  if (out.find('.') == std::string::npos) out += ".0";
  return out;
}

Result<PodMemory> driver_memory(const Conf& conf, bool non_jvm, const VersionRules& rules) {
  PodMemory out = TRY(base_memory(conf, keys_of("driver"), non_jvm, rules));
  if (out.memory_mib <= 0) {
    const std::string message = "Driver memory must be a positive number of mebibytes";
    return fail(ErrorCode::kInvalid, message, {{conf.origin("spark.driver.memory"), message}});
  }
  return out;
}

Result<PodMemory> executor_memory(const Conf& conf, bool non_jvm, const VersionRules& rules) {
  PodMemory out = TRY(base_memory(conf, keys_of("executor"), non_jvm, rules));
  if (conf.is_true("spark.memory.offHeap.enabled")) {
    // A bare number is in bytes here, unlike everywhere else (Spark: bytesConf(ByteUnit.BYTE)).
    out.off_heap_mib =
        parse_memory_mib(conf.get("spark.memory.offHeap.size", "0"), ByteUnit::kByte).value_or(0);
  }
  if (non_jvm) out.python_mib = TRY(memory_of(conf, "spark.executor.pyspark.memory", 0));
  return out;
}

PodCores driver_cores(const Conf& conf) {
  return cores_of(conf, "driver");
}
PodCores executor_cores(const Conf& conf) {
  return cores_of(conf, "executor");
}

}  // namespace firesteel::spark
