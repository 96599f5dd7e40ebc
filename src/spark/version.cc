#include "spark/version.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace firesteel::spark {
namespace {

// clang-format off
constexpr VersionRules kRules[] = {
    // submit time, hadoop map, subPathExpr, hostPath type, claim metadata, RWOncePod, min overhead,
    // {{APP_ID}}, size check; connect port, {{SPARK_VERSION}}, exit exception, network policy,
    // grpc, privilege escalation, not ready, proxy user
    {3, 4, "3.4.4", "2.12", false, false, false, false, false, false, false, false, false,
     false, false, false, false, false, false, false, false},
    {3, 5, "3.5.9", "2.12", true, true, false, false, false, false, false, false, false,
     false, false, false, false, false, false, false, false},
    {4, 0, "4.0.5", "2.13", true, true, true, true, true, true, true, true, true,
     false, false, false, false, false, false, false, false},
    {4, 1, "4.1.4", "2.13", true, true, true, true, true, true, true, true, true,
     true, true, true, false, false, false, false, false},
    {4, 2, "4.2.1", "2.13", true, true, true, true, true, true, true, true, true,
     true, true, true, true, true, false, false, false},
    {4, 3, "4.3.0", "2.13", true, true, true, true, true, true, true, true, true,
     true, true, true, true, true, true, true, true},
};
// clang-format on

struct Number {
  int major = 0;
  int minor = 0;
  std::string text;  // as given: "3.5.1", "3.5"
  bool has_patch = false;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<int> read_number(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  int value = 0;
  while (!text.empty() && is_digit(text.front()) && value < 100000) {
    value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  return value;
}

// "3.5", "v3.5.1", "4.1.0-preview1-scala2.13": what stands at the front. The version ends where a
// suffix that is no pre-release starts.
std::optional<Number> parse_version(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('V')) text.remove_prefix(1);
  const std::string_view whole = text;
  Number out;
  const auto major = read_number(text);
  if (!major || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  const auto minor = read_number(text);
  if (!minor) return std::nullopt;
  out.major = *major;
  out.minor = *minor;
  if (text.starts_with('.') && text.size() > 1 && is_digit(text[1])) {
    text.remove_prefix(1);
    out.has_patch = read_number(text).has_value();
  }
  for (const std::string_view pre : {"-preview", "-rc", "-SNAPSHOT"}) {
    if (!out.has_patch || !text.starts_with(pre)) continue;
    text.remove_prefix(pre.size());
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
    break;
  }
  out.text = whole.substr(0, whole.size() - text.size());
  return out;
}

// Of "registry:5000/apache/spark:v3.4.0@sha256:..." the part v3.4.0.
std::string_view tag_of(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::size_t slash = image.rfind('/');
  if (slash != std::string_view::npos) image.remove_prefix(slash + 1);
  const std::size_t colon = image.rfind(':');
  return colon == std::string_view::npos ? std::string_view() : image.substr(colon + 1);
}

std::string_view scala_of(std::string_view tag) {
  const std::size_t at = tag.find("scala2.1");
  if (at == std::string_view::npos || tag.size() < at + 9) return {};
  const std::string_view scala = tag.substr(at + 5, 4);
  return scala == "2.12" || scala == "2.13" ? scala : std::string_view();
}

SparkVersion with_rules(const Number& number, std::string source) {
  SparkVersion out;
  const auto same = std::ranges::find_if(kRules, [&](const VersionRules& rules) {
    return rules.major == number.major && rules.minor == number.minor;
  });
  const auto later = std::ranges::find_if(kRules, [&](const VersionRules& rules) {
    return std::pair(rules.major, rules.minor) > std::pair(number.major, number.minor);
  });
  if (same != std::end(kRules)) {
    out.rules = &*same;
  } else {
    // Between or before known versions the next older one, if there is any; after them the newest.
    out.rules = later == std::begin(kRules) ? &kRules[0] : &*std::prev(later);
    out.warning = fmt::format(
        "Spark {}.{} is not known (known: 3.4 to 4.3); the driver is made by the rules of {}.{}",
        number.major, number.minor, out.rules->major, out.rules->minor);
  }
  const bool known = same != std::end(kRules);
  out.text = number.has_patch || !known ? number.text : std::string(out.rules->newest);
  out.source = std::move(source);
  out.scala = number.major >= 4 ? "2.13" : "2.12";
  return out;
}

}  // namespace

std::span<const VersionRules> version_rules() {
  return kRules;
}

SparkVersion spark_version(std::string_view spec_version, std::string_view image) {
  const std::string_view tag = tag_of(image);
  const std::optional<Number> from_spec = parse_version(spec_version);
  const std::optional<Number> from_tag = parse_version(tag);
  SparkVersion out;
  if (from_spec) {
    out = with_rules(*from_spec, "spec.sparkVersion");
    if (from_tag && std::pair(from_tag->major, from_tag->minor) !=
                        std::pair(from_spec->major, from_spec->minor)) {
      out.warning = fmt::format(
          "spec.sparkVersion is {}, but the tag of image {} says {}; sparkVersion is taken",
          spec_version, image, from_tag->text);
    }
  } else if (from_tag) {
    out = with_rules(*from_tag, "image tag");
  } else {
    const VersionRules& newest = kRules[std::size(kRules) - 1];
    out.text = newest.newest;
    out.source = "newest known";
    out.rules = &newest;
    out.scala = newest.scala;
    out.warning = fmt::format(
        "neither spec.sparkVersion nor the tag of image \"{}\" says which Spark this is; {} is "
        "assumed. Set spec.sparkVersion",
        image, newest.newest);
  }
  if (!spec_version.empty() && !from_spec) {
    out.warning = fmt::format("spec.sparkVersion \"{}\" is not a version such as 3.5.9; {} is used",
                              spec_version, out.text);
  }
  if (const std::string_view scala = scala_of(tag); !scala.empty()) out.scala = scala;
  return out;
}

}  // namespace firesteel::spark
