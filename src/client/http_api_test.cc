#include "client/http_api.h"

#include <gtest/gtest.h>

#include "base/fd.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "client/recorded_server_test.h"
#include "kube/object.h"

namespace firesteel::client {
namespace {

namespace resources = kube::resources;

std::unique_ptr<HttpApi> api_to(const RecordedServer& server, StopToken stop = {}) {
  return connect(server.connection(), "firesteel-test/1", std::move(stop)).value();
}

TEST(Paths, follow_group_scope_and_subresource) {
  EXPECT_EQ(path_of(resources::kPods, "a", "b", "log"), "/api/v1/namespaces/a/pods/b/log");
  EXPECT_EQ(path_of(resources::kPods, ""), "/api/v1/pods");
  EXPECT_EQ(path_of(resources::kDeployments, "a", "b"), "/apis/apps/v1/namespaces/a/deployments/b");
  EXPECT_EQ(path_of(resources::kNodes, "ignored", "n"), "/api/v1/nodes/n");
  EXPECT_EQ(path_of(resources::kPods, "a", "x/../y"), "/api/v1/namespaces/a/pods/x%2F..%2Fy");
}

TEST(HttpApi, each_call_is_the_request_that_kubernetes_knows) {
  RecordedServer server;
  const std::string pods = "/api/v1/namespaces/a/pods";
  const std::string pod = R"({"kind":"Pod","metadata":{"name":"p"}})";
  for (const std::string& what :
       std::vector<std::string>{"GET " + pods + "/p", "POST " + pods, "PUT " + pods + "/p/status",
                                "PATCH " + pods + "/p", "DELETE " + pods + "/p", "DELETE " + pods,
                                "POST " + pods + "/p/binding"})
    server.answer(what, 200, pod);
  auto api = api_to(server);
  const json::Value object = json::parse(pod).value();
  EXPECT_EQ(kube::name_of(*api->get(resources::kPods, "a", "p").value()), "p");
  EXPECT_TRUE(api->create(resources::kPods, "a", object, {}));
  EXPECT_TRUE(api->create(resources::kPods, "a", object, {"binding", "", false, false}));
  EXPECT_TRUE(api->replace(resources::kPods, "a", "p", object, {"status", "fs", false, true}));
  for (const auto type : {kube::PatchType::kJson, kube::PatchType::kMerge,
                          kube::PatchType::kStrategicMerge, kube::PatchType::kApply})
    EXPECT_TRUE(api->patch(resources::kPods, "a", "p", type, object, {"", "fs", true, false}));
  EXPECT_TRUE(
      api->remove(resources::kPods, "a", "p", {kube::Propagation::kForeground, 0, "u1", "7"}));
  EXPECT_TRUE(api->remove_collection(resources::kPods, "a", {"x=y", "", "", 0, ""}, {}));
  const std::vector<std::string> expected{
      "GET " + pods + "/p||",
      "POST " + pods + "|application/json|" + pod,
      "POST " + pods + "/p/binding|application/json|" + pod,
      "PUT " + pods + "/p/status?fieldManager=fs&dryRun=All|application/json|" + pod,
      "PATCH " + pods + "/p?fieldManager=fs|application/json-patch+json|" + pod,
      "PATCH " + pods + "/p?fieldManager=fs|application/merge-patch+json|" + pod,
      "PATCH " + pods + "/p?fieldManager=fs|application/strategic-merge-patch+json|" + pod,
      "PATCH " + pods + "/p?fieldManager=fs&force=true|application/apply-patch+yaml|" + pod,
      "DELETE " + pods +
          R"(/p|application/json|{"kind":"DeleteOptions","apiVersion":"v1",)"
          R"("propagationPolicy":"Foreground","gracePeriodSeconds":0,)"
          R"("preconditions":{"uid":"u1","resourceVersion":"7"}})",
      "DELETE " + pods +
          R"(?labelSelector=x%3Dy|application/json|{"kind":"DeleteOptions","apiVersion":"v1"})",
  };
  EXPECT_EQ(server.asked(), expected);
  EXPECT_EQ(server.last().headers.get("User-Agent"), "firesteel-test/1");
}

TEST(HttpApi, list_items_learn_their_kind) {
  RecordedServer server;
  server.answer("GET /api/v1/pods", 200,
                R"({"kind":"PodList","metadata":{"resourceVersion":"9","continue":"c"},)"
                R"("items":[{"metadata":{"name":"p"}}]})");
  const auto list = api_to(server)->list(resources::kPods, "", {"a=b", "c=d", "0", 5, "t"}).value();
  EXPECT_EQ(list.resource_version, "9");
  EXPECT_EQ(list.continue_token, "c");
  ASSERT_EQ(list.items.size(), 1U);
  EXPECT_EQ(json::string_at(*list.items[0], "kind"), "Pod");
  EXPECT_EQ(json::string_at(*list.items[0], "apiVersion"), "v1");
  EXPECT_EQ(server.asked()[0],
            "GET /api/v1/pods?labelSelector=a%3Db&fieldSelector=c%3Dd&resourceVersion=0&limit=5&"
            "continue=t||");
}

TEST(HttpApi, the_servers_status_becomes_the_error) {
  RecordedServer server;
  server.answer("POST /api/v1/namespaces/a/pods", 409,
                R"({"kind":"Status","reason":"AlreadyExists","code":409,)"
                R"("message":"pods \"p\" already exists"})");
  server.answer("GET /plain", 502, "upstream is down\n");
  server.answer("GET /healthz", 200, "ok");
  auto api = api_to(server);
  const auto created = api->create(resources::kPods, "a", json::Object(), {});
  EXPECT_EQ(created.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(created.error().message, "pods \"p\" already exists");
  EXPECT_EQ(api->get(resources::kPods, "a", "none").error().code, ErrorCode::kNotFound);
  EXPECT_NE(api->get_raw("/plain").error().message.find("upstream is down"), std::string::npos);
  EXPECT_EQ(api->get_raw("/healthz").value(), "ok");
}

TEST(HttpApi, reads_are_tried_again_as_the_server_says_and_writes_are_not) {
  RecordedServer server;
  const net::Headers now{{"Retry-After", "0"}};
  server.answer("GET /api/v1/namespaces/a/pods/p", 429, "{}", now);
  server.answer("GET /api/v1/namespaces/a/pods/p", 503, "{}", now);
  server.answer("GET /api/v1/namespaces/a/pods/p", 200, "{}");
  server.answer("GET /busy", 503, "{}", now);
  server.answer("DELETE /api/v1/namespaces/a/pods/p", 429, "{}", now);
  auto api = api_to(server);
  EXPECT_TRUE(api->get(resources::kPods, "a", "p"));
  EXPECT_EQ(api->get_raw("/busy").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(server.asked().size(), 6U);
  EXPECT_EQ(api->remove(resources::kPods, "a", "p", {}).error().code, ErrorCode::kTooManyRequests);
  EXPECT_EQ(server.asked().size(), 7U);
  StopSource stop;
  stop.request_stop();
  EXPECT_EQ(api_to(server, stop.token())->get_raw("/busy").error().code, ErrorCode::kUnavailable);
}

TEST(HttpApi, a_watch_gives_events_whatever_the_chunks) {
  RecordedServer server;
  server.stream("/api/v1/namespaces/a/pods",
                R"({"type":"ADDED","object":{"metadata":{"name":"p1"}}})"
                "\n"
                R"({"type":"MODIFIED","obj)");
  server.stream("/api/v1/namespaces/a/pods", R"(ect":{"metadata":{"name":"p2"}}})");
  server.stream("/api/v1/namespaces/a/pods",
                "\n\n"
                R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}})"
                "\n");
  server.stream("/api/v1/namespaces/a/pods", "end");
  kube::WatchOptions options;
  options.resource_version = "5";
  options.timeout = std::chrono::seconds(60);
  auto watch = api_to(server)->watch(resources::kPods, "a", options).value();
  const std::vector<std::pair<kube::EventType, std::string>> expected{
      {kube::EventType::kAdded, "p1"},
      {kube::EventType::kModified, "p2"},
      {kube::EventType::kBookmark, ""}};
  for (const auto& [type, name] : expected) {
    const auto event = watch->next({}).value();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->type, type);
    EXPECT_EQ(kube::name_of(*event->object), name);
  }
  EXPECT_FALSE(watch->next({}).value());
  EXPECT_EQ(server.asked()[0],
            "GET /api/v1/namespaces/a/pods?watch=true&allowWatchBookmarks=true&"
            "resourceVersion=5&timeoutSeconds=60||");
}

TEST(HttpApi, a_watch_ends_when_stopped_and_fails_when_cut) {
  RecordedServer server;
  auto api = api_to(server);
  StopSource stop;
  auto stopped = api->watch(resources::kPods, "a", {}).value();
  stop.request_stop();
  EXPECT_FALSE(stopped->next(stop.token()).value());
  server.stream("/api/v1/namespaces/b/pods", R"({"type":"ADDED")");
  server.stream("/api/v1/namespaces/b/pods", "end");
  EXPECT_EQ(api->watch(resources::kPods, "b", {}).value()->next({}).error().code,
            ErrorCode::kUnavailable);
  server.stream("/api/v1/namespaces/c/pods", "nonsense\n");
  EXPECT_FALSE(api->watch(resources::kPods, "c", {}).value()->next({}));
}

TEST(HttpApi, logs_come_as_they_are) {
  RecordedServer server;
  server.answer("GET /api/v1/namespaces/a/pods/p/log", 200, "line 1\nline 2\n");
  LogOptions options;
  options.container = "main";
  options.timestamps = true;
  options.tail_lines = 10;
  auto log = api_to(server)->open_log("a", "p", options).value();
  EXPECT_EQ(log->read({}).value(), "line 1\nline 2\n");
  EXPECT_EQ(log->read({}).value(), "");
  EXPECT_EQ(server.asked()[0],
            "GET /api/v1/namespaces/a/pods/p/log?container=main&timestamps=true&tailLines=10||");
  server.answer("GET /api/v1/namespaces/a/pods/pending/log", 204, "");
  EXPECT_EQ(api_to(server)->open_log("a", "pending", {}).error().code, ErrorCode::kBadRequest);
}

TEST(HttpApi, the_token_file_is_read_again_when_it_changes) {
  RecordedServer server;
  server.answer("GET /x", 200, "");
  const std::string path = testing::TempDir() + "/firesteel-token";
  Connection connection = server.connection();
  connection.token = "old";
  connection.token_file = path;
  auto api = connect(connection, "t").value();
  for (const std::string& token : std::vector<std::string>{"one", "two"}) {
    ASSERT_TRUE(write_file_atomically(path, token + "\n"));
    EXPECT_TRUE(api->get_raw("/x"));
    EXPECT_EQ(server.last().headers.get("Authorization"), "Bearer " + token);
  }
  ASSERT_EQ(::remove(path.c_str()), 0);
  EXPECT_FALSE(api->get_raw("/x"));
}

TEST(HttpApi, finds_resources_by_discovery) {
  RecordedServer server;
  server.answer("GET /apis/apps/v1", 200,
                R"({"resources":[{"name":"deployments/scale","kind":"Deployment"},)"
                R"({"name":"deployments","kind":"Deployment","namespaced":true}]})");
  auto api = api_to(server);
  EXPECT_EQ(api->find_resource("apps/v1", "Deployment").value(), resources::kDeployments);
  EXPECT_EQ(api->find_resource("apps/v1", "Nothing").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(api->find_resource("no.such/v1", "X").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace firesteel::client
