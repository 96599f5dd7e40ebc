#include "operator/queue.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json/parse.h"

namespace firesteel::operators {
namespace {

json::Document application(std::string_view name, std::string_view status, int instances = 1,
                           std::string_view annotations = "{}") {
  const std::string text = fmt::format(
      R"({{"apiVersion":"sparkoperator.k8s.io/v1beta2","kind":"SparkApplication",
        "metadata":{{"name":"{}","namespace":"data","uid":"{}","generation":1,
          "creationTimestamp":"2026-11-22T11:00:00Z","annotations":{}}},
        "spec":{{"type":"Scala","mode":"cluster","image":"apache/spark:3.5.1",
          "sparkVersion":"3.5.1","mainClass":"Pi","mainApplicationFile":"local:///pi.jar",
          "driver":{{"cores":1,"memory":"512m"}},"executor":{{"cores":2,"instances":{}}}}},
        "status":{}}})",
      name, name, annotations, instances, status);
  return std::make_shared<const json::Value>(json::parse(text).value());
}

constexpr std::string_view kIntent =
    R"({"applicationState":{"state":"SUBMITTED"},"submissionID":"x","driverInfo":{}})";
constexpr std::string_view kRunning =
    R"({"applicationState":{"state":"RUNNING"},"driverInfo":{"podName":"d"}})";
constexpr std::string_view kFailing =
    R"({"applicationState":{"state":"FAILING"},"driverInfo":{"podName":"d"}})";

struct Line {
  explicit Line(const std::vector<std::string>& drivers,
                const std::vector<std::string>& executors = {})
      : queue(decide::parse_queue_limits(drivers, executors).value(), clock,
              [this](const std::string& key) { woken += key + " "; }) {}

  // "starts", or the message.
  std::string ask(std::string_view name, int instances = 1, std::string_view notes = "{}") {
    const decide::Place place = queue.ask(application(name, kIntent, instances, notes));
    return place.may_start ? "starts" : place.message;
  }
  std::string take_woken() { return std::exchange(woken, ""); }

  ManualClock clock{*parse_time("2026-11-22T12:00:00Z")};
  std::string woken;
  Queue queue;
};

constexpr std::string_view kWait =
    "waiting for 1 drivers of all namespaces, of which 0 of 1 are left";

TEST(QueueState, GivesAPlaceOnceAndWakesTheNextWhenItIsFree) {
  Line line({"1"});
  EXPECT_EQ(line.ask("a"), "starts");
  EXPECT_EQ(line.ask("b"), fmt::format("place 1 of 1: {}", kWait));
  EXPECT_EQ(line.ask("a"), "starts") << "asked again, because an answer got lost";
  EXPECT_EQ(line.ask("c"), fmt::format("place 2 of 2: {}", kWait));
  EXPECT_EQ(line.queue.waiting(), (std::map<std::string, std::size_t>{{"data", 2}}));
  line.queue.saw(application("a", kRunning));
  EXPECT_EQ(line.take_woken(), "");
  line.queue.saw(application("a", kFailing));
  EXPECT_EQ(line.take_woken(), "data/b ");
  EXPECT_EQ(line.ask("c"), fmt::format("place 1 of 1: {}", kWait)) << "b's turn, woken or not";
  EXPECT_EQ(line.ask("b"), "starts");
  line.queue.forget("data/b");
  EXPECT_EQ(line.take_woken(), "data/c ");
}

TEST(QueueState, AnIntentSeenLateDoesNotTakeTheTurnBack) {
  Line line({"1"});
  EXPECT_EQ(line.ask("a"), "starts");
  line.queue.saw(application("a", kIntent));
  EXPECT_EQ(line.ask("b"), fmt::format("place 1 of 1: {}", kWait));
}

TEST(QueueState, WhoIsSuspendedOrDeletedWhileItWaitsLeavesTheLine) {
  Line line({"1"});
  EXPECT_EQ(line.ask("a"), "starts");
  (void)line.ask("b");
  line.queue.saw(application("b", R"({"applicationState":{"state":"SUSPENDING"}})"));
  EXPECT_EQ(line.ask("c"), fmt::format("place 1 of 1: {}", kWait));
  line.queue.forget("data/c");
  EXPECT_TRUE(line.queue.waiting().empty());
}

TEST(QueueState, ANewProcessKnowsWhoHasStarted) {
  Line line({"2"});
  line.queue.seed({{application("a", kRunning), true},
                   {application("b", kIntent), false},
                   {application("c", kIntent), true}});
  EXPECT_NE(line.ask("b"), "starts") << "c's driver exists, although that was not recorded";
  EXPECT_EQ(line.ask("c"), "starts");
}

TEST(QueueState, WhoAQuotaRefusesLetsOthersTryAndComesBack) {
  Line line({"1"});
  EXPECT_EQ(line.ask("a"), "starts");
  (void)line.ask("b");
  line.queue.give_back("data/a");
  EXPECT_EQ(line.take_woken(), "data/b ");
  EXPECT_EQ(line.ask("b"), "starts");
  EXPECT_NE(line.ask("a"), "starts");
}

TEST(QueueState, PrioritiesAreThoseOfClassesUnlessGiven) {
  Line line({"1"});
  const auto klass = [](std::string_view text) {
    return std::make_shared<const json::Value>(json::parse(text).value());
  };
  line.queue.set_priority_class("normal", klass(R"({"value":10,"globalDefault":true})"));
  EXPECT_EQ(line.ask("a"), "starts");
  (void)line.ask("b");
  EXPECT_TRUE(line.ask("low", 1, R"({"firesteel.dev/priority":"9"})").starts_with("place 2 of 2"));
  EXPECT_TRUE(line.ask("high", 1, R"({"firesteel.dev/priority":"11"})").starts_with("place 1"));
}

TEST(QueueState, AQuotaGovernsItsNamespaceAndWakesWhenItGrows) {
  Line line({});
  EXPECT_FALSE(line.queue.governs("data"));
  const auto quota = [](std::string_view cpu) {
    return std::make_shared<const json::Value>(
        json::parse(fmt::format(R"({{"metadata":{{"namespace":"data","name":"team"}},
          "spec":{{"hard":{{"requests.cpu":"{}"}}}},"status":{{"used":{{"requests.cpu":"1"}}}}}})",
                                cpu))
            .value());
  };
  line.queue.set_quota("data/team", quota("5"));
  EXPECT_TRUE(line.queue.governs("data"));
  EXPECT_FALSE(line.queue.governs("other"));
  // One core and two executors of two cores each.
  EXPECT_EQ(line.ask("a", 2),
            "place 1 of 1: waiting for 5 requests.cpu of quota team, of which 4 of 5 are left");
  EXPECT_EQ(line.ask("b", 3),
            "it can never start: it wants 7 requests.cpu of quota team, and there are 5 in all");
  line.queue.set_quota("data/team", quota("6"));
  EXPECT_EQ(line.take_woken(), "data/a ");
  line.queue.set_quota("data/team", nullptr);
  EXPECT_FALSE(line.queue.governs("data"));
}

}  // namespace
}  // namespace firesteel::operators
