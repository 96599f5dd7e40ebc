#include "node/payload.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/fd.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

class PayloadTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/firesteel-payload-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(directory_); }
  void write(const std::vector<plan::File>& files) {
    const Result<void> written = write_payload(directory_, files, {185, 185});
    ASSERT_TRUE(written.has_value()) << written.error().message;
  }
  std::string read(const std::string& name) {
    const Result<std::string> text = read_file(directory_ + "/" + name);
    return text ? *text : "<none>";
  }
  std::string target() { return fs::read_symlink(directory_ + "/..data").string(); }
  std::size_t entries() {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_), {}));
  }
  std::string directory_;
};

TEST_F(PayloadTest, ContentChangesBehindOneLink) {
  write({{"a", "1", 0644}, {"deep/b", "2", 0600}});
  EXPECT_EQ(read("a"), "1");
  EXPECT_EQ(read("deep/b"), "2");
  EXPECT_EQ(fs::read_symlink(directory_ + "/a"), "..data/a");
  struct stat info{};
  stat((directory_ + "/deep/b").c_str(), &info);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
  const std::string first = target();
  write({{"a", "1", 0644}, {"deep/b", "2", 0600}});
  EXPECT_EQ(target(), first);  // the same: nothing is touched
  write({{"a", "new", 0644}, {"c", "3", 0644}});
  EXPECT_NE(target(), first);
  EXPECT_EQ(read("a"), "new");
  EXPECT_EQ(read("c"), "3");
  EXPECT_EQ(read("deep/b"), "<none>");
  EXPECT_EQ(entries(), 4U);  // a, c, ..data and what it points to
}

TEST_F(PayloadTest, FilesOfAnEarlierReleaseBecomeLinks) {
  ASSERT_TRUE(write_file_atomically(directory_ + "/a", "old", 0644).has_value());
  fs::create_directory(directory_ + "/deep");
  write({{"a", "1", 0644}, {"deep/b", "2", 0644}});
  EXPECT_EQ(read("a"), "1");
  EXPECT_EQ(read("deep/b"), "2");
}

TEST_F(PayloadTest, EmptyObjectIsAnEmptyVolume) {
  write({});
  EXPECT_EQ(entries(), 2U);
  write({{"a", "1", 0644}});
  write({});
  EXPECT_EQ(entries(), 2U);
}

}  // namespace
}  // namespace firesteel::node
