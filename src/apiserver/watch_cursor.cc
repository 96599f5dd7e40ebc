#include "apiserver/watch_cursor.h"

#include "apiserver/core.h"

namespace firesteel::apiserver {

namespace {
constexpr std::size_t kBatch = 256;
}

WatchCursor::WatchCursor(const store::Store& store, const ServedResource& served, std::string space,
                         Selection selection, store::Revision from)
    : store_(store),
      served_(served),
      prefix_(key_of(served, space, "")),
      selection_(std::move(selection)),
      position_(from) {}

std::vector<WatchItem> WatchCursor::existing() {
  const store::Snapshot snapshot = store_.list(prefix_);
  position_ = snapshot.revision;
  std::vector<WatchItem> items;
  for (const auto& [key, entry] : snapshot.entries) {
    json::Document object = present(served_, entry.value);
    if (selection_.matches(*object)) {
      items.push_back({kube::EventType::kAdded, std::move(object), nullptr});
    }
  }
  return items;
}

void WatchCursor::convert(const std::shared_ptr<const store::Event>& event,
                          std::vector<WatchItem>& out) const {
  json::Document object = present(served_, event->value);
  const json::Document previous = event->previous ? present(served_, event->previous) : nullptr;
  const bool was = previous != nullptr && selection_.matches(*previous);
  const bool is = !event->removed && selection_.matches(*object);
  if (!was && !is) return;
  if (was && !is && !event->removed) {
    // It left the selection: the watcher gets the state it knew, at the revision of the change.
    out.push_back({kube::EventType::kDeleted,
                   store::stamp_resource_version(*previous, event->revision), nullptr});
    return;
  }
  const bool shared = object == event->value;
  const kube::EventType type = event->removed ? kube::EventType::kDeleted
                               : was          ? kube::EventType::kModified
                                              : kube::EventType::kAdded;
  out.push_back({type, std::move(object), shared ? event : nullptr});
}

Result<std::vector<WatchItem>> WatchCursor::next() {
  std::vector<WatchItem> items;
  const auto events = TRY(store_.events_after(prefix_, position_, kBatch, position_));
  for (const auto& event : events) convert(event, items);
  return items;
}

}  // namespace firesteel::apiserver
