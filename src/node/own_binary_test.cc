#include "node/own_binary.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/fd.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

TEST(OwnBinary, SurvivesTheReplacementOfTheFileItCameFrom) {
  std::string pattern = "/tmp/firesteel-binary-XXXXXX";
  const std::string directory = mkdtemp(pattern.data());
  const std::string program = directory + "/program";
  ASSERT_TRUE(write_file_atomically(program, "first", 0755).has_value());
  for (int round = 0; round < 2; ++round) {  // an agent that starts again finds it there
    const Result<std::string> kept = keep_binary(program, directory + "/data");
    ASSERT_TRUE(kept.has_value()) << kept.error().message;
    EXPECT_EQ(*kept, directory + "/data/bin/firesteel");
  }
  ASSERT_TRUE(write_file_atomically(program, "second", 0755).has_value());
  EXPECT_EQ(*read_file(directory + "/data/bin/firesteel"), "first");
  ASSERT_TRUE(keep_binary(program, directory + "/data").has_value());
  EXPECT_EQ(*read_file(directory + "/data/bin/firesteel"), "second");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory + "/data/bin"), {}), 1);
  fs::remove_all(directory);
}

TEST(OwnBinary, ThisProgramIsTakenAsItRuns) {
  std::string pattern = "/tmp/firesteel-binary-XXXXXX";
  const std::string directory = mkdtemp(pattern.data());
  const Result<std::string> kept = keep_binary("/proc/self/exe", directory);
  ASSERT_TRUE(kept.has_value()) << kept.error().message;
  EXPECT_EQ(fs::file_size(*kept), fs::file_size("/proc/self/exe"));
  EXPECT_EQ(access(kept->c_str(), X_OK), 0);
  fs::remove_all(directory);
}

TEST(OwnBinary, MissingProgramIsSaid) {
  std::string pattern = "/tmp/firesteel-binary-XXXXXX";
  const std::string directory = mkdtemp(pattern.data());
  const Result<std::string> kept = keep_binary(directory + "/none", directory);
  ASSERT_FALSE(kept.has_value());
  EXPECT_NE(kept.error().message.find(directory + "/none"), std::string::npos);
  fs::remove_all(directory);
}

}  // namespace
}  // namespace firesteel::node
