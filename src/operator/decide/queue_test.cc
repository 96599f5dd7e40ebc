#include "operator/decide/queue.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/json/parse.h"

namespace firesteel::operators::decide {
namespace {

using kube::Quantity;

const TimePoint kNow = *parse_time("2026-11-22T12:00:00Z");

// "big ns=a running 4" or "small 2 age=50 waits=20 priority=7 cpu=2 refused":
// the number is that of executors, cpu what each pod requests.
Contender contender(const std::string& line) {
  Contender one;
  one.space = "data";
  std::int64_t cpu = 1;
  std::int64_t age = 100;
  std::int64_t waits = 10;
  std::istringstream in(line);
  in >> one.key;
  for (std::string word; in >> word;) {
    const std::size_t equals = word.find('=');
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (word == "running") one.started = one.has_driver = true;
    if (word == "refused") one.refused_until = kNow + std::chrono::seconds(5);
    if (word.front() >= '0' && word.front() <= '9') one.demand.executors = std::stoll(word);
    if (word.starts_with("ns=")) one.space = value;
    if (word.starts_with("age=")) age = std::stoll(value);
    if (word.starts_with("waits=")) waits = std::stoll(value);
    if (word.starts_with("priority=")) one.priority = std::stoll(value);
    if (word.starts_with("cpu=")) cpu = std::stoll(value);
    if (word.starts_with("live=")) one.live_executors = std::stoll(value);
  }
  one.demand.driver = {{"requests.cpu", Quantity::of_units(cpu)}, {"pods", Quantity::of_units(1)}};
  one.demand.executor = one.demand.driver;
  one.since = kNow - std::chrono::seconds(age);
  one.waiting_since = kNow - std::chrono::seconds(waits);
  return one;
}

// "a starts; b waits 1/2; c never", sorted by name.
std::string outcome(const std::vector<std::string>& lines, const QueueLimits& limits,
                    const std::vector<Quota>& quotas = {}) {
  std::vector<Contender> all;
  for (const std::string& line : lines) all.push_back(contender(line));
  std::vector<const Contender*> pointers;
  for (const Contender& one : all) pointers.push_back(&one);
  std::string text;
  for (const auto& [key, place] : line_up(pointers, limits, quotas, kNow)) {
    text += text.empty() ? key : "; " + key;
    if (place.may_start) {
      text += " starts";
    } else if (place.never) {
      text += " never";
    } else if (place.number == 0) {
      text += " tries later";
    } else {
      text += fmt::format(" waits {}/{}", place.number, place.of);
    }
  }
  return text;
}

QueueLimits limits(const std::vector<std::string>& drivers,
                   const std::vector<std::string>& executors) {
  return parse_queue_limits(drivers, executors).value();
}

Quota team(std::int64_t cpu, std::int64_t used) {
  return {.space = "data",
          .name = "team",
          .hard = {{"requests.cpu", Quantity::of_units(cpu)}},
          .used = {{"requests.cpu", Quantity::of_units(used)}}};
}

TEST(Queue, LetsAsManyStartAsTheLimitsAllow) {
  // The specification's plan: 3 drivers, 9 executors.
  const QueueLimits plan = limits({"3"}, {"9"});
  EXPECT_EQ(outcome({"a 3", "b 3", "c 3"}, plan), "a starts; b starts; c starts");
  EXPECT_EQ(outcome({"a 3", "b 3", "c 3", "d 1"}, plan),
            "a starts; b starts; c starts; d waits 1/1");
  EXPECT_EQ(outcome({"a 3 running", "b 3 running", "c 3 running", "d 1", "e 1"}, plan),
            "d waits 1/2; e waits 2/2");
  EXPECT_EQ(outcome({"a 6 running", "b 4"}, plan), "b waits 1/1");
  EXPECT_EQ(outcome({"a 10"}, plan), "a never");
  EXPECT_EQ(outcome({"a 2 running live=8", "b 2"}, plan), "b waits 1/1")
      << "dynamic allocation has taken more than it began with";
  EXPECT_EQ(outcome({"a 1"}, limits({"0"}, {})), "a never");
  EXPECT_EQ(outcome({"a 100"}, {}), "a starts");
}

TEST(Queue, OfOneNamespaceOrOfAll) {
  const QueueLimits both = limits({"3", "data=1"}, {});
  EXPECT_EQ(outcome({"a running", "b", "c ns=other"}, both), "b waits 1/1; c starts");
  EXPECT_EQ(outcome({"a ns=x running", "b ns=y running", "c ns=z running", "d ns=w"}, both),
            "d waits 1/1");
}

TEST(Queue, GoesByPriorityThenAge) {
  const QueueLimits one = limits({"1"}, {});
  EXPECT_EQ(outcome({"young age=1", "old age=9", "important age=0 priority=5"}, one),
            "important starts; old waits 1/2; young waits 2/2");
  EXPECT_EQ(outcome({"b age=1", "a age=1"}, one), "a starts; b waits 1/1");
}

TEST(Queue, WhoWaitsForRoomIsNotPassedBySmallOnesButStopsNobodyForEver) {
  const QueueLimits plan = limits({"9"}, {"9"});
  EXPECT_EQ(outcome({"a 5 running", "large 6 age=50", "small 2 age=40"}, plan),
            "large waits 1/2; small waits 2/2");
  EXPECT_EQ(outcome({"endless 5 running", "large 6 age=5000 waits=601", "small 2 age=40"}, plan),
            "large waits 1/1; small starts")
      << "after the reservation";
  EXPECT_EQ(
      outcome({"a 5 running", "other 6 ns=x age=50", "small 2"}, limits({}, {"data=9", "x=6"})),
      "other starts; small starts")
      << "other pools are no concern";
}

TEST(Queue, FitsApplicationsIntoQuotas) {
  EXPECT_EQ(outcome({"a 3"}, {}, {team(4, 0)}), "a starts");
  EXPECT_EQ(outcome({"a 3"}, {}, {team(4, 1)}), "a waits 1/1");
  EXPECT_EQ(outcome({"a 4"}, {}, {team(4, 0)}), "a never");
  EXPECT_EQ(outcome({"a 3 ns=other"}, {}, {team(1, 1)}), "a starts");
  EXPECT_EQ(outcome({"a 2 running", "b 1"}, {}, {team(4, 1)}), "b waits 1/1")
      << "a's two executors are still to come";
  EXPECT_EQ(outcome({"a 2 running live=2", "b"}, {}, {team(4, 3)}), "b starts");
  EXPECT_EQ(outcome({"a running", "large 2 age=50", "small age=40"}, {}, {team(4, 3)}),
            "large waits 1/1; small starts")
      << "pods of other programs take the room that a large one waits for: it reserves nothing";
}

TEST(Queue, WhoWasRefusedTakesNothing) {
  EXPECT_EQ(outcome({"a refused age=50", "b age=40"}, limits({"1"}, {})),
            "a tries later; b starts");
}

TEST(Queue, SaysWhyInWords) {
  const Contender running = contender("a 6 running");
  const Contender waits = contender("b 4");
  const Contender never = contender("c 12");
  const auto places = line_up({&running, &waits, &never}, limits({}, {"data=9"}), {}, kNow);
  EXPECT_EQ(places.at("b").message,
            "place 1 of 1: waiting for 4 executors of namespace data, of which 3 of 9 are left");
  EXPECT_EQ(places.at("c").message,
            "it can never start: it wants 12 executors of namespace data, and there are 9 in all");
  const auto quota = line_up({&waits}, {}, {team(8, 5)}, kNow);
  EXPECT_EQ(quota.at("b").message,
            "place 1 of 1: waiting for 5 requests.cpu of quota team, of which 3 of 8 are left");
}

TEST(Queue, SaysWhichQuotaKeepsExecutorsAway) {
  const Contender running = contender("a 4 running live=2");
  EXPECT_EQ(shortage_of(running, {team(8, 8)}),
            "2 of 4 executors exist: each takes 1 requests.cpu, and quota team has 0 of 8 left");
  EXPECT_EQ(shortage_of(running, {team(8, 7)}), "");
  EXPECT_EQ(shortage_of(contender("a 4 ns=other running live=2"), {team(8, 8)}), "");
}

TEST(Queue, TakesItsLimitsFromTheCommandLine) {
  EXPECT_TRUE(limits({}, {}).empty());
  EXPECT_EQ(limits({"3", "a=1"}, {"9"}).all.executors, 9);
  EXPECT_EQ(limits({"3", "a=1"}, {"9"}).namespaces.at("a").drivers, 1);
  for (const char* wrong : {"", "x", "-1", "a=", "=3", "a=3x", "1.5"}) {
    EXPECT_FALSE(parse_queue_limits({wrong}, {}).has_value()) << wrong;
  }
}

TEST(Queue, TakesPrioritiesFromAnnotationAndClasses) {
  const auto of = [](std::string_view text) { return priority_of(json::parse(text).value()); };
  EXPECT_EQ(of(R"({"metadata":{"annotations":{"firesteel.dev/priority":"-5"}},
    "spec":{"driver":{"priorityClassName":"high"}}})")
                .value,
            -5);
  EXPECT_EQ(of(R"({"metadata":{"annotations":{"firesteel.dev/priority":"much"}},
    "spec":{"driver":{"priorityClassName":"high"}}})")
                .class_name,
            "high");
  EXPECT_EQ(of(R"({"spec":{"batchSchedulerOptions":{"priorityClassName":"batch"},
    "driver":{"priorityClassName":"high"}}})")
                .class_name,
            "batch");
  EXPECT_EQ(of("{}").class_name, "");
}

TEST(Queue, LeavesQuotasWithScopesToTheServer) {
  EXPECT_FALSE(quota_of(json::parse(R"({"spec":{"scopes":["BestEffort"]}})").value()).has_value());
  EXPECT_FALSE(quota_of(json::parse(R"({"spec":{"scopeSelector":{}}})").value()).has_value());
  const auto quota = quota_of(json::parse(R"({"metadata":{"namespace":"data","name":"team"},
        "spec":{"hard":{"requests.cpu":"4"}},"status":{"used":{"requests.cpu":"1500m"}}})")
                                  .value());
  ASSERT_TRUE(quota.has_value());
  EXPECT_EQ(quota->used.at("requests.cpu").text(), "1500m");
}

}  // namespace
}  // namespace firesteel::operators::decide
