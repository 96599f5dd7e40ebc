#include "kube/loopback.h"

#include <gtest/gtest.h>

namespace firesteel::kube {
namespace {

TEST(Loopback, PodsAndServicesOfOneBlockDoNotMeet) {
  EXPECT_EQ(block_address(7, kFirstPodAddress), "127.7.0.2");
  EXPECT_EQ(block_address(7, kLastPodAddress), "127.7.127.255");
  EXPECT_EQ(block_address(7, kApiServiceAddress), "127.7.128.1");
  EXPECT_EQ(block_address(7, kLastServiceAddress), "127.7.255.254");
  EXPECT_EQ(service_range(7), "127.7.128.0/17");
}

TEST(Loopback, TellsWhatIsAServiceAddress) {
  for (const char* inside : {"127.7.128.1", "127.7.200.9", "127.7.255.254"})
    EXPECT_TRUE(in_service_range(7, inside)) << inside;
  for (const char* outside : {"127.7.127.1", "127.8.128.1", "10.96.0.1", "127.7.128", "127.7.128.",
                              "127.7.256.1", "127.7.128.1.1", "", "None", "127.7.128.1x"})
    EXPECT_FALSE(in_service_range(7, outside)) << outside;
}

TEST(Loopback, BlocksAreNeitherTheHostsNorTheResolvers) {
  for (int port = 1; port < 65536; ++port) {
    const int block = address_block(port);
    ASSERT_TRUE(block >= 1 && block <= 252 && block != 53) << port;
  }
}

}  // namespace
}  // namespace firesteel::kube
