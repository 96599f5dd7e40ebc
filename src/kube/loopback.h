#pragma once
// The addresses of a cluster that lives on one machine: all of them loopback, which Linux routes
// without any set-up. 127.B.0.0/17 is for pods, 127.B.128.0/17 for Services. Pure.
#include <cstdint>
#include <string>
#include <string_view>

namespace firesteel::kube {

// The B of a cluster whose API listens on `port`, so that clusters on one machine rarely share.
[[nodiscard]] int address_block(int port);

// The first and the last number of an address within its 127.B.0.0/16 that may be given away. The
// ends are left alone.
inline constexpr std::uint32_t kFirstPodAddress = 2;
inline constexpr std::uint32_t kLastPodAddress = (1U << 15) - 1;
inline constexpr std::uint32_t kApiServiceAddress = (1U << 15) + 1;  // Service default/kubernetes
inline constexpr std::uint32_t kFirstServiceAddress = (1U << 15) + 16;
inline constexpr std::uint32_t kLastServiceAddress = (1U << 16) - 2;

// "127.B.x.y" for a number.
[[nodiscard]] std::string block_address(int block, std::uint32_t number);
// "127.B.128.0/17", and whether an address is of it.
[[nodiscard]] std::string service_range(int block);
[[nodiscard]] bool in_service_range(int block, std::string_view address);

}  // namespace firesteel::kube
