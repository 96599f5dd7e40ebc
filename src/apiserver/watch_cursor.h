#pragma once
// One watcher's place in the store's history, turned into watch events: an object that comes into
// the selection is ADDED, one that leaves it is DELETED. Used by one thread.
#include <string>
#include <vector>

#include "apiserver/registry.h"
#include "apiserver/selection.h"
#include "apiserver/store/store.h"
#include "kube/api.h"

namespace firesteel::apiserver {

struct WatchItem {
  kube::EventType type = kube::EventType::kAdded;
  json::Document object;
  // Set when `object` is the event's own document: its text is shared by all watchers.
  std::shared_ptr<const store::Event> event;
};

class WatchCursor {
 public:
  // `store` and `served` must outlive it. Starts after `from`.
  WatchCursor(const store::Store& store, const ServedResource& served, std::string space,
              Selection selection, store::Revision from);

  // What exists now, as ADDED; the cursor goes on from there.
  [[nodiscard]] std::vector<WatchItem> existing();
  // The next events, none when there are none yet. Errors: kGone when history no longer reaches
  // back.
  [[nodiscard]] Result<std::vector<WatchItem>> next();
  // Everything up to here has been given.
  [[nodiscard]] store::Revision position() const { return position_; }

 private:
  void convert(const std::shared_ptr<const store::Event>& event, std::vector<WatchItem>& out) const;

  const store::Store& store_;
  const ServedResource& served_;
  std::string prefix_;
  Selection selection_;
  store::Revision position_;
};

}  // namespace firesteel::apiserver
