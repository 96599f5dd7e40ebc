#include "client/events.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "client/recorded_server_test.h"

namespace firesteel::client {
namespace {

constexpr std::chrono::seconds kLong{20};

json::Value application() {
  return json::parse(R"({"apiVersion":"sparkoperator.k8s.io/v1beta2","kind":"SparkApplication",)"
                     R"("metadata":{"name":"pi","namespace":"a","uid":"u1"},"spec":{}})")
      .value();
}

std::string body_of(const std::string& asked) {
  return asked.substr(asked.rfind('|') + 1);
}

TEST(EventRecorder, creates_an_event_and_counts_its_repetitions) {
  RecordedServer server;
  server.answer("POST /api/v1/namespaces/a/events", 201, "{}");
  auto api = connect(server.connection(), "t").value();
  const ManualClock clock(parse_time("2026-01-02T03:04:05Z").value());
  EventRecorder recorder(*api, "spark-operator", clock);
  recorder.record(application(), EventKind::kWarning, "Failed", "because");
  ASSERT_TRUE(recorder.flush(kLong));
  const json::Value event = json::parse(body_of(server.asked().at(0))).value();
  const std::string name(json::string_at(event, {"metadata", "name"}));
  EXPECT_TRUE(name.starts_with("pi.") && name.size() == 19) << name;
  for (const auto& [path, expected] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"involvedObject", "kind"}, "SparkApplication"},
           {{"involvedObject", "uid"}, "u1"},
           {{"source", "component"}, "spark-operator"},
           {{"metadata", "namespace"}, "a"}})
    EXPECT_EQ(json::string_at(event, {path[0], path[1]}), expected) << path[1];
  EXPECT_EQ(json::string_at(event, "type"), "Warning");
  EXPECT_EQ(json::string_at(event, "lastTimestamp"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(json::int_at(event, {"count"}), 1);

  const std::string path = "PATCH /api/v1/namespaces/a/events/" + name;
  server.answer(path, 200, "{}");
  recorder.record(application(), EventKind::kWarning, "Failed", "because");
  recorder.record(application(), EventKind::kWarning, "Failed", "because");
  recorder.record(application(), EventKind::kNormal, "Done", "at last");
  ASSERT_TRUE(recorder.flush(kLong));
  const auto asked = server.asked();
  ASSERT_EQ(asked.size(), 4U);
  EXPECT_EQ(asked[1], path + R"(|application/merge-patch+json|)"
                             R"({"count":2,"lastTimestamp":"2026-01-02T03:04:05Z"})");
  EXPECT_EQ(json::int_at(json::parse(body_of(asked[2])).value(), {"count"}), 3);
  EXPECT_TRUE(asked[3].starts_with("POST"));
}

TEST(EventRecorder, begins_anew_when_the_event_has_expired) {
  RecordedServer server;
  server.answer("POST /api/v1/namespaces/a/events", 201, "{}");
  auto api = connect(server.connection(), "t").value();
  const SystemClock clock;
  EventRecorder recorder(*api, "x", clock);
  for (int i = 0; i < 2; ++i) recorder.record(application(), EventKind::kNormal, "A", "b");
  ASSERT_TRUE(recorder.flush(kLong));
  const auto asked = server.asked();
  ASSERT_EQ(asked.size(), 3U);  // POST, PATCH (404), POST
  EXPECT_TRUE(asked[1].starts_with("PATCH"));
  EXPECT_EQ(json::int_at(json::parse(body_of(asked[2])).value(), {"count"}), 1);
}

TEST(EventRecorder, shortens_messages_and_never_blocks_on_a_server_that_is_away) {
  Connection nowhere;
  nowhere.url = "http://127.0.0.1:1";
  auto api = connect(nowhere, "t").value();
  const SystemClock clock;
  {
    EventRecorder recorder(*api, "x", clock);
    for (int i = 0; i < 2000; ++i)
      recorder.record(application(), EventKind::kNormal, "A", std::to_string(i));
  }
  RecordedServer server;
  server.answer("POST /api/v1/namespaces/a/events", 201, "{}");
  auto there = connect(server.connection(), "t").value();
  EventRecorder recorder(*there, "x", clock);
  std::string text;
  while (text.size() < 3000) text += "ä";
  recorder.record(application(), EventKind::kNormal, "A", text);
  ASSERT_TRUE(recorder.flush(kLong));
  const json::Value event = json::parse(body_of(server.asked().at(0))).value();
  const std::string_view message = json::string_at(event, "message");
  EXPECT_LE(message.size(), EventRecorder::kMaxMessage);
  EXPECT_TRUE(message.ends_with("ä..."));
}

}  // namespace
}  // namespace firesteel::client
