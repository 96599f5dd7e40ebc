#include "kube/loop/work_queue.h"

#include "base/check.h"

namespace firesteel::kube::loop {

void WorkQueue::add(std::string key) {
  if (!dirty_.insert(key).second) return;
  if (!in_progress_.contains(key)) ready_.push_back(std::move(key));
}

void WorkQueue::add_after(std::string key, TimePoint due) {
  const auto [entry, fresh] = due_.try_emplace(key, due);
  if (!fresh) {
    if (entry->second <= due) return;
    by_time_.erase({entry->second, key});
    entry->second = due;
  }
  by_time_.emplace(due, std::move(key));
}

TimePoint WorkQueue::backoff(std::string key, TimePoint now) {
  int& failures = failures_[key];
  auto wait = backoff_.first;
  for (int i = 0; i < failures && wait < backoff_.longest; ++i) wait *= 2;
  ++failures;
  const TimePoint due = now + std::min(wait, backoff_.longest);
  add_after(std::move(key), due);
  return due;
}

void WorkQueue::forget(std::string_view key) {
  if (const auto entry = failures_.find(key); entry != failures_.end()) failures_.erase(entry);
}

void WorkQueue::take_due(TimePoint now) {
  while (!by_time_.empty() && by_time_.begin()->first <= now) {
    auto entry = by_time_.extract(by_time_.begin());
    due_.erase(entry.value().second);
    add(std::move(entry.value().second));
  }
}

std::optional<std::string> WorkQueue::next(TimePoint now) {
  take_due(now);
  if (ready_.empty()) return std::nullopt;
  std::string key = std::move(ready_.front());
  ready_.pop_front();
  dirty_.erase(key);
  in_progress_.insert(key);
  return key;
}

void WorkQueue::done(std::string_view key) {
  const auto entry = in_progress_.find(key);
  ASSERT(entry != in_progress_.end(), "only a key that next() gave out is done");
  std::string owned = *entry;
  in_progress_.erase(entry);
  if (dirty_.contains(owned)) ready_.push_back(std::move(owned));
}

std::optional<TimePoint> WorkQueue::next_due() const {
  if (!ready_.empty()) return TimePoint{};
  if (by_time_.empty()) return std::nullopt;
  return by_time_.begin()->first;
}

int WorkQueue::retries(std::string_view key) const {
  const auto entry = failures_.find(key);
  return entry == failures_.end() ? 0 : entry->second;
}

}  // namespace firesteel::kube::loop
