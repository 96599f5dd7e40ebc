#pragma once
// Label and field selectors: the string forms of list and watch, and metav1.LabelSelector. Rules
// and messages are those of apimachinery's labels.Parse, metav1.LabelSelectorAsSelector and
// fields.ParseSelector. Immutable once made; pure.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::kube {

class LabelSelector {
 public:
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist, kGreaterThan, kLessThan };
  struct Requirement {
    std::string key;
    Operator op = Operator::kExists;
    std::vector<std::string>
        values;  // sorted; one for kGreaterThan and kLessThan, none for (not) exists
    bool operator==(const Requirement&) const = default;
  };

  LabelSelector() = default;  // selects everything
  // "a=b,c!=d,e in (f,g),h notin (i),j,!k"; "" selects everything. Errors: kBadRequest.
  [[nodiscard]] static Result<LabelSelector> parse(std::string_view text);
  // A metav1.LabelSelector: {} selects everything, null nothing. Errors: kInvalid, with paths below
  // `path`.
  [[nodiscard]] static Result<LabelSelector> from_json(const json::Value& selector,
                                                       std::string_view path = "spec.selector");

  [[nodiscard]] bool matches(const json::Object& labels) const;
  // The labels of an object.
  [[nodiscard]] bool matches_object(const json::Value& object) const;
  [[nodiscard]] bool selects_everything() const { return !nothing_ && requirements_.empty(); }
  [[nodiscard]] const std::vector<Requirement>& requirements() const { return requirements_; }
  // The string form, requirements sorted by key: what the scale subresource reports.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Requirement> requirements_;  // all must hold
  bool nothing_ = false;
};

// The same as LabelSelector::from_json.
[[nodiscard]] Result<LabelSelector> from_label_selector(const json::Value& selector);

class FieldSelector {
 public:
  struct Term {
    std::string path;  // "spec.nodeName"
    std::string value;
    bool equal = true;
  };

  FieldSelector() = default;  // selects everything
  // "metadata.name=x,status.phase!=Failed"; `\` escapes , = and itself. `supported` are the paths
  // that this kind can be selected by. Errors: kBadRequest, for an unsupported path in Kubernetes'
  // words.
  [[nodiscard]] static Result<FieldSelector> parse(std::string_view text,
                                                   std::span<const std::string_view> supported);
  // Compares the text of each field; a missing field is "". Booleans and numbers compare by their
  // JSON text.
  [[nodiscard]] bool matches(const json::Value& object) const;
  [[nodiscard]] const std::vector<Term>& terms() const { return terms_; }
  // The value that `path` is required to equal, or nothing: lets a store go straight to
  // metadata.name.
  [[nodiscard]] const std::string* required_value(std::string_view path) const;

 private:
  std::vector<Term> terms_;
};

}  // namespace firesteel::kube
