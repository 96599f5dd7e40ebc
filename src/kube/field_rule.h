#pragma once
// How patches and server-side apply treat a field: merged member by member, by key, as a set, or
// replaced whole. Built-in kinds have theirs from kube/types, custom ones from their Schema. Pure.
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace firesteel::kube {

// A path of field names from the object's root, list items left out: {"spec", "containers"}.
using FieldPath = std::span<const std::string_view>;

struct FieldRule {
  struct Key {
    std::string name;
    std::string otherwise;  // the value of an item that lacks it ("TCP"), or "" for none
  };
  enum class Kind {
    kAtomic,     // owned and replaced whole
    kGranular,   // a map, or a list without a rule: maps are merged, lists replaced
    kKeyedList,  // items are told apart by `keys`
    kSet,        // a list of distinct scalars
  };
  Kind kind = Kind::kGranular;
  std::vector<Key> keys;  // server-side apply: listMapKeys
  // Strategic merge: patchMergeKey, "" when a strategic merge replaces the list.
  std::string merge_key;
  bool merged_set = false;  // strategic merge adds to the set instead of replacing it
};

}  // namespace firesteel::kube
