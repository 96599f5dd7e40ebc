// What is left after the machine loses power: only bytes that were synced before, and of the others
// any part. SQLite's own calls of fdatasync and fsync end here (a program's symbols come before
// those of libraries), so that a sync that is left out shows as a lost write.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <latch>
#include <mutex>
#include <random>
#include <thread>

#include "apiserver/store/sqlite_store.h"
#include "apiserver/store/store_contract.h"
#include "base/fd.h"

namespace firesteel::apiserver::store {
namespace {

constexpr std::size_t kSector = 512;

// The content of each file of one directory as of its last sync.
class Disk {
 public:
  void watch(const std::string& directory) {
    const std::lock_guard lock(mutex_);
    directory_ = directory;
    synced_.clear();
    syncs_ = 0;
  }
  void sync(int fd) {
    const std::lock_guard lock(mutex_);
    if (directory_.empty()) return;
    std::error_code error;
    const std::string path =
        std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", fd), error).string();
    if (!path.starts_with(directory_ + "/")) return;
    if (auto content = read_file(path)) synced_[path.substr(directory_.size() + 1)] = *content;
    ++syncs_;
  }
  [[nodiscard]] int syncs() const {
    const std::lock_guard lock(mutex_);
    return syncs_;
  }
  // Writes what a power loss now could leave to `to`: with a chance of `kept` in 100 a sector that
  // was not synced has reached the disk all the same.
  void lose_power(const std::string& to, unsigned kept, std::mt19937& random) const {
    std::unique_lock lock(mutex_);
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      const std::string name = entry.path().filename().string();
      const std::string now = *read_file(entry.path().string());
      const auto found = synced_.find(name);
      std::string left = found == synced_.end() ? std::string() : found->second;
      for (std::size_t at = 0; at < now.size(); at += kSector) {
        const std::string_view sector = std::string_view(now).substr(at, kSector);
        if (std::string_view(left).substr(std::min(at, left.size())).starts_with(sector)) continue;
        if (random() % 100 >= kept) continue;
        if (left.size() < at + sector.size()) left.resize(at + sector.size());
        left.replace(at, sector.size(), sector);
      }
      files[name] = std::move(left);
    }
    lock.unlock();  // writing syncs
    for (const auto& [name, left] : files)
      ASSERT_TRUE(write_file_atomically(to + "/" + name, left));
  }

 private:
  mutable std::mutex mutex_;
  std::string directory_;
  std::map<std::string, std::string> synced_;
  int syncs_ = 0;
};

Disk& disk() {
  static Disk only;
  return only;
}

}  // namespace
}  // namespace firesteel::apiserver::store

extern "C" int fdatasync(int fd) {
  const int result = static_cast<int>(::syscall(SYS_fdatasync, fd));
  firesteel::apiserver::store::disk().sync(fd);
  return result;
}
extern "C" int fsync(int fd) {
  const int result = static_cast<int>(::syscall(SYS_fsync, fd));
  firesteel::apiserver::store::disk().sync(fd);
  return result;
}

namespace firesteel::apiserver::store {
namespace {

class PowerLoss : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "firesteel-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directories(root_ + "/live");
    disk().watch(root_ + "/live");
  }
  void TearDown() override {
    disk().watch("");
    std::filesystem::remove_all(root_);
  }

  // The store as it is found after a power loss now.
  std::unique_ptr<SqliteStore> after_power_loss(unsigned kept, std::mt19937& random) {
    const std::string left = fmt::format("{}/left-{}", root_, ++images_);
    std::filesystem::create_directories(left);
    disk().lose_power(left, kept, random);
    auto store = SqliteStore::open(left + "/apiserver.db");
    EXPECT_TRUE(store) << store.error().message;
    return store ? *std::move(store) : nullptr;
  }

  std::string root_;
  int images_ = 0;
};

// Every acknowledged write is there; at most the one under way is there too, and whole.
void check_left(const SqliteStore& left, const std::map<std::string, std::int64_t>& acknowledged,
                Revision revision) {
  EXPECT_EQ(left.revision(), revision);
  for (const auto& [key, number] : acknowledged) {
    const auto entry = left.get(key);
    ASSERT_TRUE(entry) << key;
    EXPECT_EQ(number_in(entry->value), number) << key;
  }
  EXPECT_EQ(left.list("").entries.size(), acknowledged.size());
}

TEST_F(PowerLoss, NoAcknowledgedWriteIsLost) {
  std::mt19937 random(1);  // the same losses every time
  auto store = *SqliteStore::open(root_ + "/live/apiserver.db");
  std::map<std::string, std::int64_t> acknowledged;
  // Large enough for several checkpoints (1,000 pages), which rewrite the database itself.
  const std::string padding(40'000, 'x');
  for (int i = 0; i < 150; ++i) {
    const std::string key = fmt::format("pods/{}", i % 20);
    json::Value value = numbered(i);
    value.as_object()["padding"] = padding;
    const auto entry = store->get(key);
    const auto done = entry ? store->update(key, entry->revision, std::move(value))
                            : store->create(key, std::move(value));
    ASSERT_TRUE(done) << done.error().message;
    acknowledged[key] = i;
    if (i % 5 != 0) continue;
    for (const unsigned kept : {0U, 50U, 100U}) {
      const auto left = after_power_loss(kept, random);
      ASSERT_TRUE(left);
      check_left(*left, acknowledged, store->revision());
    }
  }
}

TEST_F(PowerLoss, RevisionsGoOnWhereTheyWere) {
  std::mt19937 random(2);
  auto store = *SqliteStore::open(root_ + "/live/apiserver.db");
  Revision newest = 0;
  for (int i = 0; i < 20; ++i)
    newest = store->create(fmt::format("a/{}", i), numbered(i))->revision;
  const auto removed = store->remove("a/19", newest, numbered(19));
  ASSERT_TRUE(removed);
  ASSERT_TRUE(store->compact(removed->revision));
  const auto left = after_power_loss(0, random);
  ASSERT_TRUE(left);
  EXPECT_EQ(left->create("a/new", numbered(0))->revision, removed->revision + 1);
}

// Writers that wait at the same time share one sync; nobody is answered before it.
TEST_F(PowerLoss, WaitingWritersShareASync) {
  auto store = *SqliteStore::open(root_ + "/live/apiserver.db");
  const int before = disk().syncs();
  constexpr int kWriters = 16;
  constexpr int kEach = 20;
  {
    std::latch all_here(kWriters);
    std::vector<std::jthread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&store, &all_here, w] {
        all_here.arrive_and_wait();
        for (int i = 0; i < kEach; ++i) {
          EXPECT_TRUE(store->create(fmt::format("a/{}/{}", w, i), numbered(i)));
        }
      });
    }
  }
  EXPECT_GT(disk().syncs() - before, kEach - 1);
  EXPECT_LT(disk().syncs() - before, kWriters * kEach);
}

}  // namespace
}  // namespace firesteel::apiserver::store
