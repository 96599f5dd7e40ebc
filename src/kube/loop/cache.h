#pragma once
// The objects of one kind as last seen, by "namespace/name". Objects are immutable and shared; what
// get() returned stays valid whatever happens to the cache. Not thread-safe: the owner locks.
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kube/api.h"

namespace firesteel::kube::loop {

class Cache {
 public:
  Cache() = default;
  // Also indexes the objects by the value of this label (spark-app-selector, ...).
  explicit Cache(std::string indexed_label) : indexed_label_(std::move(indexed_label)) {}

  // Makes `items` the whole content. Returns the keys that were added, changed or removed, sorted.
  std::vector<std::string> replace(const std::vector<json::Document>& items);
  // kAdded, kModified or kDeleted; anything else changes nothing. Returns the key, or nothing when
  // nothing changed. An event that is older than the cached object of the same uid (by numeric
  // resourceVersion) is ignored.
  std::vector<std::string> apply(const WatchEvent& event);

  // Null when there is none.
  [[nodiscard]] json::Document get(std::string_view key) const;
  // All, sorted by key; of one namespace when `space` is not "".
  [[nodiscard]] std::vector<json::Document> items(std::string_view space = {}) const;
  // Those whose indexed label has this value, sorted by key; none when nothing is indexed.
  [[nodiscard]] std::vector<json::Document> by_label(std::string_view value) const;
  [[nodiscard]] std::size_t size() const { return objects_.size(); }

 private:
  void index(const std::string& key, const json::Value& object);
  void unindex(const std::string& key, const json::Value& object);

  std::string indexed_label_;
  std::map<std::string, json::Document, std::less<>> objects_;
  std::map<std::string, std::set<std::string>, std::less<>> index_;
};

}  // namespace firesteel::kube::loop
