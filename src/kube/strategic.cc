#include "kube/strategic.h"

#include <fmt/core.h>

#include "kube/types/types.h"

namespace firesteel::kube {
namespace {

constexpr std::string_view kPatch = "$patch";
constexpr std::string_view kRetainKeys = "$retainKeys";
constexpr std::string_view kSetOrder = "$setElementOrder/";
constexpr std::string_view kDeletePrimitives = "$deleteFromPrimitiveList/";

bool is_directive(std::string_view key) {
  return key == kPatch || key == kRetainKeys || key.starts_with(kSetOrder) ||
         key.starts_with(kDeletePrimitives);
}

std::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kBadRequest, "strategic merge patch: " + std::move(why));
}

enum class Directive { kMerge, kReplace, kDelete };

Result<Directive> directive_of(const json::Value& patch) {
  const json::Value* value = json::find(patch, kPatch);
  if (value == nullptr) return Directive::kMerge;
  const std::string_view text =
      value->is_string() ? json::view(value->get_string()) : std::string_view();
  if (text == "merge") return Directive::kMerge;
  if (text == "replace") return Directive::kReplace;
  if (text == "delete") return Directive::kDelete;
  return malformed(fmt::format("unknown $patch \"{}\", expected merge, replace or delete", text));
}

// A value that the document did not have: without nulls, directives and items marked for deletion.
json::Value without_directives(const json::Value& patch) {
  if (const json::Object* object = patch.if_object()) {
    json::Object result;
    for (const auto& member : *object) {
      if (member.value().is_null() || is_directive(member.key())) continue;
      result[member.key()] = without_directives(member.value());
    }
    return result;
  }
  const json::Array* array = patch.if_array();
  if (array == nullptr) return patch;
  json::Array result;
  for (const json::Value& item : *array) {
    const json::Object* object = item.if_object();
    const bool only_directives =
        object != nullptr && object->size() == 1 && object->contains(kPatch);
    if (only_directives || json::string_at(item, kPatch) == "delete") continue;
    result.push_back(without_directives(item));
  }
  return result;
}

// Lists of scalars are their own keys; lists of objects have the value of the merge key.
const json::Value* key_of_item(const json::Value& item, std::string_view merge_key) {
  return item.is_object() ? json::find(item, merge_key) : &item;
}

std::ptrdiff_t index_of(const json::Array& items, const json::Value& key,
                        std::string_view merge_key) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const json::Value* found = key_of_item(items[i], merge_key);
    if (found != nullptr && *found == key) return static_cast<std::ptrdiff_t>(i);
  }
  return -1;
}

// Puts `merged` into the wanted order; items that only the server has keep their place among the
// others.
json::Array ordered(json::Array merged, const json::Array& server, const json::Array& order,
                    std::string_view merge_key) {
  std::vector<json::Value> wanted;
  for (const json::Value& entry : order) {
    const json::Value* key = key_of_item(entry, merge_key);
    const auto at = key == nullptr ? -1 : index_of(merged, *key, merge_key);
    if (at < 0) continue;
    wanted.push_back(std::move(merged[static_cast<std::size_t>(at)]));
    merged.erase(merged.begin() + at);
  }
  const auto server_index = [&](const json::Value& item) {
    const json::Value* key = key_of_item(item, merge_key);
    return key == nullptr ? -1 : index_of(server, *key, merge_key);
  };
  json::Array result;
  std::size_t left = 0;
  std::size_t right = 0;
  while (left < merged.size() || right < wanted.size()) {
    bool take_left = right == wanted.size();
    if (!take_left && left < merged.size()) {
      const auto left_at = server_index(merged[left]);
      const auto right_at = server_index(wanted[right]);
      take_left = left_at >= 0 && right_at >= 0 && left_at < right_at;
    }
    result.push_back(take_left ? merged[left++] : wanted[right++]);
  }
  return result;
}

class Merger {
 public:
  explicit Merger(const StructType* kind) : kind_(kind) {}

  Result<json::Value> merge(json::Value document, const json::Value& patch) {
    if (!patch.is_object()) return malformed("expected an object");
    const Directive directive = TRY(directive_of(patch));
    if (directive == Directive::kDelete) return json::Value(json::Object());
    if (directive == Directive::kReplace) return without_directives(patch);
    if (!document.is_object()) document.emplace_object();
    json::Object& object = document.get_object();
    if (const json::Value* keys = json::find(patch, kRetainKeys)) TRY(retain(object, *keys, patch));
    for (const auto& change : patch.get_object()) {
      const std::string_view key = change.key();
      if (is_directive(key)) continue;
      if (change.value().is_null()) {
        json::remove(object, key);
        continue;
      }
      path_.push_back(key);
      Result<void> merged = merge_member(object, key, change.value(), patch);
      path_.pop_back();
      if (!merged) return std::unexpected(std::move(merged.error()));
    }
    for (const auto& change : patch.get_object()) TRY(list_directive(object, change.key(), patch));
    return document;
  }

 private:
  static Result<void> retain(json::Object& object, const json::Value& keys,
                             const json::Value& patch) {
    const json::Array* listed = keys.if_array();
    if (listed == nullptr) return malformed("$retainKeys must be a list");
    const auto contains = [&](std::string_view key) {
      return std::any_of(listed->begin(), listed->end(), [&](const json::Value& each) {
        return each.is_string() && json::view(each.get_string()) == key;
      });
    };
    for (const auto& change : patch.get_object()) {
      if (!is_directive(change.key()) && !change.value().is_null() && !contains(change.key())) {
        return malformed(fmt::format("\"{}\" is not in $retainKeys", std::string(change.key())));
      }
    }
    std::vector<std::string> unwanted;
    for (const auto& member : object) {
      if (!contains(member.key())) unwanted.emplace_back(member.key());
    }
    for (const std::string& key : unwanted) json::remove(object, key);
    return {};
  }

  Result<void> merge_member(json::Object& object, std::string_view key, const json::Value& change,
                            const json::Value& patch) {
    json::Value* before = object.if_contains(key);
    if (before == nullptr) {
      if (change.is_object()) TRY(directive_of(change));
      object[key] = without_directives(change);
      return {};
    }
    if (change.is_object() && before->is_object()) {
      *before = TRY(merge(std::move(*before), change));
      return {};
    }
    const FieldRule rule = rule_of(kind_, path_);
    const bool merged = !rule.merge_key.empty() || rule.merged_set;
    if (change.is_array() && before->is_array() && merged) {
      *before = TRY(merge_list(before->get_array(), change.get_array(), rule, patch));
      return {};
    }
    *before = without_directives(change);
    return {};
  }

  Result<json::Value> merge_list(json::Array& before, const json::Array& change,
                                 const FieldRule& rule, const json::Value& patch) {
    json::Array server = before;
    json::Array result = std::move(before);
    const bool replace = std::any_of(change.begin(), change.end(), [](const json::Value& item) {
      return json::string_at(item, kPatch) == "replace";
    });
    if (replace) return without_directives(change);
    for (const json::Value& item : change) {
      if (!item.is_object()) {
        if (index_of(result, item, "") < 0) result.push_back(item);
      } else {
        TRY(merge_item(result, item, rule.merge_key));
      }
    }
    const std::string directive = std::string(kSetOrder) + std::string(path_.back());
    if (const json::Value* order = json::find(patch, directive); order && order->is_array()) {
      return ordered(std::move(result), server, order->get_array(), rule.merge_key);
    }
    // Without a wanted order that of the patch counts: new items come first.
    if (!rule.merge_key.empty()) return ordered(std::move(result), server, change, rule.merge_key);
    return result;
  }

  Result<void> merge_item(json::Array& items, const json::Value& item,
                          const std::string& merge_key) {
    const Directive directive = TRY(directive_of(item));
    const json::Value* key = json::find(item, merge_key);
    if (key == nullptr) {
      return malformed(fmt::format("an item of {} has no \"{}\", by which the list is merged",
                                   path_.back(), merge_key));
    }
    const auto at = index_of(items, *key, merge_key);
    if (directive == Directive::kDelete) {
      if (at >= 0) items.erase(items.begin() + at);
    } else if (at < 0) {
      items.push_back(without_directives(item));
    } else {
      json::Value& found = items[static_cast<std::size_t>(at)];
      found = TRY(merge(std::move(found), item));
    }
    return {};
  }

  // Directives about a list that the patch itself does not change.
  Result<void> list_directive(json::Object& object, std::string_view directive,
                              const json::Value& patch) {
    const bool deletes = directive.starts_with(kDeletePrimitives);
    if (!deletes && !directive.starts_with(kSetOrder)) return {};
    const json::Value& value = *json::find(patch, directive);
    if (!value.is_array()) return malformed(fmt::format("{} must be a list", directive));
    const std::string_view key = directive.substr(directive.find('/') + 1);
    json::Value* target = object.if_contains(key);
    if (target == nullptr || !target->is_array()) return {};
    json::Array& items = target->get_array();
    if (deletes) {
      for (const json::Value& unwanted : value.get_array()) {
        for (auto at = index_of(items, unwanted, ""); at >= 0; at = index_of(items, unwanted, "")) {
          items.erase(items.begin() + at);
        }
      }
    } else if (json::find(patch, key) == nullptr) {
      path_.push_back(key);
      const FieldRule rule = rule_of(kind_, path_);
      path_.pop_back();
      json::Array server = items;
      items = ordered(std::move(items), server, value.get_array(), rule.merge_key);
    }
    return {};
  }

  const StructType* kind_;
  std::vector<std::string_view> path_;
};

}  // namespace

Result<json::Value> apply_strategic_merge_patch(std::string_view api_version, std::string_view kind,
                                                json::Value document, const json::Value& patch) {
  return Merger(find_kind(api_version, kind)).merge(std::move(document), patch);
}

}  // namespace firesteel::kube
