#include "sim/ending.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "base/json/print.h"
#include "kube/object.h"
#include "kube/resource.h"
#include "sim/late_caches.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

using namespace kube::resources;

// Shorter runs of hexadecimal digits and dashes are words.
constexpr std::size_t kShortestId = 12;

constexpr std::array<std::string_view, 8> kVolatile{
    "uid",        "resourceVersion",           "creationTimestamp", "lastTransitionTime",
    "finishedAt", "lastSubmissionAttemptTime", "terminationTime",   "startTime"};

std::string without_ids(std::string_view text) {
  constexpr std::string_view kUid = "uid-";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_id = [&](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || c == '-'; };
  std::string result;
  while (!text.empty()) {
    std::size_t length = 0;
    if (text.starts_with(kUid)) {
      length = kUid.size();
      while (length < text.size() && is_digit(text[length])) ++length;
    } else {
      while (length < text.size() && is_id(text[length])) ++length;
      if (length < kShortestId) {
        length = std::max<std::size_t>(length, 1);
        result += text.substr(0, length);
        text.remove_prefix(length);
        continue;
      }
    }
    result += '#';
    text.remove_prefix(length);
  }
  return result;
}

void strip(json::Value& value) {
  if (json::Array* array = value.if_array()) {
    for (json::Value& item : *array) strip(item);
    return;
  }
  json::Object* object = value.if_object();
  if (object == nullptr) return;
  for (const std::string_view name : kVolatile) json::remove(*object, name);
  for (auto& [name, member] : *object) strip(member);
}

}  // namespace

std::string summary_of(const World& world) {
  std::vector<std::string> lines;
  for (const json::Document& application : world.all(kSparkApplications)) {
    lines.push_back(
        fmt::format("{} {} attempts={} executors={}", kube::key_of(*application),
                    json::string_at(*application, {"status", "applicationState", "state"}),
                    json::int_at(*application, {"status", "executionAttempts"}),
                    json::object_at(*application, {"status", "executorState"}).size()));
  }
  for (const json::Document& pod : world.all(kPods)) {
    const bool driver = kube::label_of(*pod, spark::kLabelSparkRole) == spark::kRoleDriver;
    lines.push_back(fmt::format("{} of {}: {}", driver ? "driver" : "executor",
                                application_of(*pod), json::string_at(*pod, {"status", "phase"})));
  }
  for (const auto& resource : {kConfigMaps, kServices}) {
    lines.push_back(fmt::format("{}: {}", resource.plural, world.all(resource).size()));
  }
  std::ranges::sort(lines);
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

std::string end_of(const World& world) {
  std::vector<std::string> lines;
  for (const auto& resource : {kSparkApplications, kPods, kConfigMaps, kServices}) {
    for (const json::Document& document : world.all(resource)) {
      json::Value object = *document;
      strip(object);
      lines.push_back(without_ids(json::print_canonical(object)));
    }
  }
  std::ranges::sort(lines);
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

std::string history_of(const World& world, std::size_t count) {
  const std::vector<Change>& log = world.log();
  std::string text;
  for (std::size_t at = log.size() - std::min(count, log.size()); at < log.size(); ++at) {
    const Change& change = log[at];
    const json::Value& object = change.after ? *change.after : *change.before;
    std::string what = change.before ? "" : " created";
    if (change.after == nullptr) what = " gone";
    if (kube::is_deleting(object)) what += " deleting";
    text += fmt::format("{} {} {}{} {}{} {}\n", change.version, change.resource.plural,
                        kube::key_of(object), what,
                        json::string_at(object, {"status", "applicationState", "state"}),
                        json::string_at(object, {"status", "phase"}),
                        json::string_at(object, {"status", "applicationState", "errorMessage"}));
  }
  return text;
}

}  // namespace firesteel::sim
