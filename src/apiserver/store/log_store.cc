#include "apiserver/store/log_store.h"

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::apiserver::store {

namespace {

// Old rows are dropped from durable storage once this many have piled up, not on every write.
constexpr Revision kForgetEvery = 4096;

bool deeper_than(const json::Value& value, std::size_t levels) {
  const auto deeper = [levels](const json::Value& inner) { return deeper_than(inner, levels - 1); };
  if (const auto* array = value.if_array()) {
    return levels == 0 || std::any_of(array->begin(), array->end(), deeper);
  }
  const auto* object = value.if_object();
  if (object == nullptr) return false;
  return levels == 0 || std::any_of(object->begin(), object->end(),
                                    [&](const auto& member) { return deeper(member.value()); });
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::unexpected<Error> gone(Revision asked, Revision floor) {
  return fail(ErrorCode::kGone, fmt::format("too old resource version: {} ({})", asked, floor + 1));
}

}  // namespace

const std::string& Event::text() const {
  std::call_once(printed_, [this] { text_ = json::print(*value); });
  return text_;
}

json::Document stamp_resource_version(json::Value object, Revision revision) {
  json::make_object(object, {"metadata"})["resourceVersion"] = std::to_string(revision);
  return std::make_shared<const json::Value>(std::move(object));
}

Result<Entry> LogStore::create(const std::string& key, json::Value value) {
  return submit(Kind::kCreate, key, 0, std::move(value));
}

Result<Entry> LogStore::update(const std::string& key, Revision expected, json::Value value) {
  return submit(Kind::kUpdate, key, expected, std::move(value));
}

Result<Entry> LogStore::remove(const std::string& key, Revision expected, json::Value last) {
  return submit(Kind::kRemove, key, expected, std::move(last));
}

// The first writer to come leads: it commits its own write together with all that gathered behind
// the commit before.
Result<Entry> LogStore::submit(Kind kind, const std::string& key, Revision expected,
                               json::Value value) {
  // Patches can nest what each body may not: it could not be read back after a restart.
  if (deeper_than(value, json::kMaxDepth)) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("{} is nested deeper than {} levels", key, json::kMaxDepth));
  }
  Write write{kind, &key, expected, std::move(value), nullptr, std::nullopt, false};
  std::unique_lock lock(write_mutex_);
  pending_.push_back(&write);
  while (!write.done) {
    if (!leading_) {
      lead(lock);
    } else {
      written_.wait(lock);
    }
  }
  return *std::move(write.result);
}

void LogStore::lead(std::unique_lock<std::mutex>& lock) {
  leading_ = true;
  const std::vector<Write*> batch = std::exchange(pending_, {});
  lock.unlock();
  commit(batch);
  lock.lock();
  for (Write* write : batch) write->done = true;
  leading_ = false;
  written_.notify_all();
}

std::optional<Entry> LogStore::current(std::string_view key, const Overlay& overlay) const {
  if (const auto found = overlay.find(key); found != overlay.end()) {
    if (found->second->removed) return std::nullopt;
    return Entry{found->second->value, found->second->revision};
  }
  return get(key);
}

void LogStore::decide(Write& write, Revision revision, const Overlay& overlay) const {
  const std::optional<Entry> now = current(*write.key, overlay);
  if (write.kind == Kind::kCreate && now) {
    write.result = fail(ErrorCode::kAlreadyExists, fmt::format("{} already exists", *write.key));
    return;
  }
  if (write.kind != Kind::kCreate && !now) {
    write.result = fail(ErrorCode::kNotFound, fmt::format("{} not found", *write.key));
    return;
  }
  if (write.kind != Kind::kCreate && now->revision != write.expected) {
    write.result =
        fail(ErrorCode::kConflict, fmt::format("{} is at revision {}, expected {}", *write.key,
                                               now->revision, write.expected));
    return;
  }
  const auto event = std::make_shared<Event>();
  event->key = *write.key;
  event->revision = revision;
  event->value = stamp_resource_version(std::move(write.value), revision);
  event->previous = now ? now->value : nullptr;
  event->removed = write.kind == Kind::kRemove;
  write.event = event;
}

void LogStore::commit(const std::vector<Write*>& batch) {
  Overlay overlay;
  std::vector<std::shared_ptr<const Event>> events;
  Revision next = revision() + 1;
  for (Write* write : batch) {
    decide(*write, next, overlay);
    if (!write->event) continue;
    overlay[write->event->key] = write->event.get();
    events.push_back(write->event);
    ++next;
  }
  Result<void> durable = {};
  if (!events.empty()) durable = persist(events);
  if (durable) {
    const std::unique_lock lock(mutex_);
    for (const auto& event : events) apply(event);
    trim(kHistoryEvents);
  }
  for (Write* write : batch) {
    if (!write->event) continue;
    if (durable) {
      write->result = Entry{write->event->value, write->event->revision};
    } else {
      write->result = std::unexpected(durable.error());
    }
  }
  {
    const std::lock_guard lock(wait_mutex_);
    announced_ = revision();
  }
  changed_.notify_all();
  // What cannot be forgotten now is forgotten with a later batch: it only costs space.
  (void)forget_when_due();
}

void LogStore::apply(const std::shared_ptr<const Event>& event) {
  if (event->removed) {
    entries_.erase(event->key);
  } else {
    entries_[event->key] = Entry{event->value, event->revision};
  }
  history_.push_back(event);
  revision_ = event->revision;
}

void LogStore::trim(std::size_t keep) {
  while (history_.size() > keep) {
    floor_ = history_.front()->revision;
    history_.pop_front();
  }
}

Result<void> LogStore::forget_when_due() {
  Revision floor = 0;
  {
    const std::shared_lock lock(mutex_);
    floor = floor_;
  }
  if (floor - forgotten_ < kForgetEvery) return {};
  TRY(forget(floor));
  forgotten_ = floor;
  return {};
}

std::optional<Entry> LogStore::get(std::string_view key) const {
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

Snapshot LogStore::list(std::string_view prefix) const {
  const std::shared_lock lock(mutex_);
  Snapshot snapshot;
  snapshot.revision = revision_;
  for (auto at = entries_.lower_bound(prefix);
       at != entries_.end() && starts_with(at->first, prefix); ++at) {
    snapshot.entries.emplace_back(at->first, at->second);
  }
  return snapshot;
}

// Takes the events after `revision` back, newest first, from the current entries.
Result<Snapshot> LogStore::list_at(std::string_view prefix, Revision revision) const {
  const std::shared_lock lock(mutex_);
  if (revision < floor_) return gone(revision, floor_);
  std::map<std::string_view, Entry> then;
  for (auto at = entries_.lower_bound(prefix);
       at != entries_.end() && starts_with(at->first, prefix); ++at) {
    then.emplace(at->first, at->second);
  }
  for (auto at = history_.rbegin(); at != history_.rend() && (*at)->revision > revision; ++at) {
    const Event& event = **at;
    if (!starts_with(event.key, prefix)) continue;
    if (event.previous == nullptr) {
      then.erase(event.key);
      continue;
    }
    const json::Value& before = *event.previous;
    const std::string version(json::string_at(before, {"metadata", "resourceVersion"}));
    then[event.key] = Entry{event.previous, std::strtoll(version.c_str(), nullptr, 10)};
  }
  Snapshot snapshot;
  snapshot.revision = std::min(revision, revision_);
  for (auto& [key, entry] : then) snapshot.entries.emplace_back(std::string(key), entry);
  return snapshot;
}

Revision LogStore::revision() const {
  const std::shared_lock lock(mutex_);
  return revision_;
}

Result<std::vector<std::shared_ptr<const Event>>> LogStore::events_after(std::string_view prefix,
                                                                         Revision after,
                                                                         std::size_t limit,
                                                                         Revision& position) const {
  const std::shared_lock lock(mutex_);
  if (after < floor_) return gone(after, floor_);
  std::vector<std::shared_ptr<const Event>> events;
  position = std::max(after, position);
  for (auto at = static_cast<std::size_t>(std::max<Revision>(after - floor_, 0));
       at < history_.size() && events.size() < limit; ++at) {
    if (starts_with(history_[at]->key, prefix)) events.push_back(history_[at]);
    position = history_[at]->revision;
  }
  return events;
}

void LogStore::wait(Revision after, std::chrono::milliseconds at_most) const {
  std::unique_lock lock(wait_mutex_);
  changed_.wait_for(lock, at_most, [&] { return stopped_ || announced_ > after; });
}

void LogStore::stop_waiting() {
  {
    const std::lock_guard lock(wait_mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

Result<void> LogStore::compact(Revision revision) {
  std::unique_lock lead_lock(write_mutex_);
  written_.wait(lead_lock, [this] { return !leading_; });
  leading_ = true;
  lead_lock.unlock();
  Revision floor = 0;
  {
    const std::unique_lock lock(mutex_);
    while (!history_.empty() && history_.front()->revision <= revision) trim(history_.size() - 1);
    floor = floor_;
  }
  const Result<void> forgotten = forget(floor);
  if (forgotten) forgotten_ = floor;
  lead_lock.lock();
  leading_ = false;
  written_.notify_all();
  return forgotten;
}

void LogStore::restore(std::shared_ptr<const Event> event) {
  const bool within = event->revision > floor_;
  if (event->removed) {
    entries_.erase(event->key);
  } else {
    entries_[event->key] = Entry{event->value, event->revision};
  }
  if (within) history_.push_back(std::move(event));
}

void LogStore::restore_counter(Revision floor, Revision revision) {
  floor_ = forgotten_ = floor;
  revision_ = announced_ = revision;
  trim(kHistoryEvents);
}

}  // namespace firesteel::apiserver::store
