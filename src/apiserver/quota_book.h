#pragma once
// Who is about to use what of a namespace's quotas. Usage is counted from the objects themselves,
// never from a number that may drift; what has been admitted and is not stored yet is held in this
// book, so that writers of one moment cannot together exceed a quota, and still share a commit.
// Thread-safe.
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/json/json.h"
#include "base/result.h"
#include "kube/pod_resources.h"
#include "kube/resource.h"

namespace firesteel::apiserver {

struct Call;
class Core;

class QuotaBook {
 public:
  // One object on its way to the store, by key.
  struct Entry {
    kube::Resource resource;
    std::string name;
    json::Value object;
  };
  using Entries = std::multimap<std::string, std::shared_ptr<const Entry>>;  // by namespace

  // Takes its entry out of the book when it goes; keep it until the write has been answered.
  class Hold {
   public:
    Hold() = default;
    Hold(QuotaBook& book, Entries::iterator at) : book_(&book), at_(at) {}
    Hold(Hold&& other) noexcept : book_(std::exchange(other.book_, nullptr)), at_(other.at_) {}
    Hold& operator=(Hold&& other) noexcept {
      std::swap(book_, other.book_);
      std::swap(at_, other.at_);
      return *this;
    }
    ~Hold() {
      if (book_ != nullptr) book_->remove(at_);
    }

   private:
    QuotaBook* book_ = nullptr;
    Entries::iterator at_;
  };

  // Calls `check` with the namespace's entries while nobody else may add one; adds `entry` when it
  // agrees. Errors: those of `check`.
  [[nodiscard]] Result<Hold> add(
      const std::string& space, std::shared_ptr<const Entry> entry,
      const std::function<Result<void>(Entries::const_iterator, Entries::const_iterator)>& check);

  // A ResourceQuota was written. Wakes wait_for_quota().
  void quota_written();
  // Until a ResourceQuota is written after the `seen`-th, or stop. Gives the number of writes.
  [[nodiscard]] std::uint64_t wait_for_quota(std::uint64_t seen, const std::stop_token& stop);
  // Rests for at most that long, or until stop.
  void rest(std::chrono::milliseconds time, const std::stop_token& stop);

 private:
  void remove(Entries::iterator at);

  std::mutex mutex_;
  Entries entries_;
  std::mutex written_mutex_;
  std::condition_variable_any written_changed_;
  std::uint64_t written_ = 0;
};

}  // namespace firesteel::apiserver
