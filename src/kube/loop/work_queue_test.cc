#include "kube/loop/work_queue.h"

#include <gtest/gtest.h>

namespace firesteel::kube::loop {
namespace {

using std::chrono::milliseconds;

const TimePoint kStart = TimePoint(std::chrono::hours(1));

TEST(WorkQueue, keys_come_once_and_in_order) {
  WorkQueue queue;
  for (const char* key : {"a", "b", "a", "c", "b"}) queue.add(key);
  EXPECT_EQ(queue.size(), 3u);
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(queue.next(kStart), key);
  EXPECT_EQ(queue.next(kStart), std::nullopt);
}

TEST(WorkQueue, a_key_in_progress_waits_until_it_is_done) {
  WorkQueue queue;
  queue.add("a");
  EXPECT_EQ(queue.next(kStart), "a");
  queue.add("a");
  queue.add("a");
  EXPECT_EQ(queue.next(kStart), std::nullopt);
  EXPECT_EQ(queue.in_progress(), 1u);
  queue.done("a");
  EXPECT_EQ(queue.next(kStart), "a");
  queue.done("a");
  EXPECT_EQ(queue.next(kStart), std::nullopt);
}

TEST(WorkQueue, delayed_keys_come_when_due_and_the_earliest_time_counts) {
  WorkQueue queue;
  queue.add_after("a", kStart + milliseconds(20));
  queue.add_after("a", kStart + milliseconds(10));
  queue.add_after("a", kStart + milliseconds(30));
  queue.add_after("b", kStart + milliseconds(5));
  EXPECT_EQ(queue.next_due(), kStart + milliseconds(5));
  EXPECT_EQ(queue.next(kStart), std::nullopt);
  EXPECT_EQ(queue.next(kStart + milliseconds(10)), "b");
  EXPECT_EQ(queue.next_due(), TimePoint{});
  EXPECT_EQ(queue.next(kStart + milliseconds(10)), "a");
  EXPECT_EQ(queue.next_due(), std::nullopt);
  EXPECT_EQ(queue.delayed(), 0u);
}

TEST(WorkQueue, backoff_doubles_up_to_its_limit_and_forgets) {
  WorkQueue queue({milliseconds(5), milliseconds(30)});
  const int waits[] = {5, 10, 20, 30, 30};
  for (const int wait : waits) {
    EXPECT_EQ(queue.backoff("a", kStart), kStart + milliseconds(wait));
    EXPECT_EQ(queue.next(kStart + milliseconds(wait)), "a");
    queue.done("a");
  }
  EXPECT_EQ(queue.retries("a"), 5);
  queue.forget("a");
  EXPECT_EQ(queue.retries("a"), 0);
  EXPECT_EQ(queue.backoff("a", kStart), kStart + milliseconds(5));
}

}  // namespace
}  // namespace firesteel::kube::loop
