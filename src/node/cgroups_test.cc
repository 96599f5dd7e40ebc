#include "node/cgroups.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/fd.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kVersion1 =
    "25 20 0:22 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "26 20 0:23 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n";
constexpr std::string_view kVersion2 =
    "30 20 0:24 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr std::string_view kInContainer =
    "31 20 0:24 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw\n";

TEST(Cgroups, OwnGroupIsFoundBelowTheMount) {
  struct Case {
    std::string_view mounts;
    std::string_view own;
    std::string_view controller;
    CgroupPlace expected;
  };
  const std::vector<Case> cases = {
      {kVersion1,
       "4:memory:/jobs/7\n1:cpu,cpuacct:/\n0::/\n",
       "memory",
       {"/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/jobs/7"}},
      {kVersion1,
       "4:memory:/jobs/7\n1:cpu,cpuacct:/\n0::/\n",
       "cpu",
       {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu"}},
      {kVersion1, "0::/", "", {"", ""}},
      {kVersion2,
       "0::/user.slice/user-7.slice\n",
       "",
       {"/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/user-7.slice"}},
      {kVersion2, "0::/", "memory", {"", ""}},
      {kInContainer, "0::/docker/abc/run\n", "", {"/sys/fs/cgroup", "/sys/fs/cgroup/run"}},
      {kInContainer, "0::/docker/abc\n", "", {"/sys/fs/cgroup", "/sys/fs/cgroup"}},
      {"", "", "", {"", ""}}};
  for (const Case& one : cases)
    EXPECT_EQ(find_cgroup(one.mounts, one.own, one.controller), one.expected) << one.own;
}

TEST(Cgroups, KillsAreCountedInBothVersionsFiles) {
  EXPECT_EQ(oom_kills("low 0\nhigh 0\nmax 7\noom 2\noom_kill 3\noom_group_kill 1\n"), 3);
  EXPECT_EQ(oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"), 1);
  EXPECT_EQ(oom_kills("oom_kill_disable 1\nunder_oom 0\noom_kill 0\n"), 0);
  EXPECT_EQ(oom_kills(""), 0);
}

TEST(Cgroups, PlaceThatIsNotWritableIsSaidAndNothingIsLeftThere) {
  std::string pattern = "/tmp/firesteel-cgroup-XXXXXX";
  const std::string directory = mkdtemp(pattern.data());
  ASSERT_TRUE(write_file_atomically(directory + "/mounts",
                                    "30 20 0:24 / " + directory + "/tree rw - cgroup2 cgroup2 rw\n")
                  .has_value());
  ASSERT_TRUE(write_file_atomically(directory + "/own", "0::/\n").has_value());
  fs::create_directory(directory + "/tree");  // not a cgroup file system: no memory.max appears
  const auto opened = Cgroups::open("/data", {directory + "/mounts", directory + "/own"});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kForbidden);
  EXPECT_NE(opened.error().message.find(directory + "/tree"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(directory + "/tree"));
  fs::remove_all(directory);
}

}  // namespace
}  // namespace firesteel::node
