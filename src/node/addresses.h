#pragma once
// Addresses for pods out of 127.BLOCK.0.0/16, which Linux routes to loopback without any set-up.
#include <set>
#include <string>

#include "base/result.h"

namespace firesteel::node {

// Used by one thread.
class AddressPool {
 public:
  // `block` is the second number of the addresses, 1 to 254.
  explicit AddressPool(int block) : block_(block) {}

  // The next free address, going round, so that one is not used again soon. Errors:
  // kTooManyRequests when all 65,000 are taken.
  [[nodiscard]] Result<std::string> allocate();
  // Marks an address as taken (a pod that was there before); false when it is not of this block or
  // taken already.
  bool reserve(const std::string& address);
  void release(const std::string& address);

 private:
  int block_;
  unsigned next_ = 2;
  std::set<unsigned> used_;
};

// A block for a cluster whose API listens on `port`, so that clusters on one machine rarely share.
[[nodiscard]] int default_address_block(int port);

}  // namespace firesteel::node
