#include "client/lease.h"

#include <gtest/gtest.h>

#include "base/json/print.h"

namespace firesteel::client::lease {
namespace {

using std::chrono::seconds;

const TimePoint kNow{seconds(1'800'000'000)};

LeaseOptions options(std::string identity) {
  LeaseOptions all;
  all.space = "data";
  all.name = "lock";
  all.identity = std::move(identity);
  return all;
}

// The lease as a server keeps it, with writes as steps decide them.
class TwoProcesses : public testing::Test {
 protected:
  // "created", "updated", or whom it waits for.
  std::string step_of(Memory& memory, const LeaseOptions& who, Ticks at) {
    const Step next = step(stored_, memory, who, at, kNow + seconds(at.count() / 1'000'000'000));
    if (const auto* wait = std::get_if<Wait>(&next)) return wait->holder;
    const auto* create = std::get_if<Create>(&next);
    stored_ = create != nullptr ? create->lease : std::get<Update>(next).lease;
    succeeded(stored_, memory, at);
    return create != nullptr ? "created" : "updated";
  }

  json::Value stored_ = nullptr;
  Memory one_, two_;
  const LeaseOptions first_ = options("one"), second_ = options("two");
};

TEST_F(TwoProcesses, TheFirstLeadsAndTheOtherWaits) {
  EXPECT_EQ(step_of(one_, first_, seconds(0)), "created");
  EXPECT_EQ(step_of(two_, second_, seconds(1)), "one");
  EXPECT_EQ(step_of(one_, first_, seconds(2)), "updated");
  // The lease changed at 2: it is seen to be alive, whatever its times say.
  EXPECT_EQ(step_of(two_, second_, seconds(15)), "one");
  EXPECT_EQ(step_of(two_, second_, seconds(29)), "one");
  EXPECT_EQ(json::int_at(stored_, {"spec", "leaseTransitions"}), 0);
}

TEST_F(TwoProcesses, ALeaseThatDoesNotChangeForItsDurationIsTaken) {
  step_of(one_, first_, seconds(0));
  EXPECT_EQ(step_of(two_, second_, seconds(100)), "one");
  EXPECT_EQ(step_of(two_, second_, seconds(114)), "one");
  EXPECT_EQ(step_of(two_, second_, seconds(115)), "updated");
  EXPECT_EQ(json::string_at(stored_, {"spec", "holderIdentity"}), "two");
  EXPECT_EQ(json::int_at(stored_, {"spec", "leaseTransitions"}), 1);
  EXPECT_EQ(json::string_at(stored_, {"spec", "acquireTime"}),
            json::string_at(stored_, {"spec", "renewTime"}));
  EXPECT_EQ(step_of(one_, first_, seconds(116)), "two");
}

TEST_F(TwoProcesses, AStoppedLeaderMayNotActBeforeTheOtherMay) {
  step_of(one_, first_, seconds(0));
  EXPECT_TRUE(may_act(one_, first_, seconds(9)));
  EXPECT_FALSE(may_act(one_, first_, seconds(10)));  // woken: no request is needed to know
  EXPECT_FALSE(may_act(two_, second_, seconds(10)));
  step_of(two_, second_, seconds(0));
  step_of(two_, second_, seconds(15));
  EXPECT_TRUE(may_act(two_, second_, seconds(16)));
  EXPECT_FALSE(may_act(one_, first_, seconds(16)));
}

TEST_F(TwoProcesses, AReleasedLeaseIsTakenAtOnce) {
  step_of(one_, first_, seconds(0));
  stored_ = released(stored_, kNow);
  EXPECT_EQ(step_of(two_, second_, seconds(1)), "updated");
  EXPECT_EQ(json::int_at(stored_, {"spec", "leaseDurationSeconds"}), 15);
}

TEST_F(TwoProcesses, FieldsOfOthersSurvive) {
  step_of(one_, first_, seconds(0));
  json::make_object(stored_, {"metadata"})["resourceVersion"] = "7";
  json::make_object(stored_, {"spec"})["strategy"] = "OldestEmulationVersion";
  step_of(one_, first_, seconds(2));
  EXPECT_EQ(json::string_at(stored_, {"metadata", "resourceVersion"}), "7");
  EXPECT_EQ(json::string_at(stored_, {"spec", "strategy"}), "OldestEmulationVersion");
}

}  // namespace
}  // namespace firesteel::client::lease
