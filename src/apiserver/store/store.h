#pragma once
// The object store's contract, in revisions: one counter for the whole store, raised by one with
// every write. A write is durable before it is acknowledged; writes are strictly serialized; events
// come in the order of revisions, each once, without gaps. All implementations run
// store_contract.h. Thread-safe.
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver::store {

using Revision = std::int64_t;

// One object as of some revision; its metadata.resourceVersion is that revision, put there by the
// store.
struct Entry {
  json::Document value;
  Revision revision = 0;  // of its last write

  bool operator==(const Entry&) const = default;
};

// One write, as watchers see it. Immutable and shared by all of them.
struct Event {
  std::string key;
  Revision revision = 0;
  json::Document value;     // after; for a removal the last state, stamped with this revision
  json::Document previous;  // before; null for a creation
  bool removed = false;
  // The event's object as JSON text, made once, when the first watcher asks.
  [[nodiscard]] const std::string& text() const;

 private:
  mutable std::once_flag printed_;
  mutable std::string text_;
};

struct Snapshot {
  // Key to entry, sorted by key.
  std::vector<std::pair<std::string, Entry>> entries;
  Revision revision = 0;  // of the whole store when it was taken
};

// `object` with metadata.resourceVersion set to `revision`.
[[nodiscard]] json::Document stamp_resource_version(json::Value object, Revision revision);

// Watches and consistent lists may start from any of this many newest writes (etcd keeps 5 minutes
// of them).
inline constexpr std::size_t kHistoryEvents = 8192;

class Store {
 public:
  virtual ~Store() = default;

  // Errors: kAlreadyExists when the key is there; kBadRequest for a value nested deeper than
  // json::kMaxDepth; kIo when it could not be made durable (nothing has changed then).
  [[nodiscard]] virtual Result<Entry> create(const std::string& key, json::Value value) = 0;
  // Replaces when the entry's revision is `expected`. Errors: kNotFound, kConflict, kIo.
  [[nodiscard]] virtual Result<Entry> update(const std::string& key, Revision expected,
                                             json::Value value) = 0;
  // Removes when the entry's revision is `expected`; `last` is the object's last state as watchers
  // are to see it. Gives that state with the removal's revision. Errors as update.
  [[nodiscard]] virtual Result<Entry> remove(const std::string& key, Revision expected,
                                             json::Value last) = 0;

  [[nodiscard]] virtual std::optional<Entry> get(std::string_view key) const = 0;
  // All entries whose key starts with `prefix`, now.
  [[nodiscard]] virtual Snapshot list(std::string_view prefix) const = 0;
  // The same as of an earlier revision. Errors: kGone when history does not reach back to it.
  [[nodiscard]] virtual Result<Snapshot> list_at(std::string_view prefix,
                                                 Revision revision) const = 0;
  [[nodiscard]] virtual Revision revision() const = 0;

  // The events after `after`, at most `limit`, for keys with `prefix`; `position` becomes the
  // revision up to which the caller has now seen everything. Errors: kGone when history does not
  // reach back to `after`.
  [[nodiscard]] virtual Result<std::vector<std::shared_ptr<const Event>>> events_after(
      std::string_view prefix, Revision after, std::size_t limit, Revision& position) const = 0;
  // Blocks until the revision is above `after`, the time is over or stop_waiting() was called.
  virtual void wait(Revision after, std::chrono::milliseconds at_most) const = 0;
  // Wakes all waiters and lets nobody wait any more: the server stops.
  virtual void stop_waiting() = 0;

  // Forgets history up to `revision`, in memory and on disk; current entries stay.
  [[nodiscard]] virtual Result<void> compact(Revision revision) = 0;
};

}  // namespace firesteel::apiserver::store
