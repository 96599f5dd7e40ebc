#include "node/pod_sockets.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>

namespace firesteel::node {
namespace {

std::vector<std::byte> socket_address(const std::string& host, std::uint16_t port) {
  std::vector<std::byte> bytes;
  const auto keep = [&](const auto& value) {
    bytes.resize(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
  };
  if (host.find(':') == std::string::npos) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    keep(address);
  } else {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    inet_pton(AF_INET6, host.c_str(), &address.sin6_addr);
    keep(address);
  }
  return bytes;
}

TEST(PodSockets, EveryAddressAndLocalhostAreThePods) {
  struct Case {
    SocketCall call;
    const char* host;
    std::uint16_t port;
    const char* expected;  // "" = left alone
  };
  const auto listens = [](std::uint16_t port) { return port == 9083; };
  for (const Case& c : {
           Case{SocketCall::kBind, "0.0.0.0", 80, "127.77.0.3"},
           Case{SocketCall::kBind, "0.0.0.0", 0, "127.77.0.3"},
           Case{SocketCall::kBind, "127.0.0.1", 80, "127.77.0.3"},
           Case{SocketCall::kBind, "127.0.0.1", 0, ""},
           Case{SocketCall::kBind, "127.77.0.3", 80, ""},
           Case{SocketCall::kBind, "10.0.0.1", 80, ""},
           Case{SocketCall::kBind, "::", 80, "::ffff:127.77.0.3"},
           Case{SocketCall::kBind, "::1", 80, "::ffff:127.77.0.3"},
           Case{SocketCall::kBind, "::ffff:0.0.0.0", 80, "::ffff:127.77.0.3"},
           Case{SocketCall::kBind, "fe80::1", 80, ""},
           Case{SocketCall::kConnect, "127.0.0.1", 9083, "127.77.0.3"},
           Case{SocketCall::kConnect, "0.0.0.0", 9083, "127.77.0.3"},
           Case{SocketCall::kConnect, "::1", 9083, "::ffff:127.77.0.3"},
           Case{SocketCall::kConnect, "127.0.0.1", 6443, ""},
           Case{SocketCall::kConnect, "127.77.0.4", 9083, ""},
       }) {
    const auto expected = *c.expected == 0 ? std::optional<std::vector<std::byte>>()
                                           : std::optional(socket_address(c.expected, c.port));
    EXPECT_EQ(own_socket_address(c.call, socket_address(c.host, c.port), "127.77.0.3", listens),
              expected)
        << c.host << ":" << c.port;
  }
}

TEST(PodSockets, WhatIsNoInternetAddressIsLeftAlone) {
  const auto listens = [](std::uint16_t) { return true; };
  const auto check = [&](std::vector<std::byte> address, const std::string& own) {
    EXPECT_FALSE(own_socket_address(SocketCall::kBind, address, own, listens).has_value());
  };
  std::vector<std::byte> unix_address(sizeof(sockaddr_un));
  const sa_family_t family = AF_UNIX;
  std::memcpy(unix_address.data(), &family, sizeof family);
  check(unix_address, "127.77.0.3");
  check({}, "127.77.0.3");
  check({std::byte{2}}, "127.77.0.3");
  std::vector<std::byte> cut = socket_address("0.0.0.0", 80);
  cut.resize(6);
  check(cut, "127.77.0.3");
  check(socket_address("0.0.0.0", 80), "");
}

}  // namespace
}  // namespace firesteel::node
