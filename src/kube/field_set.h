#pragma once
// A set of fields of an object, as metadata.managedFields names them (FieldsV1): a tree of path
// elements "f:name" (member), "k:{...}" (item of a keyed list), "v:..." (item of a set), "i:0"
// (item by place). Source: structured-merge-diff, fieldpath. Pure.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "kube/apply.h"

namespace firesteel::kube {

struct FieldSet {
  bool member = false;  // the node itself is in the set
  std::map<std::string, FieldSet, std::less<>> children;

  bool operator==(const FieldSet&) const = default;
  [[nodiscard]] bool empty() const { return !member && children.empty(); }
  [[nodiscard]] const FieldSet* child(std::string_view element) const;
  void add(const FieldSet& other);
  void subtract(const FieldSet& other);
  [[nodiscard]] FieldSet intersection(const FieldSet& other) const;
  // Every member, as Kubernetes prints it: .spec.containers[name="x"].image
  [[nodiscard]] std::vector<std::string> paths() const;
};

// Both ignore what they cannot read: managedFields are bookkeeping, never a reason to refuse an
// object.
[[nodiscard]] FieldSet from_fields_v1(const json::Value& fields);
[[nodiscard]] json::Value to_fields_v1(const FieldSet& set);

// The fields that nobody owns: apiVersion, kind, and what the server fills in below metadata.
void strip_unowned(FieldSet& set);

// Walks values along the types. One walk each; `error` is the first malformed list, if any.
class FieldWalker {
 public:
  explicit FieldWalker(const ApplyTypes& types) : types_(types) {}

  // All fields of `value`.
  [[nodiscard]] FieldSet fields_of(const json::Value& value);
  // What differs: added or changed, and removed.
  struct Difference {
    FieldSet changed;
    FieldSet removed;
  };
  [[nodiscard]] Difference compare(const json::Value& before, const json::Value& after);
  // `applied` laid over `live`.
  [[nodiscard]] json::Value merge(const json::Value& live, const json::Value& applied);
  // Removes from `value` the members of `unwanted` that are not in `keep`.
  void prune(json::Value& value, const FieldSet& unwanted, const FieldSet& keep);

  // A list of `fields_of` or `merge` whose items cannot be told apart.
  std::optional<Error> error;

 private:
  struct Items {
    std::vector<std::string> elements;  // in the list's order
    std::map<std::string, std::size_t, std::less<>> index;
  };
  [[nodiscard]] FieldRule rule() const { return types_.rule(path_); }
  [[nodiscard]] Items items_of(const json::Array& array, const FieldRule& rule);
  [[nodiscard]] static bool by_element(const FieldRule& rule) {
    return rule.kind == FieldRule::Kind::kKeyedList || rule.kind == FieldRule::Kind::kSet;
  }
  [[nodiscard]] FieldSet fields_of_item(const json::Value& item);
  [[nodiscard]] Difference compare_members(const json::Object& before, const json::Object& after);
  [[nodiscard]] json::Value merge_members(const json::Object& live, const json::Object& applied);
  void compare_lists(const json::Array& before, const json::Array& after, const FieldRule& rule,
                     Difference& out);
  [[nodiscard]] json::Value merge_lists(const json::Array& live, const json::Array& applied,
                                        const FieldRule& rule);
  void prune_list(json::Array& array, const FieldSet& unwanted, const FieldSet& keep);

  const ApplyTypes& types_;
  std::vector<std::string_view> path_;
};

}  // namespace firesteel::kube
