#pragma once
// What all stores have in common: the current objects and the newest history in memory, writes
// gathered into batches (one commit for all writers that wait at the moment), preconditions,
// events. A derived class makes a batch durable.
#include <condition_variable>
#include <deque>
#include <map>
#include <shared_mutex>
#include <span>

#include "apiserver/store/store.h"

namespace firesteel::apiserver::store {

class LogStore : public Store {
 public:
  [[nodiscard]] Result<Entry> create(const std::string& key, json::Value value) override;
  [[nodiscard]] Result<Entry> update(const std::string& key, Revision expected,
                                     json::Value value) override;
  [[nodiscard]] Result<Entry> remove(const std::string& key, Revision expected,
                                     json::Value last) override;
  [[nodiscard]] std::optional<Entry> get(std::string_view key) const override;
  [[nodiscard]] Snapshot list(std::string_view prefix) const override;
  [[nodiscard]] Result<Snapshot> list_at(std::string_view prefix, Revision revision) const override;
  [[nodiscard]] Revision revision() const override;
  [[nodiscard]] Result<std::vector<std::shared_ptr<const Event>>> events_after(
      std::string_view prefix, Revision after, std::size_t limit,
      Revision& position) const override;
  void wait(Revision after, std::chrono::milliseconds at_most) const override;
  void stop_waiting() override;
  [[nodiscard]] Result<void> compact(Revision revision) override;

 protected:
  using Batch = std::span<const std::shared_ptr<const Event>>;
  // Makes all of the batch durable or none of it. Called by one thread at a time.
  virtual Result<void> persist(Batch batch) = 0;
  // Drops from durable storage what no reader can ask for: superseded rows up to `revision`. Called
  // as persist.
  virtual Result<void> forget(Revision revision) = 0;

  // Replays what was durable, before the store is shared: entries and events in the order of
  // revisions.
  void restore(std::shared_ptr<const Event> event);
  // History begins after `floor`; the counter goes on from `revision`.
  void restore_counter(Revision floor, Revision revision);

 private:
  enum class Kind { kCreate, kUpdate, kRemove };
  struct Write {
    Kind kind;
    const std::string* key;
    Revision expected;
    json::Value value;
    std::shared_ptr<const Event> event;  // once decided
    std::optional<Result<Entry>> result;
    bool done = false;  // guarded by write_mutex_: result may be read
  };
  using Overlay = std::map<std::string_view, const Event*>;

  Result<Entry> submit(Kind kind, const std::string& key, Revision expected, json::Value value);
  void lead(std::unique_lock<std::mutex>& lock);
  void commit(const std::vector<Write*>& batch);
  std::optional<Entry> current(std::string_view key, const Overlay& overlay) const;
  void decide(Write& write, Revision revision, const Overlay& overlay) const;
  void apply(const std::shared_ptr<const Event>& event);
  void trim(std::size_t keep);
  Result<void> forget_when_due();

  std::mutex write_mutex_;  // guards pending_ and leading_; never held while a batch is committed
  std::condition_variable written_;
  std::vector<Write*> pending_;
  bool leading_ = false;
  Revision forgotten_ = 0;  // leader only

  mutable std::shared_mutex mutex_;  // guards what follows
  std::map<std::string, Entry, std::less<>> entries_;
  std::deque<std::shared_ptr<const Event>> history_;  // one per revision, without gaps
  Revision revision_ = 0;
  Revision floor_ = 0;  // history_ holds the events after this

  mutable std::mutex wait_mutex_;
  mutable std::condition_variable changed_;
  Revision announced_ = 0;
  bool stopped_ = false;
};

}  // namespace firesteel::apiserver::store
