#include "apiserver/quota_book.h"

namespace firesteel::apiserver {

Result<QuotaBook::Hold> QuotaBook::add(
    const std::string& space, std::shared_ptr<const Entry> entry,
    const std::function<Result<void>(Entries::const_iterator, Entries::const_iterator)>& check) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = entries_.equal_range(space);
  TRY(check(first, last));
  return Hold(*this, entries_.emplace(space, std::move(entry)));
}

void QuotaBook::remove(Entries::iterator at) {
  const std::lock_guard lock(mutex_);
  entries_.erase(at);
}

void QuotaBook::quota_written() {
  {
    const std::lock_guard lock(written_mutex_);
    ++written_;
  }
  written_changed_.notify_all();
}

std::uint64_t QuotaBook::wait_for_quota(std::uint64_t seen, const std::stop_token& stop) {
  std::unique_lock lock(written_mutex_);
  (void)written_changed_.wait(lock, stop, [&] { return written_ != seen; });
  return written_;
}

void QuotaBook::rest(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::unique_lock lock(written_mutex_);
  (void)written_changed_.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace firesteel::apiserver
