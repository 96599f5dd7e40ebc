#include "kube/loop/watch_machine.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"

namespace firesteel::kube::loop {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kStart = TimePoint(std::chrono::hours(1));

json::Document object(std::string_view name, std::string_view version) {
  return std::make_shared<const json::Value>(
      json::Object{{"metadata", json::Object{{"name", name}, {"resourceVersion", version}}}});
}

ListDone list(std::initializer_list<json::Document> items, std::string version,
              std::string token = {}) {
  return {List{items, std::move(version), std::move(token)}};
}

EventReceived event(EventType type, json::Document document) {
  return {WatchEvent{type, std::move(document)}};
}

Error error(ErrorCode code) {
  return {code, "why", {}};
}

// What comes next, in words.
std::string words(const WatchNext& next) {
  if (const auto* each = std::get_if<DoList>(&next)) return "list " + each->continue_token;
  if (const auto* each = std::get_if<DoWatch>(&next)) return "watch " + each->resource_version;
  if (const auto* each = std::get_if<WaitUntil>(&next)) {
    const auto wait = std::chrono::duration_cast<milliseconds>(each->time - kStart);
    return "wait " + std::to_string(wait.count());
  }
  return "read";
}

TEST(WatchMachine, lists_then_watches_from_the_last_version_seen) {
  WatchMachine machine;
  EXPECT_EQ(words(machine.start()), "list ");
  WatchStep step = machine.step(list({object("a", "1"), object("b", "2")}, "5"), kStart);
  ASSERT_EQ(step.outputs.size(), 1u);
  EXPECT_EQ(std::get<Replace>(step.outputs[0]).items.size(), 2u);
  EXPECT_EQ(words(step.next), "watch 5");
  EXPECT_TRUE(machine.synced());
  step = machine.step(event(EventType::kModified, object("a", "7")), kStart);
  EXPECT_EQ(std::get<Apply>(step.outputs.at(0)).event.type, EventType::kModified);
  EXPECT_EQ(words(step.next), "read");
  step = machine.step(event(EventType::kBookmark, object("", "9")), kStart);
  EXPECT_TRUE(step.outputs.empty());
  step = machine.step(StreamEnded{}, kStart + seconds(2));
  EXPECT_EQ(words(step.next), "watch 9");
}

TEST(WatchMachine, pages_are_collected) {
  WatchMachine machine;
  WatchStep step = machine.step(list({object("a", "1")}, "5", "more"), kStart);
  EXPECT_TRUE(step.outputs.empty());
  EXPECT_EQ(words(step.next), "list more");
  step = machine.step(list({object("b", "2")}, "5"), kStart);
  EXPECT_EQ(std::get<Replace>(step.outputs.at(0)).items.size(), 2u);
  WatchMachine expired;
  (void)expired.step(list({object("a", "1")}, "5", "more"), kStart);
  EXPECT_EQ(words(expired.step(ListFailed{error(ErrorCode::kGone)}, kStart).next), "list ");
  step = expired.step(list({object("b", "2")}, "6"), kStart);
  EXPECT_EQ(std::get<Replace>(step.outputs.at(0)).items.size(), 1u);
}

TEST(WatchMachine, gone_means_list_again) {
  WatchMachine machine;
  (void)machine.step(list({}, "5"), kStart);
  EXPECT_EQ(words(machine.step(StreamFailed{error(ErrorCode::kGone)}, kStart).next), "list ");
  (void)machine.step(list({}, "6"), kStart);
  const auto gone = std::make_shared<const json::Value>(
      *json::parse(R"({"kind":"Status","code":410,"reason":"Expired","message":"too old"})"));
  EXPECT_EQ(words(machine.step(event(EventType::kError, gone), kStart).next), "list ");
  EXPECT_EQ(machine.last_error(), "too old");
}

TEST(WatchMachine, failures_wait_longer_each_time) {
  WatchMachine machine;
  TimePoint now = kStart;
  for (const char* expected : {"wait 200", "wait 600", "wait 1400"}) {
    const WatchStep step = machine.step(ListFailed{error(ErrorCode::kUnavailable)}, now);
    EXPECT_EQ(words(step.next), expected);
    const TimePoint until = std::get<WaitUntil>(step.next).time;
    EXPECT_EQ(words(machine.step(Tick{}, until - milliseconds(1)).next), expected);
    EXPECT_EQ(words(machine.step(Tick{}, until).next), "list ");
    now = until;
  }
  EXPECT_EQ(machine.last_error(), "why");
}

TEST(WatchMachine, a_broken_watch_continues_without_a_list) {
  WatchMachine machine;
  (void)machine.step(list({}, "5"), kStart);
  (void)machine.step(event(EventType::kAdded, object("a", "6")), kStart);
  EXPECT_EQ(words(machine.step(StreamFailed{error(ErrorCode::kUnavailable)}, kStart).next),
            "wait 200");
  EXPECT_EQ(words(machine.step(Tick{}, kStart + milliseconds(200)).next), "watch 6");
}

TEST(WatchMachine, a_watch_that_closes_at_once_is_not_asked_in_a_tight_loop) {
  WatchMachine machine;
  (void)machine.step(list({}, "5"), kStart);
  EXPECT_EQ(words(machine.step(StreamEnded{}, kStart).next), "wait 200");
}

TEST(WatchMachine, an_input_out_of_place_repeats_the_pending_action) {
  WatchMachine machine;
  EXPECT_EQ(words(machine.step(StreamEnded{}, kStart).next), "list ");
  EXPECT_EQ(words(machine.step(Tick{}, kStart).next), "list ");
  (void)machine.step(list({}, "5"), kStart);
  EXPECT_TRUE(machine.step(list({object("a", "1")}, "9"), kStart).outputs.empty());
}

}  // namespace
}  // namespace firesteel::kube::loop
