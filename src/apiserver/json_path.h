#pragma once
// The part of kubectl's JSONPath that printer columns and scale paths use: .a.b, ['a'], \. in a
// name, [0], [-1], [1:3],
// [*], .*, ..name, [?(@.type=="Ready")], with == != < > <= >=, and mere existence. Pure.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

class JsonPath {
 public:
  // With or without the braces and the leading dot or $. Errors: kInvalid with the place.
  [[nodiscard]] static Result<JsonPath> parse(std::string_view text);
  // The values found, in order; empty when a step leads nowhere. They point into `root`.
  [[nodiscard]] std::vector<const json::Value*> find(const json::Value& root) const;

 private:
  struct Field {
    std::string name;
  };
  struct Recursive {
    std::string name;
  };
  struct All {};
  struct Slice {
    std::int64_t from = 0, to = 0;
    bool has_to = false, single = false;
  };
  struct Filter {
    std::vector<std::string> path;  // below @
    std::string comparison;         // "" = exists
    json::Value operand;
  };
  using Step = std::variant<Field, Recursive, All, Slice, Filter>;
  class Parser;
  static void walk(const Step& step, const json::Value& at, std::vector<const json::Value*>& out);
  static bool matches(const Filter& filter, const json::Value& element);

  std::vector<Step> steps_;
};

}  // namespace firesteel::apiserver
