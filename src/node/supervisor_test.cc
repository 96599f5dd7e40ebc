#include "node/supervisor.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "base/fd.h"
#include "node/addresses.h"
#include "node/logs.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

class SupervisorTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const Result<void> support = check_sandbox_support(); !support)
      GTEST_SKIP() << support.error().message;
    std::string pattern = "/tmp/firesteel-supervisor-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    start({});
  }
  void start(std::unique_ptr<Cgroups> cgroups) {
    supervisor_.reset();
    const auto take = [this](const ProcessEvent& event) {
      const std::lock_guard lock(mutex_);
      if (std::holds_alternative<ProcessStarted>(event.what)) return;
      if (const auto* ended = std::get_if<ProcessEnded>(&event.what)) ended_[event.id] = *ended;
      if (const auto* failed = std::get_if<ProcessNotStarted>(&event.what))
        failed_[event.id] = failed->message;
      changed_.notify_all();
    };
    auto started = Supervisor::start("/proc/self/exe", clock_, take, std::move(cgroups));
    ASSERT_TRUE(started.has_value());
    supervisor_ = std::move(*started);
  }
  void TearDown() override {
    supervisor_.reset();
    if (directory_.empty()) return;
    EXPECT_TRUE(remove_scratch(directory_).has_value());
  }
  void launch(const std::string& id, std::vector<std::string> argv, std::int64_t limit = 0) {
    ProcessRequest request;
    request.id = id;
    request.sandbox.scratch_directory = directory_ + "/" + id;
    fs::create_directory(request.sandbox.scratch_directory);
    request.sandbox.argv = std::move(argv);
    request.sandbox.env = {"PATH=/usr/bin:/bin"};
    request.sandbox.user = request.sandbox.group = 185;
    request.log_path = log(id);
    request.memory_limit = limit;
    supervisor_->launch(std::move(request));
  }
  std::string log(const std::string& id) { return directory_ + "/" + id + ".log"; }
  ProcessEnded wait_for(const std::string& id) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30),
                                  [&] { return ended_.contains(id) || failed_.contains(id); }));
    return ended_[id];
  }
  std::string text(const std::string& id, const LogQuery& query = {}) {
    std::string result;
    const LogSink sink = [&result](std::string_view piece) {
      result += piece;
      return true;
    };
    EXPECT_TRUE(read_log(log(id), query, sink, [] { return true; }, {}).has_value());
    return result;
  }

  SystemClock clock_;
  std::string directory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, ProcessEnded> ended_;
  std::map<std::string, std::string> failed_;
  std::unique_ptr<Supervisor> supervisor_;
};

TEST_F(SupervisorTest, OutputIsLoggedAndExitCodesAreKept) {
  launch("a", {"sh", "-c", "echo one; echo two >&2; printf end; exit 3"});
  launch("b", {"true"});
  launch("c", {"no-such-program"});
  EXPECT_EQ(wait_for("a").exit_code, 3);
  EXPECT_EQ(wait_for("b").exit_code, 0);
  wait_for("c");
  const std::string lines = text("a");
  EXPECT_NE(lines.find("one\n"), std::string::npos);
  EXPECT_NE(lines.find("two\n"), std::string::npos);
  EXPECT_NE(lines.find("end\n"), std::string::npos);
  EXPECT_EQ(failed_["c"], "exec: \"no-such-program\": executable file not found in $PATH");
}

TEST_F(SupervisorTest, ContainerOverItsMemoryLimitIsKilledAndSaidToBe) {
  launch("hog", {"python3", "-c", "x = bytearray(300 << 20)\nwhile True: pass"}, 100 << 20);
  const ProcessEnded ended = wait_for("hog");
  EXPECT_EQ(ended.exit_code, 137);
  EXPECT_TRUE(ended.out_of_memory);
}

TEST_F(SupervisorTest, KernelKillsAContainerOverItsMemoryLimitAndItsGroupIsRemoved) {
  Result<std::unique_ptr<Cgroups>> cgroups = Cgroups::open(directory_, {});
  if (!cgroups) GTEST_SKIP() << cgroups.error().message;
  const std::string description = (*cgroups)->description();
  const std::string parent = description.substr(description.find('/'));
  start(std::move(*cgroups));
  launch("hog", {"python3", "-c", "x = bytearray(300 << 20)\nwhile True: pass"}, 100 << 20);
  launch("fits", {"python3", "-c", "x = bytearray(20 << 20)"}, 100 << 20);
  launch("fails", {"sh", "-c", "exit 137"}, 100 << 20);
  EXPECT_EQ(wait_for("hog").exit_code, 137);
  EXPECT_TRUE(ended_["hog"].out_of_memory);
  EXPECT_EQ(wait_for("fits").exit_code, 0);
  EXPECT_EQ(wait_for("fails").exit_code, 137);
  EXPECT_FALSE(ended_["fails"].out_of_memory);
  EXPECT_TRUE(fs::exists(parent));
  supervisor_.reset();
  EXPECT_FALSE(fs::exists(parent));
}

TEST_F(SupervisorTest, TerminateAndKill) {
  launch("polite",
         {"sh", "-c", "trap 'echo bye; exit 4' TERM; echo up; while :; do sleep 0.02; done"});
  launch("deaf", {"sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.02; done"});
  for (const char* id : {"polite", "deaf"}) {
    // Followed until it has set its trap.
    std::string seen;
    const LogSink sink = [&seen](std::string_view piece) {
      seen += piece;
      return seen.find("up\n") == std::string::npos;
    };
    LogQuery follow;
    follow.follow = true;
    Result<void> read = fail(ErrorCode::kNotFound, "");
    while (!read) read = read_log(log(id), follow, sink, [] { return false; }, {});
    supervisor_->terminate(id);
  }
  EXPECT_EQ(wait_for("polite").exit_code, 4);
  EXPECT_EQ(text("polite"), "up\nbye\n");
  supervisor_->kill("deaf");
  EXPECT_EQ(wait_for("deaf").exit_code, 137);
  EXPECT_FALSE(ended_["deaf"].out_of_memory);
}

class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/firesteel-log-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ + "/0.log";
  }
  void TearDown() override { fs::remove_all(directory_); }
  std::string read(const LogQuery& query) {
    std::string result;
    const LogSink sink = [&result](std::string_view piece) {
      result += piece;
      return true;
    };
    EXPECT_TRUE(read_log(path_, query, sink, [] { return true; }, {}).has_value());
    return result;
  }
  std::string directory_;
  std::string path_;
  TimePoint now_ = *parse_time("2026-11-22T12:00:00Z");
};

TEST_F(LogTest, LinesAreCriAndQueriesSelect) {
  Result<LogWriter> writer = LogWriter::open(path_);
  ASSERT_TRUE(writer.has_value());
  writer->append("stdout", "first\nsec", now_);
  writer->append("stdout", "ond\n\n", now_ + std::chrono::seconds(10));
  writer->append("stderr", "last", now_ + std::chrono::seconds(20));
  writer->finish(now_ + std::chrono::seconds(20));
  EXPECT_EQ(*read_file(path_),
            "2026-11-22T12:00:00.000000000Z stdout F first\n"
            "2026-11-22T12:00:10.000000000Z stdout F second\n"
            "2026-11-22T12:00:10.000000000Z stdout F \n"
            "2026-11-22T12:00:20.000000000Z stderr F last\n");
  LogQuery tail;
  tail.tail_lines = 2;
  LogQuery none;
  none.tail_lines = 0;
  LogQuery since;
  since.since = now_ + std::chrono::seconds(15);
  since.timestamps = true;
  LogQuery limit;
  limit.limit_bytes = 8;
  EXPECT_EQ(read({}), "first\nsecond\n\nlast\n");
  EXPECT_EQ(read(tail), "\nlast\n");
  EXPECT_EQ(read(none), "");
  EXPECT_EQ(read(since), "2026-11-22T12:00:20.000000000Z last\n");
  EXPECT_EQ(read(limit), "first\nse");
}

TEST_F(LogTest, LongLinesComeBackWhole) {
  Result<LogWriter> writer = LogWriter::open(path_);
  const std::string line(3 * kMaxLogLine + 5, 'x');
  writer->append("stdout", line + "\n", now_);
  EXPECT_EQ(read({}), line + "\n");
}

TEST_F(LogTest, RotationKeepsTheNewestFiles) {
  Result<LogWriter> writer = LogWriter::open(path_, 200, 3);
  for (int i = 0; i < 100; ++i) writer->append("stdout", fmt::format("line {}\n", i), now_);
  int files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(directory_)) ++files;
  EXPECT_EQ(files, 3);
  EXPECT_TRUE(read({}).ends_with("line 97\nline 98\nline 99\n"));
}

TEST(AddressPool, GoesRoundAndKeepsWhatIsTaken) {
  AddressPool pool(9);
  EXPECT_TRUE(pool.reserve("127.9.0.3"));
  EXPECT_FALSE(pool.reserve("127.9.0.3"));
  EXPECT_FALSE(pool.reserve("127.8.0.3"));
  EXPECT_EQ(*pool.allocate(), "127.9.0.2");
  pool.release("127.9.0.2");
  EXPECT_EQ(*pool.allocate(), "127.9.0.4");
}

}  // namespace
}  // namespace firesteel::node
