#include "client/informer.h"

#include <gtest/gtest.h>

#include "client/recorded_server_test.h"
#include "kube/object.h"

namespace firesteel::client {
namespace {

constexpr std::chrono::seconds kLong{20};

// Changes as "key before>after" with resource versions, waited for one by one.
class Changes {
 public:
  void put(const Change& change) {
    const auto version = [](const json::Document& object) {
      return object ? std::string(kube::resource_version_of(*object)) : "-";
    };
    const std::lock_guard lock(mutex_);
    seen_.push_back(
        fmt::format("{} {}>{}", change.key, version(change.before), version(change.after)));
    changed_.notify_all();
  }
  std::vector<std::string> first(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kLong, [&] { return seen_.size() >= count; }));
    return seen_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> seen_;
};

std::string pod(const std::string& name, int version) {
  return fmt::format(
      R"({{"metadata":{{"namespace":"a","name":"{}","uid":"{}","resourceVersion":"{}",)"
      R"("labels":{{"app":"x"}}}}}})",
      name, name, version);
}

std::string event(const std::string& type, const std::string& object) {
  return fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", type, object);
}

TEST(Informer, follows_a_collection_through_list_watch_and_a_gap) {
  RecordedServer server;
  const std::string path = "/api/v1/namespaces/a/pods";
  const auto list = [&](int version, const std::string& items) {
    server.answer(
        "GET " + path, 200,
        fmt::format(R"({{"metadata":{{"resourceVersion":"{}"}},"items":[{}]}})", version, items));
  };
  list(5, pod("p1", 3) + "," + pod("p2", 4));
  list(9, pod("p2", 8));
  auto api = connect(server.connection(), "t").value();
  const SystemClock clock;
  Changes changes;
  Informer informer(*api, {kube::resources::kPods, "a", "", "", "app"}, clock);
  informer.on_change([&](const Change& change) { changes.put(change); });
  EXPECT_FALSE(informer.has_synced());
  informer.start();
  ASSERT_TRUE(informer.wait_for_sync(kLong));
  EXPECT_EQ(changes.first(2), (std::vector<std::string>{"a/p1 ->3", "a/p2 ->4"}));
  EXPECT_EQ(kube::name_of(*informer.get("a/p1")), "p1");

  server.stream(path, event("MODIFIED", pod("p1", 6)));
  server.stream(path, event("DELETED", pod("p1", 7)));
  EXPECT_EQ(changes.first(4)[2], "a/p1 3>6");
  EXPECT_EQ(changes.first(4)[3], "a/p1 6>-");
  EXPECT_EQ(informer.get("a/p1"), nullptr);
  EXPECT_EQ(informer.list().size(), 1U);
  EXPECT_EQ(informer.by_label("x").size(), 1U);
  EXPECT_TRUE(informer.list("b").empty());

  // Too old: it lists again and tells what it missed.
  server.stream(path, event("ERROR", R"({"kind":"Status","code":410,"reason":"Expired"})"));
  EXPECT_EQ(changes.first(5)[4], "a/p2 4>8");
}

TEST(Informer, says_why_it_has_not_synced_and_stops_while_it_waits) {
  RecordedServer server;
  server.answer("GET /api/v1/pods", 403,
                R"({"kind":"Status","code":403,"reason":"Forbidden","message":"not you"})");
  auto api = connect(server.connection(), "t").value();
  const SystemClock clock;
  Informer informer(*api, {kube::resources::kPods, "", "", "", ""}, clock);
  informer.start();
  server.wait_until_asked(2);  // tried again
  EXPECT_FALSE(informer.has_synced());
  EXPECT_NE(informer.last_error().find("not you"), std::string::npos) << informer.last_error();
}

}  // namespace
}  // namespace firesteel::client
