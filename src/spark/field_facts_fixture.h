#pragma once
// For tests: the list of testdata/fields.txt, and setting a field of a document by its path.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/json/parse.h"

namespace firesteel::spark {

struct FieldFact {
  std::string path;  // "spec.driver.configMaps[].name", "scheduled.spec.schedule"
  std::string type;  // "int32:1.."
  std::string effect;
  std::string rest;  // a value as JSON, or a reason
};

// ROLE is expanded.
inline std::vector<FieldFact> field_facts() {
  const auto text = read_file(std::string(FIRESTEEL_SOURCE_DIR) + "/src/spark/testdata/fields.txt");
  EXPECT_TRUE(text.has_value());
  std::vector<FieldFact> facts;
  std::istringstream lines(text.value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    FieldFact fact;
    std::string era;
    std::istringstream words(line);
    words >> fact.path >> fact.type >> era >> fact.effect >> std::ws;
    std::getline(words, fact.rest);
    EXPECT_TRUE(era == "both" || era == "v2") << line;
    const std::size_t role = fact.path.find("ROLE");
    if (role == std::string::npos) {
      facts.push_back(std::move(fact));
      continue;
    }
    for (const std::string_view name : {"driver", "executor"}) {
      facts.push_back(fact);
      facts.back().path.replace(role, 4, name);
    }
  }
  return facts;
}

// "[]" means the first item. What is missing on the way is made.
inline void set_field(json::Value& document, std::string_view path, json::Value value) {
  json::Value* at = &document;
  while (true) {
    const std::size_t dot = path.find('.');
    std::string_view name = path.substr(0, dot);
    const bool list = name.ends_with("[]");
    if (list) name.remove_suffix(2);
    if (!at->is_object()) at->emplace_object();
    at = &at->get_object()[name];
    if (list) {
      if (!at->is_array()) at->emplace_array();
      if (at->get_array().empty()) at->get_array().emplace_back(nullptr);
      at = &at->get_array()[0];
    }
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  *at = std::move(value);
}

}  // namespace firesteel::spark
