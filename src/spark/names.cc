#include "spark/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace firesteel::spark {
namespace {

bool is_space(char c) {
  return static_cast<unsigned char>(c) <= ' ';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

// What both of Spark's rules start with: trim, lower-case, everything else becomes '-', runs of '-'
// become one.
std::string dashed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (!is_lower(c) && !is_digit(c)) c = '-';
    if (c == '-' && !out.empty() && out.back() == '-') continue;
    out.push_back(c);
  }
  return out;
}

// FNV-1a, eight hexadecimal digits: only to keep cut names apart.
std::string digest(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return fmt::format("{:08x}", hash);
}

bool is_dns1123_label(std::string_view label) {
  if (label.empty() || label.size() > 63) return false;
  const auto alphanumeric = [](char c) { return is_lower(c) || is_digit(c); };
  return alphanumeric(label.front()) && alphanumeric(label.back()) &&
         std::ranges::all_of(label, [&](char c) { return alphanumeric(c) || c == '-'; });
}

}  // namespace

std::string default_driver_pod_name(std::string_view application) {
  return fmt::format("{}-driver", application);
}

std::string resource_prefix(std::string_view app_name, std::string_view unique_id) {
  std::string prefix = dashed(fmt::format("{}-{}", app_name, unique_id));
  if (prefix.starts_with('-')) prefix.erase(0, 1);
  if (!prefix.empty() && is_digit(prefix.front())) prefix.front() = 'x';
  return prefix;
}

std::string app_name_label(std::string_view app_name) {
  std::string label = dashed(app_name).substr(0, kMaxLabelLength);
  if (label.starts_with('-')) label.erase(0, 1);
  if (label.ends_with('-')) label.pop_back();
  return label;
}

std::string driver_service_name(std::string_view prefix, std::string_view unique_id) {
  std::string name = fmt::format("{}-driver-svc", prefix);
  if (name.size() <= kMaxServiceNameLength) return name;
  return fmt::format("spark-{}-driver-svc", unique_id);
}

std::string properties_config_map_name(std::string_view unique_id) {
  return fmt::format("spark-drv-{}-conf-map", unique_id);
}

std::string executor_template_config_map_name(std::string_view prefix) {
  return fmt::format("{}-driver-podspec-conf-map", prefix);
}

std::string prometheus_config_map_name(std::string_view application) {
  return fmt::format("{}-prom-conf", application);
}

std::string prometheus_volume_name(std::string_view application) {
  return config_map_volume_name(prometheus_config_map_name(application));
}

std::string config_map_volume_name(std::string_view config_map) {
  std::string name = fmt::format("{}-vol", config_map);
  std::ranges::replace(name, '.', '-');
  if (name.size() <= kMaxLabelLength) return name;
  return fmt::format("{}-{}", name.substr(0, kMaxLabelLength - 9), digest(config_map));
}

bool is_dns1035_label(std::string_view name) {
  return is_dns1123_label(name) && is_lower(name.front());
}

bool is_dns1123_subdomain(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  while (true) {
    const std::size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    const bool ends = !label.empty() && label.front() != '-' && label.back() != '-';
    const auto good = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
    if (!ends || !std::ranges::all_of(label, good)) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool is_label_value(std::string_view value) {
  if (value.empty()) return true;
  if (value.size() > kMaxLabelLength) return false;
  if (!is_alphanumeric(value.front()) || !is_alphanumeric(value.back())) return false;
  return std::ranges::all_of(
      value, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace firesteel::spark
