#include "kube/loop/cache.h"

#include <charconv>

#include "kube/object.h"

namespace firesteel::kube::loop {
namespace {

std::optional<std::uint64_t> version_number(const json::Value& object) {
  const std::string_view text = resource_version_of(object);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

bool is_older(const json::Value& object, const json::Value& than) {
  if (uid_of(object) != uid_of(than)) return false;
  const auto version = version_number(object);
  const auto known = version_number(than);
  return version && known && *version < *known;
}

bool is_same_version(const json::Value& a, const json::Value& b) {
  return uid_of(a) == uid_of(b) && !resource_version_of(a).empty() &&
         resource_version_of(a) == resource_version_of(b);
}

}  // namespace

std::vector<std::string> Cache::replace(const std::vector<json::Document>& items) {
  std::map<std::string, json::Document, std::less<>> fresh;
  for (const json::Document& item : items) fresh.insert_or_assign(key_of(*item), item);
  std::set<std::string> changed;
  for (const auto& [key, object] : objects_) {
    if (!fresh.contains(key)) changed.insert(key);
  }
  for (const auto& [key, object] : fresh) {
    const auto known = objects_.find(key);
    if (known == objects_.end() || !is_same_version(*known->second, *object)) changed.insert(key);
  }
  objects_ = std::move(fresh);
  index_.clear();
  for (const auto& [key, object] : objects_) index(key, *object);
  return {changed.begin(), changed.end()};
}

std::vector<std::string> Cache::apply(const WatchEvent& event) {
  const bool removed = event.type == EventType::kDeleted;
  if (!removed && event.type != EventType::kAdded && event.type != EventType::kModified) return {};
  if (event.object == nullptr) return {};
  const std::string key = key_of(*event.object);
  const auto known = objects_.find(key);
  if (known == objects_.end()) {
    if (removed) return {};
    objects_.emplace(key, event.object);
    index(key, *event.object);
    return {key};
  }
  if (is_older(*event.object, *known->second)) return {};
  if (!removed && is_same_version(*event.object, *known->second)) return {};
  unindex(key, *known->second);
  if (removed) {
    objects_.erase(known);
  } else {
    known->second = event.object;
    index(key, *event.object);
  }
  return {key};
}

json::Document Cache::get(std::string_view key) const {
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : found->second;
}

std::vector<json::Document> Cache::items(std::string_view space) const {
  std::vector<json::Document> result;
  const std::string prefix = space.empty() ? std::string() : std::string(space) + "/";
  for (auto at = objects_.lower_bound(prefix); at != objects_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    result.push_back(at->second);
  }
  return result;
}

std::vector<json::Document> Cache::by_label(std::string_view value) const {
  std::vector<json::Document> result;
  const auto keys = index_.find(value);
  if (keys == index_.end()) return result;
  for (const std::string& key : keys->second) result.push_back(objects_.at(key));
  return result;
}

void Cache::index(const std::string& key, const json::Value& object) {
  const std::string_view value = label_of(object, indexed_label_);
  if (!indexed_label_.empty() && !value.empty()) index_[std::string(value)].insert(key);
}

void Cache::unindex(const std::string& key, const json::Value& object) {
  const auto keys = index_.find(label_of(object, indexed_label_));
  if (keys == index_.end()) return;
  keys->second.erase(key);
  if (keys->second.empty()) index_.erase(keys);
}

}  // namespace firesteel::kube::loop
