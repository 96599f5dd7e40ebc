#pragma once
// The ResourceQuota admission plugin and the controller that keeps status.used true. Source:
// apiserver's pkg/admission/plugin/resourcequota, Kubernetes' pkg/controller/resourcequota.
#include <thread>

#include "apiserver/core.h"

namespace firesteel::apiserver {

// Checks an object that is about to be created or changed (`before`) against the quotas of its
// namespace. Keep what it gives until the write has been answered. Errors: kForbidden, `exceeded
// quota: NAME, requested: ..., used: ..., limited: ...` or `failed quota: NAME: must specify ...`.
[[nodiscard]] Result<QuotaBook::Hold> hold_quota(Call& call, const json::Value& object,
                                                 const json::Value* before);

// Writes status.hard and status.used of every quota whenever what it counts has changed, on a
// thread of its own that sleeps while there are no quotas.
class QuotaStatus {
 public:
  // `core` must outlive it.
  explicit QuotaStatus(Core& core);
  // Begins to stop; the store's stop_waiting() must follow, then the destructor joins.
  void request_stop() { thread_.request_stop(); }

 private:
  void run(const std::stop_token& stop);
  // Of the quotas in these namespaces ("" in it: all).
  void update(const std::vector<json::Document>& quotas, const std::set<std::string>& spaces);

  Core& core_;
  std::jthread thread_;
};

}  // namespace firesteel::apiserver
