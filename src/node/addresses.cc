#include "node/addresses.h"

#include <cstdio>

namespace firesteel::node {
namespace {

constexpr unsigned kFirst = 2;  // 127.x.0.0 and .1 are left alone
constexpr unsigned kLast = 65534;

std::string text_of(int block, unsigned number) {
  return fmt::format("127.{}.{}.{}", block, number >> 8, number & 255);
}

}  // namespace

Result<std::string> AddressPool::allocate() {
  for (unsigned tried = kFirst; tried <= kLast; ++tried) {
    const unsigned number = next_;
    next_ = next_ == kLast ? kFirst : next_ + 1;
    if (used_.insert(number).second) return text_of(block_, number);
  }
  return fail(
      ErrorCode::kTooManyRequests,
      fmt::format("all {} pod addresses of 127.{}.0.0/16 are taken", kLast - kFirst + 1, block_));
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

int default_address_block(int port) {
  // 127.0 is the host's own, 127.53 systemd's resolver, 127.255 ends in a broadcast address.
  // A prime: ports a round number apart get blocks of their own.
  const int block = 1 + port % 251;
  return block == 53 ? 252 : block;
}

}  // namespace firesteel::node
