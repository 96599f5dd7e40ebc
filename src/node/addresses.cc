#include "node/addresses.h"

#include <cstdio>

namespace firesteel::node {
Result<std::string> AddressPool::allocate() {
  for (std::uint32_t tried = kube::kFirstPodAddress; tried <= kube::kLastPodAddress; ++tried) {
    const std::uint32_t number = next_;
    next_ = next_ == kube::kLastPodAddress ? kube::kFirstPodAddress : next_ + 1;
    if (used_.insert(number).second) return kube::block_address(block_, number);
  }
  return fail(ErrorCode::kTooManyRequests,
              fmt::format("all {} pod addresses of 127.{}.0.0/17 are taken",
                          kube::kLastPodAddress - kube::kFirstPodAddress + 1, block_));
}

bool AddressPool::reserve(const std::string& address) {
  int block = 0;
  unsigned high = 0;
  unsigned low = 0;
  if (std::sscanf(address.c_str(), "127.%d.%u.%u", &block, &high, &low) != 3) return false;
  if (block != block_ || high > 255 || low > 255) return false;
  return used_.insert(high << 8 | low).second;
}

void AddressPool::release(const std::string& address) {
  int block = 0;
  unsigned high = 0;
  unsigned low = 0;
  if (std::sscanf(address.c_str(), "127.%d.%u.%u", &block, &high, &low) == 3 && block == block_)
    used_.erase(high << 8 | low);
}

}  // namespace firesteel::node
