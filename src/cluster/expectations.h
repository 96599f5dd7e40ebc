#pragma once
// What controllers of pods remember between a write and the watch that shows it.
#include <fmt/core.h>

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "base/clock.h"
#include "kube/object.h"

namespace firesteel::cluster {

// A pod that was created but never seen (it was deleted in a gap of the watch) is forgotten after
// that.
inline constexpr std::chrono::seconds kExpectationTimeout{30};

// Pods that were created or deleted through the API and that the watch has not shown yet. Without
// it a replica set would make a pod twice. Thread-safe.
class Expectations {
 public:
  void created(const std::string& owner, const json::Value& pod, TimePoint now) {
    const std::lock_guard lock(mutex_);
    created_[owner][std::string(kube::uid_of(pod))] = now + kExpectationTimeout;
  }
  void removed(const std::string& uid) {
    const std::lock_guard lock(mutex_);
    removed_.insert(uid);
  }
  void seen(const std::string& owner, const std::string& uid) {
    const std::lock_guard lock(mutex_);
    const auto found = created_.find(owner);
    if (found == created_.end()) return;
    found->second.erase(uid);
    if (found->second.empty()) created_.erase(found);
  }
  void gone(const std::string& owner, const std::string& uid) {
    seen(owner, uid);
    const std::lock_guard lock(mutex_);
    removed_.erase(uid);
  }
  int missing(const std::string& owner, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto found = created_.find(owner);
    if (found == created_.end()) return 0;
    std::erase_if(found->second, [&](const auto& one) { return one.second <= now; });
    return static_cast<int>(found->second.size());
  }
  bool is_removed(std::string_view uid) {
    const std::lock_guard lock(mutex_);
    return removed_.contains(std::string(uid));
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::map<std::string, TimePoint>>
      created_;                    // owner uid -> pod uid -> until
  std::set<std::string> removed_;  // pod uids
};

// The key of the object that controls this one, when it is of that kind; else "".
inline std::string controller_key(const json::Value& object, std::string_view kind) {
  const json::Value* owner = kube::controller_of(object);
  if (owner == nullptr || json::string_at(*owner, "kind") != kind) return "";
  return fmt::format("{}/{}", kube::namespace_of(object), json::string_at(*owner, "name"));
}

}  // namespace firesteel::cluster
