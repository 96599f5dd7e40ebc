#include "kube/loopback.h"

#include <fmt/core.h>

#include <charconv>

namespace firesteel::kube {

int address_block(int port) {
  // 127.0 is the host's own, 127.53 systemd's resolver, 127.255 ends in a broadcast address.
  // A prime: ports a round number apart get blocks of their own.
  const int block = 1 + port % 251;
  return block == 53 ? 252 : block;
}

std::string block_address(int block, std::uint32_t number) {
  return fmt::format("127.{}.{}.{}", block, number >> 8, number & 255);
}

std::string service_range(int block) {
  return fmt::format("127.{}.128.0/17", block);
}

bool in_service_range(int block, std::string_view address) {
  const std::string prefix = fmt::format("127.{}.", block);
  if (!address.starts_with(prefix)) return false;
  address.remove_prefix(prefix.size());
  unsigned high = 0;
  unsigned low = 0;
  const char* end = address.data() + address.size();
  const auto [dot, error] = std::from_chars(address.data(), end, high);
  if (error != std::errc() || dot == end || *dot != '.') return false;
  const auto [rest, fault] = std::from_chars(dot + 1, end, low);
  return fault == std::errc() && rest == end && high >= 128 && high <= 255 && low <= 255;
}

}  // namespace firesteel::kube
