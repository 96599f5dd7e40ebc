#include "client/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <mutex>

namespace firesteel::client {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Again = Result<std::optional<nanoseconds>>;

TEST(Workers, work_every_key_and_never_one_key_twice_at_once) {
  constexpr int kKeys = 50;
  constexpr int kRounds = 20;
  std::atomic<int> in_progress[kKeys] = {};
  std::atomic<int> worked[kKeys] = {};
  std::atomic<bool> overlapped = false;
  const SystemClock clock;
  Workers workers({"test", 4, {}, {}}, clock, [&](const std::string& key) -> Again {
    const int i = std::stoi(key);
    if (++in_progress[i] > 1) overlapped = true;
    --in_progress[i];
    ++worked[i];
    worked[i].notify_all();
    return std::nullopt;
  });
  workers.start();
  for (int round = 0; round < kRounds; ++round)
    for (int i = 0; i < kKeys; ++i) workers.add(std::to_string(i));
  for (auto& count : worked) count.wait(0);
  workers.stop();
  EXPECT_FALSE(overlapped);
  for (const auto& count : worked) EXPECT_LE(count, kRounds);
}

TEST(Workers, an_error_is_tried_again_and_a_value_comes_back_after_its_time) {
  std::atomic<int> calls = 0;
  const SystemClock clock;
  Workers workers({"test", 1, milliseconds(1), milliseconds(10)}, clock,
                  [&](const std::string&) -> Again {
                    const int call = ++calls;
                    calls.notify_all();
                    if (call <= 3) return fail(ErrorCode::kUnavailable, "not yet");
                    if (call == 4) return milliseconds(1);
                    return std::nullopt;
                  });
  workers.start();
  workers.add("k");
  for (int seen = 0; seen < 5; seen = calls) calls.wait(seen);
  workers.stop();
  EXPECT_EQ(calls, 5);
}

TEST(Workers, a_key_added_while_it_is_worked_is_worked_again) {
  std::latch begun(1);
  std::latch added(1);
  std::atomic<int> calls = 0;
  const SystemClock clock;
  Workers workers({"test", 2, {}, {}}, clock, [&](const std::string&) -> Again {
    if (++calls == 1) {
      begun.count_down();
      added.wait();
    }
    calls.notify_all();
    return std::nullopt;
  });
  workers.start();
  workers.add("k");
  begun.wait();
  workers.add("k");
  workers.add("k");
  added.count_down();
  for (int seen = calls; seen < 2; seen = calls) calls.wait(seen);
  workers.stop();
  EXPECT_EQ(calls, 2);
}

TEST(Workers, stop_at_once_with_delayed_keys_waiting) {
  const SystemClock clock;
  std::atomic<int> calls = 0;
  Workers workers({"test", 2, {}, {}}, clock, [&](const std::string&) -> Again {
    ++calls;
    return std::nullopt;
  });
  workers.start();
  workers.add_after("k", hours(5));
  EXPECT_EQ(workers.depth(), 0U);
  workers.stop();
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace firesteel::client
