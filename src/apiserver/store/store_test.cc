#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "apiserver/store/memory_store.h"
#include "apiserver/store/sqlite_store.h"
#include "apiserver/store/store_contract.h"
#include "base/fd.h"

namespace firesteel::apiserver::store {
namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "firesteel-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct MemoryFactory {
  std::unique_ptr<Store> make() { return std::make_unique<MemoryStore>(); }
};

struct SqliteFactory {
  TemporaryDirectory directory;
  std::unique_ptr<Store> make() { return *SqliteStore::open(directory.file("store.db")); }
};

using Factories = testing::Types<MemoryFactory, SqliteFactory>;
INSTANTIATE_TYPED_TEST_SUITE_P(All, StoreContract, Factories);

TEST(SqliteStore, EverythingIsThereAfterReopening) {
  const TemporaryDirectory directory;
  Revision last = 0;
  Revision start = 0;
  {
    auto store = SqliteStore::open(directory.file("a.db"));
    ASSERT_TRUE(store) << store.error().message;
    const auto x = (*store)->create("pods/a/x", numbered(1));
    start = x->revision;
    const auto changed = (*store)->update("pods/a/x", x->revision, numbered(2));
    const auto y = (*store)->create("pods/a/y", numbered(3));
    (void)(*store)->remove("pods/a/y", y->revision, numbered(3));
    ASSERT_TRUE(changed);
    last = (*store)->revision();
  }
  auto store = SqliteStore::open(directory.file("a.db"));
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->revision(), last);
  EXPECT_EQ(number_in((*store)->get("pods/a/x")->value), 2);
  EXPECT_FALSE((*store)->get("pods/a/y"));
  Revision position = 0;
  const auto events = (*store)->events_after("pods/", start, 10, position);
  ASSERT_TRUE(events) << "a watch goes on over a restart";
  EXPECT_EQ(events->size(), 3u);
}

TEST(SqliteStore, CompactionSurvivesReopeningAndKeepsTheCounter) {
  const TemporaryDirectory directory;
  Revision last = 0;
  {
    auto store = *SqliteStore::open(directory.file("a.db"));
    const auto x = store->create("pods/a/x", numbered(1));
    const auto y = store->create("pods/a/y", numbered(2));
    (void)store->update("pods/a/x", x->revision, numbered(3));
    (void)store->remove("pods/a/y", y->revision, numbered(2));
    last = store->revision();
    ASSERT_TRUE(store->compact(last));
  }
  auto store = *SqliteStore::open(directory.file("a.db"));
  EXPECT_EQ(store->revision(), last);
  EXPECT_EQ(number_in(store->get("pods/a/x")->value), 3);
  EXPECT_FALSE(store->get("pods/a/y"));
  Revision position = 0;
  EXPECT_EQ(store->events_after("", 1, 10, position).error().code, ErrorCode::kGone);
}

TEST(SqliteStore, AcknowledgedWritesOutliveKill) {
  const TemporaryDirectory directory;
  int acknowledged[2];
  ASSERT_EQ(::pipe(acknowledged), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = SqliteStore::open(directory.file("a.db"));
    if (!store) ::_exit(1);
    for (int i = 0;; ++i) {
      if (!(*store)->create(fmt::format("pods/a/{}", i), numbered(i))) ::_exit(2);
      if (::write(acknowledged[1], &i, sizeof i) != sizeof i) ::_exit(3);
    }
  }
  ::close(acknowledged[1]);
  int last = -1;
  for (int i = 0; i < 50; ++i) ASSERT_EQ(::read(acknowledged[0], &last, sizeof last), 4);
  ::kill(child, SIGKILL);
  while (::read(acknowledged[0], &last, sizeof last) == sizeof last) {
  }
  ::close(acknowledged[0]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  auto store = SqliteStore::open(directory.file("a.db"));
  ASSERT_TRUE(store) << store.error().message;
  for (int i = 0; i <= last; ++i) {
    ASSERT_TRUE((*store)->get(fmt::format("pods/a/{}", i))) << i << " of " << last;
  }
}

TEST(SqliteStore, ADamagedFileIsNamedAndKept) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("a.db");
  ASSERT_TRUE(write_file_atomically(path, std::string(8192, 'x')));
  const auto store = SqliteStore::open(path);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kIo);
  EXPECT_NE(store.error().message.find(path + " is damaged"), std::string::npos)
      << store.error().message;
  EXPECT_EQ(read_file(path)->size(), 8192u);
}

TEST(SqliteStore, ASecondProcessIsRefused) {
  const TemporaryDirectory directory;
  const auto first = SqliteStore::open(directory.file("a.db"));
  ASSERT_TRUE(first);
  const auto second = SqliteStore::open(directory.file("a.db"));
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("in use by another process"), std::string::npos)
      << second.error().message;
}

// The file size limit stands in for a full disk: the operating system refuses to let the file grow.
TEST(SqliteStore, AFullDiskRefusesTheWriteAndLosesNothing) {
  const TemporaryDirectory directory;
  auto store = *SqliteStore::open(directory.file("a.db"));
  const auto kept = store->create("pods/a/kept", numbered(1));
  ASSERT_TRUE(kept);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{64 * 1024, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  json::Value large = numbered(2);
  large.as_object()["filler"] = std::string(1024 * 1024, 'x');
  const auto refused = store->create("pods/a/large", large);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  EXPECT_FALSE(store->get("pods/a/large"));
  EXPECT_EQ(store->revision(), kept->revision);
  EXPECT_TRUE(store->create("pods/a/large", large)) << "goes on once there is space";
}

}  // namespace
}  // namespace firesteel::apiserver::store
