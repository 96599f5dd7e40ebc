#pragma once
// Addresses for pods out of a cluster's block (kube/loopback.h).
#include <set>
#include <string>

#include "base/result.h"
#include "kube/loopback.h"

namespace firesteel::node {

// Used by one thread.
class AddressPool {
 public:
  // `block` is the second number of the addresses, 1 to 254.
  explicit AddressPool(int block) : block_(block) {}

  // The next free address, going round, so that one is not used again soon. Errors:
  // kTooManyRequests when all 32,000 are taken.
  [[nodiscard]] Result<std::string> allocate();
  // Marks an address as taken (a pod that was there before); false when it is not of this block or
  // taken already.
  bool reserve(const std::string& address);
  void release(const std::string& address);

 private:
  int block_;
  std::uint32_t next_ = kube::kFirstPodAddress;
  std::set<std::uint32_t> used_;
};

}  // namespace firesteel::node
