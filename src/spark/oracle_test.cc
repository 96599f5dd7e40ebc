// Our objects against those that the real spark-submit sent, for every case and version of oracle/
// (see its README.md). What may differ stands in oracle/differences.json.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/fd.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "kube/object.h"
#include "spark/defaults.h"
#include "spark/names.h"
#include "spark/submission.h"
#include "spark/validate.h"

namespace firesteel::spark {
namespace {

// The first is the base of the others.
constexpr std::string_view kVersions[] = {"3.5.9", "3.4.4", "4.0.5", "4.1.4", "4.2.1", "4.3.0"};
constexpr std::string_view kUniqueId = "a1b2c30199f0e1d2";
constexpr std::string_view kApplicationId = "spark-0123456789abcdef0123456789abcdef";
constexpr std::string_view kLocalId = "66666666-7777-8888-9999-000000000000";

// From path to scalar: what oracle/objects.py makes of a submission.
using Flat = std::map<std::string, json::Value, std::less<>>;

json::Value read_json(const std::string& name) {
  const auto text = read_file(std::string(FIRESTEEL_SOURCE_DIR) + "/oracle/" + name);
  EXPECT_TRUE(text.has_value()) << name;
  auto value = json::parse(text.value_or("null"));
  EXPECT_TRUE(value.has_value()) << name;
  return value.has_value() ? std::move(*value) : json::Value();
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
  return text;
}

// Spark numbers on-demand claims in the order of a hash table.
std::string without_claim_number(std::string text) {
  constexpr std::string_view kBefore = "-driver-pvc-";
  const std::size_t at = text.find(kBefore);
  if (at == std::string::npos) return text;
  const std::size_t start = at + kBefore.size();
  const std::size_t end = text.find_first_not_of("0123456789", start);
  return text.replace(start, end - start, "<n>");
}

std::string placeholders(std::string text) {
  text = without_claim_number(std::move(text));
  text = replaced(std::move(text), kApplicationId, "<application-id>");
  text = replaced(std::move(text), kUniqueId, "<unique>");
  return replaced(std::move(text), kLocalId, "<local>");
}

std::string segment(std::string_view key) {
  return replaced(replaced(std::string(key), "~", "~0"), "/", "~1");
}

void flatten(const json::Value& value, const std::string& path, Flat& out);

// By name where every item has one, since order means nothing there; else by position.
void flatten_list(const json::Array& list, const std::string& path, Flat& out) {
  const bool named = std::ranges::all_of(
      list, [](const json::Value& item) { return !json::string_at(item, "name").empty(); });
  std::map<std::string, int, std::less<>> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!named) {
      flatten(list[i], fmt::format("{}[{}]", path, i), out);
      continue;
    }
    const std::string name = placeholders(std::string(json::string_at(list[i], "name")));
    const int count = ++seen[name];
    json::Object rest = list[i].get_object();
    json::remove(rest, "name");
    const std::string again = count == 1 ? "" : fmt::format("#{}", count);
    flatten(rest, fmt::format("{}[{}{}]", path, segment(name), again), out);
  }
}

void flatten(const json::Value& value, const std::string& path, Flat& out) {
  if (value.is_object()) {
    if (value.get_object().empty()) out[path] = value;
    for (const auto& member : value.get_object()) {
      flatten(member.value(), path + "/" + segment(placeholders(member.key())), out);
    }
  } else if (value.is_array()) {
    flatten_list(value.get_array(), path, out);
  } else if (value.is_string()) {
    out[path] = json::Value(placeholders(std::string(json::view(value.get_string()))));
  } else if (!value.is_null()) {
    out[path] = value;
  }
}

char unescaped(char c) {
  switch (c) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    default:
      return c;
  }
}

// java.util.Properties.load, for what Properties.store writes.
json::Object read_properties(std::string_view text) {
  json::Object out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    std::string parts[2];
    int part = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\' && i + 1 < line.size()) {
        parts[part] += unescaped(line[++i]);
      } else if (line[i] == '=' && part == 0) {
        part = 1;
      } else {
        parts[part] += line[i];
      }
    }
    out[parts[0]] = parts[1];
  }
  return out;
}

// Documents inside ConfigMaps are compared as what they say.
std::string open_documents(json::Value& object) {
  const std::string kind(json::string_at(object, "kind"));
  if (kind == "Pod" || kind == "Service" || kind == "NetworkPolicy") return kind;
  json::Object& data = json::make_object(object, {"data"});
  if (const json::Value* text = json::find(data, kPropertiesFile)) {
    json::Object properties = read_properties(json::view(text->get_string()));
    if (properties["spark.app.submitTime"] == "1000") properties["spark.app.submitTime"] = "<time>";
    json::remove(data, kPropertiesFile);
    data["<properties>"] = true;
    object.get_object()["properties"] = std::move(properties);
    return "PropertiesMap";
  }
  if (const json::Value* text = json::find(data, kPodTemplateKey)) {
    auto pod = json::parse(json::view(text->get_string()));
    EXPECT_TRUE(pod.has_value());
    json::remove(data, kPodTemplateKey);
    data["<template>"] = true;
    object.get_object()["template"] = pod.has_value() ? *pod : json::Value();
    return "ExecutorTemplateMap";
  }
  if (data.empty()) json::remove(object.get_object(), "data");
  return placeholders(fmt::format("{}[{}]", kind, kube::name_of(object)));
}

Flat flat_submission(const Submission& submission) {
  Flat out;
  std::vector<json::Value> objects{submission.driver_pod};
  objects.insert(objects.end(), submission.dependents.begin(), submission.dependents.end());
  std::string order;
  for (json::Value& object : objects) {
    order += (order.empty() ? "" : ", ") + std::string(json::string_at(object, "kind"));
    const std::string title = open_documents(object);
    flatten(object, title, out);
  }
  out["order"] = json::Value(order);
  return out;
}

AttemptInputs inputs() {
  AttemptInputs out;
  out.submission_id = "11111111-2222-3333-4444-555555555555";
  out.application_id = kApplicationId;
  out.unique_id = kUniqueId;
  out.local_dir_id = kLocalId;
  out.submitted_at = TimePoint(std::chrono::seconds(1));
  out.kubernetes_master = "https://kubernetes.default.svc:443";
  out.network_policy = true;
  out.like_spark_submit = true;
  return out;
}

void change(Flat& flat, const json::Value& delta) {
  for (const json::Value& path : json::array_at(delta, {"removed"})) {
    flat.erase(std::string(json::view(path.get_string())));
  }
  for (const auto& member : json::object_at(delta, {"added"})) {
    flat.insert_or_assign(std::string(member.key()), member.value());
  }
}

struct Recorded {
  std::map<std::string, Flat, std::less<>> accepted;
  std::map<std::string, std::string, std::less<>> refused;
};

Recorded recorded(std::string_view version, const Recorded& base) {
  const json::Value file = read_json(fmt::format("expected/{}.json", version));
  Recorded out;
  for (const auto& member : json::object_at(file, {"cases"})) {
    const auto at = base.accepted.find(std::string_view(member.key()));
    Flat flat = at == base.accepted.end() ? Flat() : at->second;
    change(flat, *json::find(file, "common"));
    change(flat, member.value());
    out.accepted.emplace(member.key(), std::move(flat));
  }
  for (const auto& member : json::object_at(file, {"refused"})) {
    out.refused.emplace(member.key(), json::view(member.value().get_string()));
  }
  return out;
}

// '*' stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  pattern.remove_prefix(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at) {
    if (matches(pattern, text.substr(at))) return true;
  }
  return false;
}

// The list of intended differences, and which of them were met.
class Differences {
 public:
  Differences() : list_(read_json("differences.json")) {}

  // `what`: added (ours alone), missing (Spark's alone) or changed.
  bool intended(std::string_view name, std::string_view path, std::string_view what) {
    bool found = false;
    const json::Array& all = list_.get_array();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string_view only = json::string_at(all[i], "case");
      if (json::string_at(all[i], "what") != what || (!only.empty() && !matches(only, name)) ||
          !matches(json::string_at(all[i], "path"), path)) {
        continue;
      }
      met_.insert(i);
      found = true;
    }
    return found;
  }

  void expect_all_met() const {
    for (std::size_t i = 0; i < list_.get_array().size(); ++i) {
      EXPECT_TRUE(met_.contains(i))
          << "no case shows this difference any more: " << json::print(list_.get_array()[i]);
    }
  }

 private:
  json::Value list_;
  std::set<std::size_t> met_;
};

std::string unintended(std::string_view name, const Flat& spark, const Flat& ours,
                       Differences& differences) {
  std::string out;
  for (const auto& [path, value] : spark) {
    const auto at = ours.find(path);
    if (at == ours.end()) {
      if (differences.intended(name, path, "missing")) continue;
      out += fmt::format("  missing {} = {}\n", path, json::print(value));
    } else if (at->second != value && !differences.intended(name, path, "changed")) {
      out += fmt::format("  {}: Spark {}, ours {}\n", path, json::print(value),
                         json::print(at->second));
    }
  }
  for (const auto& [path, value] : ours) {
    if (spark.contains(path) || differences.intended(name, path, "added")) continue;
    out += fmt::format("  added {} = {}\n", path, json::print(value));
  }
  return out;
}

std::string all_messages(const Validation& validation) {
  std::string out;
  for (const Problem& problem : validation.problems) {
    out += fmt::format("{}: {}\n", problem.path, problem.message);
  }
  return out;
}

json::Value application_of(const json::Value& entry, std::string_view version) {
  json::Value application = *json::find(entry, "application");
  json::make_object(application, {"spec"})["sparkVersion"] = version;
  return application;
}

void check_refused(const json::Value& entry, const json::Value& application,
                   const std::string* refusal, const std::string& what) {
  const json::Array& words = json::array_at(entry, {"refusal"});
  ASSERT_EQ(words.size(), 2U) << what << ": refused, but the case does not say so: "
                              << (refusal == nullptr ? "" : *refusal);
  if (refusal != nullptr) {
    EXPECT_NE(refusal->find(json::view(words[0].get_string())), std::string::npos)
        << what << ": " << *refusal;
  }
  const std::string ours = all_messages(validate(application));
  EXPECT_NE(ours.find(json::view(words[1].get_string())), std::string::npos)
      << what << ": Spark refuses it: " << (refusal == nullptr ? "(stricter)" : *refusal)
      << "\n ours: " << ours;
}

void check_version(std::string_view version, const json::Value& cases, const Recorded& spark,
                   Differences& differences) {
  for (const auto& member : cases.get_object()) {
    const std::string name = member.key();
    const std::string what = fmt::format("{} {}", version, name);
    const json::Value application = application_of(member.value(), version);
    const auto refused = spark.refused.find(name);
    if (refused != spark.refused.end()) {
      check_refused(member.value(), application, &refused->second, what);
      continue;
    }
    if (json::find(member.value(), "stricter") != nullptr) {
      check_refused(member.value(), application, nullptr, what);
      continue;
    }
    const auto expected = spark.accepted.find(name);
    ASSERT_NE(expected, spark.accepted.end()) << what << " is not recorded: see oracle/README.md";
    const auto built = build_submission(apply_defaults(application), inputs());
    if (!built.has_value()) {
      ADD_FAILURE() << what << ": Spark accepts it, ours: " << built.error().message;
      continue;
    }
    const std::string found =
        unintended(name, expected->second, flat_submission(*built), differences);
    EXPECT_TRUE(found.empty()) << what << "\n" << found;
  }
}

TEST(Oracle, OurObjectsAreThoseOfSparkSubmitBesideTheIntendedDifferences) {
  const json::Value cases = read_json("cases.json");
  ASSERT_GE(cases.get_object().size(), 150U);
  Differences differences;
  Recorded base;
  for (const std::string_view version : kVersions) {
    const Recorded spark = recorded(version, base);
    check_version(version, cases, spark, differences);
    if (base.accepted.empty()) base = spark;
  }
  differences.expect_all_met();
}

}  // namespace
}  // namespace firesteel::spark
