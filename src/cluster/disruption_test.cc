#include "cluster/disruption.h"

#include <gtest/gtest.h>

#include "base/json/print.h"
#include "base/json/yaml.h"
#include "kube/object.h"

namespace firesteel::cluster {
namespace {

const TimePoint kNow = *parse_time("2026-11-22T18:00:00Z");

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

// "rrp": ready, ready, not ready; d = ready but being deleted.
std::vector<json::Document> pods(const std::string& states) {
  std::vector<json::Document> all;
  for (std::size_t i = 0; i < states.size(); ++i) {
    all.push_back(yaml("{metadata: {name: p" + std::to_string(i) +
                       ", labels: {app: x}, ownerReferences: [{uid: o, "
                       "controller: true}]" +
                       (states[i] == 'd' ? ", deletionTimestamp: '2026-11-22T17:59:59Z'" : "") +
                       "}, status: {phase: Running, conditions: [{type: Ready, status: '" +
                       (states[i] == 'p' ? "False" : "True") + "'}]}}"));
  }
  return all;
}

TEST(DecideDisruption, AllowsAsManyAsCanBeSpared) {
  struct Case {
    std::string spec;
    std::string states;
    std::string status;
    int allowed, healthy, desired, expected;
  };
  // The controller of the pods asks for 4.
  const Case cases[] = {
      {"minAvailable: 2", "rrr", "", 1, 3, 2, 3},
      {"minAvailable: 2", "rrp", "", 0, 2, 2, 3},
      {"minAvailable: 2", "rrrd", "", 1, 3, 2, 4},
      {"minAvailable: 50%", "rrr", "", 1, 3, 2, 4},
      {"maxUnavailable: 1", "rrrr", "", 1, 4, 3, 4},
      {"maxUnavailable: 1", "rrr", "", 0, 3, 3, 4},
      {"maxUnavailable: 50%", "rrrr", "", 2, 4, 2, 4},
      {"minAvailable: 0", "", "", 0, 0, 0, 0},
      // Two are evicted already, one of them so long ago that it was not meant.
      {"minAvailable: 1", "rrr",
       "disruptedPods: {p0: '2026-11-22T17:59:30Z', p1: '2026-11-22T17:00:00Z'}", 1, 2, 1, 3},
  };
  for (const Case& one : cases) {
    const json::Document budget = yaml(
        "{metadata: {name: b, generation: 2}, spec: {selector: "
        "{matchLabels: {app: x}}, " +
        one.spec + "}, status: {" + one.status + "}}");
    const auto decision =
        decide_disruption(*budget, pods(one.states), [](const json::Value&) { return 4; }, kNow);
    ASSERT_TRUE(decision.status.has_value());
    const auto number = [&](const char* name) {
      return json::int_at(*decision.status, {name}, -1);
    };
    EXPECT_EQ(number("disruptionsAllowed"), one.allowed) << one.spec << " " << one.states;
    EXPECT_EQ(number("currentHealthy"), one.healthy) << one.spec << " " << one.states;
    EXPECT_EQ(number("desiredHealthy"), one.desired) << one.spec << " " << one.states;
    EXPECT_EQ(number("expectedPods"), one.expected) << one.spec << " " << one.states;
    EXPECT_EQ(number("observedGeneration"), 2);
  }
}

}  // namespace
}  // namespace firesteel::cluster
