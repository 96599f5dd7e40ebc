#include "node/plan/probe.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"

namespace firesteel::node::plan {
namespace {

json::Value container(std::string_view fields) {
  Result<json::Value> value = json::parse(
      fmt::format(R"({{"name":"c","ports":[{{"name":"web","containerPort":8080}}],{}}})", fields));
  EXPECT_TRUE(value.has_value()) << fields;
  return value ? std::move(*value) : json::Value();
}

TEST(Action, IsWhatTheSpecificationSays) {
  struct Case {
    std::string_view fields;
    ActionKind kind;
    Action expected;
  };
  const std::vector<Case> cases = {
      {R"("readinessProbe":{"httpGet":{"port":"web","path":"/ok"}})", ActionKind::kReadiness,
       HttpAction{"http://127.9.0.2:8080/ok", {}}},
      {R"("livenessProbe":{"httpGet":{"port":81,"host":"h","scheme":"HTTPS",
           "httpHeaders":[{"name":"A","value":"b"}]}})",
       ActionKind::kLiveness, HttpAction{"https://h:81/", {{"A", "b"}}}},
      {R"("startupProbe":{"tcpSocket":{"port":"82"}})", ActionKind::kStartup,
       TcpAction{"127.9.0.2", 82}},
      {R"("lifecycle":{"preStop":{"exec":{"command":["a","b"]}}})", ActionKind::kPreStop,
       ExecAction{{"a", "b"}}},
      {R"("lifecycle":{"postStart":{"sleep":{"seconds":3}}})", ActionKind::kPostStart,
       SleepAction{std::chrono::seconds(3)}}};
  for (const Case& one : cases) {
    const Result<Action> action = action_of(container(one.fields), one.kind, "127.9.0.2");
    ASSERT_TRUE(action.has_value()) << action.error().message;
    EXPECT_EQ(*action, one.expected) << one.fields;
  }
}

TEST(Action, WhatCannotBeDoneIsSaid) {
  const auto unnamed = action_of(container(R"("readinessProbe":{"httpGet":{"port":"none"}})"),
                                 ActionKind::kReadiness, "127.9.0.2");
  ASSERT_FALSE(unnamed.has_value());
  EXPECT_EQ(unnamed.error().message, "couldn't find port \"none\" of container c");
  const auto grpc = action_of(container(R"("readinessProbe":{"grpc":{"port":1}})"),
                              ActionKind::kReadiness, "127.9.0.2");
  ASSERT_FALSE(grpc.has_value());
  EXPECT_NE(grpc.error().message.find("exec, httpGet and tcpSocket"), std::string::npos);
}

TEST(Probe, ThresholdsCountResultsInARow) {
  const TimePoint now{};
  std::vector<Probe> probes = probes_of(container(
      R"("readinessProbe":{"successThreshold":2,"failureThreshold":3,"tcpSocket":{"port":1}})"));
  ASSERT_EQ(probes.size(), 1U);
  begin(probes, now);
  Probe& probe = probes[0];
  using enum Verdict;
  struct Step {
    bool success;
    Verdict expected;
    bool ready;
  };
  const std::vector<Step> steps = {{true, kUnchanged, false},  {false, kUnchanged, false},
                                   {true, kUnchanged, false},  {true, kPassed, true},
                                   {true, kUnchanged, true},   {false, kUnchanged, true},
                                   {false, kUnchanged, true},  {false, kFailed, false},
                                   {false, kUnchanged, false}, {true, kUnchanged, false}};
  for (const Step& step : steps) {
    EXPECT_EQ(note_result(probe, step.success, now), step.expected);
    EXPECT_EQ(is_ready(probes), step.ready);
  }
}

}  // namespace
}  // namespace firesteel::node::plan
