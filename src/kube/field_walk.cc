// FieldWalker: fields, differences, merge and pruning of values along their types.
#include <fmt/core.h>

#include "base/json/print.h"
#include "kube/field_set.h"

namespace firesteel::kube {
namespace {

std::string field_element(std::string_view name) {
  return "f:" + std::string(name);
}

// How an item of a keyed list or a set is named, or nothing when it lacks all its keys.
std::optional<std::string> element_of(const json::Value& item, const FieldRule& rule) {
  if (rule.kind == FieldRule::Kind::kSet) return "v:" + json::print_canonical(item);
  json::Object keys;
  bool any = false;
  for (const FieldRule::Key& key : rule.keys) {
    if (const json::Value* value = json::find(item, key.name)) {
      keys[key.name] = *value;
      any = true;
    } else if (!key.otherwise.empty()) {
      keys[key.name] = key.otherwise;
    }
  }
  if (!any) return std::nullopt;
  return "k:" + json::print_canonical(keys);
}

}  // namespace

FieldWalker::Items FieldWalker::items_of(const json::Array& array, const FieldRule& rule) {
  Items items;
  for (std::size_t i = 0; i < array.size(); ++i) {
    auto element = element_of(array[i], rule);
    const bool fresh = element && items.index.emplace(*element, i).second;
    if (!fresh) {
      if (!error) {
        std::string where;
        for (const std::string_view name : path_) where += "." + std::string(name);
        error =
            Error{ErrorCode::kBadRequest,
                  element ? fmt::format("{}: two items have the key {}", where, element->substr(2))
                          : fmt::format("{}: item {} has none of its key fields ({})", where, i,
                                        rule.keys.empty() ? "" : rule.keys.front().name),
                  {}};
      }
      element = fmt::format("i:{}", i);
      items.index.emplace(*element, i);
    }
    items.elements.push_back(std::move(*element));
  }
  return items;
}

FieldSet FieldWalker::fields_of(const json::Value& value) {
  FieldSet set;
  const FieldRule how = value.is_structured() ? rule() : FieldRule{};
  const json::Object* object = value.if_object();
  if (object != nullptr && !object->empty() && how.kind != FieldRule::Kind::kAtomic) {
    for (const auto& member : *object) {
      path_.push_back(member.key());
      set.children[field_element(member.key())] = fields_of(member.value());
      path_.pop_back();
    }
    return set;
  }
  const json::Array* array = value.if_array();
  if (array != nullptr && !array->empty() && by_element(how)) {
    const Items items = items_of(*array, how);
    for (std::size_t i = 0; i < array->size(); ++i) {
      FieldSet below;
      if ((*array)[i].is_object()) below = fields_of_item((*array)[i]);
      below.member = true;
      set.children[items.elements[i]] = std::move(below);
    }
    return set;
  }
  set.member = true;
  return set;
}

// The members of a list item: the list's own rule says nothing about them.
FieldSet FieldWalker::fields_of_item(const json::Value& item) {
  FieldSet set;
  for (const auto& member : item.get_object()) {
    path_.push_back(member.key());
    set.children[field_element(member.key())] = fields_of(member.value());
    path_.pop_back();
  }
  return set;
}

FieldWalker::Difference FieldWalker::compare(const json::Value& before, const json::Value& after) {
  if (before.is_object() && after.is_object() && rule().kind != FieldRule::Kind::kAtomic) {
    return compare_members(before.get_object(), after.get_object());
  }
  Difference out;
  if (before.is_array() && after.is_array()) {
    const FieldRule how = rule();
    if (by_element(how)) {
      compare_lists(before.get_array(), after.get_array(), how, out);
      return out;
    }
  }
  if (before == after) return out;
  out.changed = fields_of(after);
  if (before.is_structured()) {
    out.removed = fields_of(before);
    out.removed.subtract(out.changed);
  }
  return out;
}

FieldWalker::Difference FieldWalker::compare_members(const json::Object& before,
                                                     const json::Object& after) {
  Difference out;
  for (const auto& member : before) {
    const json::Value* now = json::find(after, member.key());
    path_.push_back(member.key());
    if (now == nullptr) {
      out.removed.children[field_element(member.key())] = fields_of(member.value());
    } else {
      Difference below = compare(member.value(), *now);
      if (!below.changed.empty()) {
        out.changed.children[field_element(member.key())] = std::move(below.changed);
      }
      if (!below.removed.empty()) {
        out.removed.children[field_element(member.key())] = std::move(below.removed);
      }
    }
    path_.pop_back();
  }
  for (const auto& member : after) {
    if (before.contains(member.key())) continue;
    path_.push_back(member.key());
    out.changed.children[field_element(member.key())] = fields_of(member.value());
    path_.pop_back();
  }
  return out;
}

void FieldWalker::compare_lists(const json::Array& before, const json::Array& after,
                                const FieldRule& how, Difference& out) {
  const Items old_items = items_of(before, how);
  const Items new_items = items_of(after, how);
  const auto whole = [&](const json::Value& item) {
    FieldSet set;
    if (item.is_object()) set = fields_of_item(item);
    set.member = true;
    return set;
  };
  for (const auto& [element, at] : old_items.index) {
    const auto now = new_items.index.find(element);
    if (now == new_items.index.end()) {
      out.removed.children[element] = whole(before[at]);
    } else if (before[at].is_object() && after[now->second].is_object()) {
      Difference below = compare_members(before[at].get_object(), after[now->second].get_object());
      if (!below.changed.empty()) out.changed.children[element] = std::move(below.changed);
      if (!below.removed.empty()) out.removed.children[element] = std::move(below.removed);
    }
  }
  for (const auto& [element, at] : new_items.index) {
    if (!old_items.index.contains(element)) out.changed.children[element] = whole(after[at]);
  }
}

json::Value FieldWalker::merge(const json::Value& live, const json::Value& applied) {
  if (live.is_object() && applied.is_object() && rule().kind != FieldRule::Kind::kAtomic) {
    return merge_members(live.get_object(), applied.get_object());
  }
  if (live.is_array() && applied.is_array()) {
    const FieldRule how = rule();
    if (by_element(how)) return merge_lists(live.get_array(), applied.get_array(), how);
  }
  return applied;
}

json::Value FieldWalker::merge_members(const json::Object& live, const json::Object& applied) {
  json::Object result = live;
  for (const auto& member : applied) {
    path_.push_back(member.key());
    json::Value* before = result.if_contains(member.key());
    if (before == nullptr) {
      result[member.key()] = member.value();
    } else {
      *before = merge(*before, member.value());
    }
    path_.pop_back();
  }
  return result;
}

// The applied order counts; items that only the live list has stay where they are between their
// neighbours.
json::Value FieldWalker::merge_lists(const json::Array& live, const json::Array& applied,
                                     const FieldRule& how) {
  const Items left = items_of(live, how);
  const Items right = items_of(applied, how);
  json::Array result;
  std::size_t l = 0;
  std::size_t r = 0;
  while (l < live.size() || r < applied.size()) {
    if (l < live.size() && !right.index.contains(left.elements[l])) {
      result.push_back(live[l++]);
      continue;
    }
    if (r == applied.size()) {
      ++l;  // taken already, in the applied order
      continue;
    }
    const auto before = left.index.find(right.elements[r]);
    const json::Value& item = applied[r++];
    if (before == left.index.end()) {
      result.push_back(item);
      continue;
    }
    const json::Value& old = live[before->second];
    const bool objects = old.is_object() && item.is_object();
    result.push_back(objects ? merge_members(old.get_object(), item.get_object()) : item);
    if (before->second == l) ++l;
  }
  return result;
}

void FieldWalker::prune(json::Value& value, const FieldSet& unwanted, const FieldSet& keep) {
  static const FieldSet kNone;
  if (json::Array* array = value.if_array()) return prune_list(*array, unwanted, keep);
  json::Object* object = value.if_object();
  if (object == nullptr) return;
  for (const auto& [element, below] : unwanted.children) {
    if (!element.starts_with("f:")) continue;
    const std::string name = element.substr(2);
    json::Value* member = object->if_contains(name);
    if (member == nullptr) continue;
    const FieldSet* kept = keep.child(element);
    if (kept == nullptr && below.member) {
      json::remove(*object, name);
      continue;
    }
    path_.push_back(name);
    prune(*member, below, kept == nullptr ? kNone : *kept);
    path_.pop_back();
    const bool emptied = (member->is_object() && member->get_object().empty()) ||
                         (member->is_array() && member->get_array().empty());
    if (emptied && kept == nullptr) json::remove(*object, name);
  }
}

void FieldWalker::prune_list(json::Array& array, const FieldSet& unwanted, const FieldSet& keep) {
  static const FieldSet kNone;
  const FieldRule how = rule();
  if (!by_element(how)) return;
  const Items items = items_of(array, how);
  json::Array result;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const FieldSet* below = unwanted.child(items.elements[i]);
    const FieldSet* kept = keep.child(items.elements[i]);
    if (below != nullptr && below->member && kept == nullptr) continue;
    if (below != nullptr) prune(array[i], *below, kept == nullptr ? kNone : *kept);
    result.push_back(std::move(array[i]));
  }
  array = std::move(result);
}

}  // namespace firesteel::kube
