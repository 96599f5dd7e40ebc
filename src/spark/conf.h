#pragma once
// Spark's configuration of one submission: sparkConf and the typed fields as properties, in the
// order in which the Kubeflow operator puts them on spark-submit's command line (the later wins),
// each with the field that it came from. Pure.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spark/app.h"

namespace firesteel::spark {

struct AttemptInputs;

class Conf {
 public:
  struct Setting {
    std::string value;
    std::string origin;  // "spec.driver.memory", "Spark", "operator": for `render`
  };
  using Settings = std::map<std::string, Setting, std::less<>>;

  // Replaces an earlier value.
  void set(std::string key, std::string value, std::string origin);
  void set_if_missing(std::string key, std::string value, std::string origin);
  void remove(std::string_view key);
  [[nodiscard]] bool has(std::string_view key) const { return settings_.contains(key); }
  // The value, or null.
  [[nodiscard]] const std::string* find(std::string_view key) const;
  // The value, or `otherwise`.
  [[nodiscard]] std::string get(std::string_view key, std::string_view otherwise = {}) const;
  [[nodiscard]] bool is_true(std::string_view key) const { return get(key) == "true"; }
  [[nodiscard]] std::string origin(std::string_view key) const;
  // (rest of the key, value) of all keys with that prefix, sorted.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> with_prefix(
      std::string_view prefix) const;
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  Settings settings_;
};

// Items 1 to 27 of the operator's argument list (reference kubeflow-operator.md, c), without the
// keys that Spark's client adds by itself (add_submission_settings in submission.cc). Keys that do
// not start with "spark." are left out, as Spark does.
[[nodiscard]] Conf build_conf(const App& app, const AttemptInputs& inputs);

// Spark's lists: at commas, without blanks around the words and without empty ones.
[[nodiscard]] std::vector<std::string> split_commas(std::string_view text);

// sparkConf keys that the operator decides itself and users may not set (reference
// kubeflow-operator.md, d.4).
[[nodiscard]] bool is_denied_key(std::string_view key);

}  // namespace firesteel::spark
