#include "apiserver/quota.h"

#include <thread>

#include "apiserver/server_fixture.h"

namespace firesteel::apiserver {
namespace {

class Quota : public ServerFixture {
 protected:
  Reply post(const std::string& plural, const std::string& body) {
    return send("POST", "/api/v1/namespaces/default/" + plural, body);
  }
  Reply quota(const std::string& spec) {
    return post("resourcequotas", R"({"metadata":{"name":"q"},"spec":)" + spec + "}");
  }
  static std::string pod(const std::string& name, const std::string& resources,
                         const std::string& more = "") {
    return fmt::format(R"({{"metadata":{{"name":"{}"}},"spec":{{"containers":[{{"name":"c",)"
                       R"("image":"i","resources":{}}}]{}}}}})",
                       name, resources, more);
  }
  static std::string message(const Reply& reply) {
    return std::string(json::string_at(reply.body, "message"));
  }
  // Until the status says so; the server's own test clock is the system's.
  bool used_becomes(const std::string& name, const std::string& value) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
      const Reply now = send("GET", "/api/v1/namespaces/default/resourcequotas/q");
      if (json::string_at(now.body, {"status", "used", name}) == value) return true;
      std::this_thread::yield();
    }
    return false;
  }
};

TEST_F(Quota, RefusesWhatExceedsItInKubernetesWords) {
  ASSERT_EQ(quota(R"({"hard":{"requests.cpu":"1","pods":"5"}})").status, 201);
  ASSERT_EQ(post("pods", pod("a", R"({"requests":{"cpu":"700m"}})")).status, 201);
  const Reply reply = post("pods", pod("b", R"({"requests":{"cpu":"500m"}})"));
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(message(reply),
            "pods \"b\" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: "
            "requests.cpu=700m, limited: requests.cpu=1");
  EXPECT_EQ(message(post("pods", pod("c", "{}"))),
            "pods \"c\" is forbidden: failed quota: q: must specify requests.cpu for: c");
  EXPECT_TRUE(used_becomes("requests.cpu", "700m"));
  EXPECT_EQ(send("DELETE", "/api/v1/namespaces/default/pods/a").status, 200);
  EXPECT_TRUE(used_becomes("requests.cpu", "0"));
  EXPECT_EQ(post("pods", pod("b", R"({"requests":{"cpu":"500m"}})")).status, 201);
}

TEST_F(Quota, CountsObjectsOfAnyKind) {
  ASSERT_EQ(
      quota(R"({"hard":{"configmaps":"1","count/deployments.apps":"0","services":"1"}})").status,
      201);
  EXPECT_EQ(post("configmaps", R"({"metadata":{"name":"a"}})").status, 201);
  EXPECT_EQ(message(post("configmaps", R"({"metadata":{"name":"b"}})")),
            "configmaps \"b\" is forbidden: exceeded quota: q, requested: configmaps=1, used: "
            "configmaps=1, limited: configmaps=1");
  const Reply deployment =
      send("POST", "/apis/apps/v1/namespaces/default/deployments",
           R"({"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{
               "metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}})");
  EXPECT_EQ(message(deployment),
            "deployments.apps \"d\" is forbidden: exceeded quota: q, requested: "
            "count/deployments.apps=1, used: count/deployments.apps=0, limited: "
            "count/deployments.apps=0");
  EXPECT_EQ(post("secrets", R"({"metadata":{"name":"s"}})").status, 201);
}

TEST_F(Quota, ScopesChooseThePods) {
  ASSERT_EQ(quota(R"({"hard":{"pods":"0"},"scopes":["BestEffort"]})").status, 201);
  EXPECT_EQ(post("pods", pod("a", "{}")).status, 403);
  EXPECT_EQ(post("pods", pod("b", R"({"requests":{"cpu":"1"}})")).status, 201);
}

TEST_F(Quota, ADryRunIsCheckedAndChargesNothing) {
  ASSERT_EQ(quota(R"({"hard":{"configmaps":"1"}})").status, 201);
  const std::string path = "/api/v1/namespaces/default/configmaps?dryRun=All";
  EXPECT_EQ(send("POST", path, R"({"metadata":{"name":"a"}})").status, 201);
  EXPECT_EQ(send("POST", path, R"({"metadata":{"name":"b"}})").status, 201);
  EXPECT_EQ(post("configmaps", R"({"metadata":{"name":"a"}})").status, 201);
  EXPECT_EQ(send("POST", path, R"({"metadata":{"name":"b"}})").status, 403);
}

TEST_F(Quota, ManyWritersTogetherNeverExceedIt) {
  constexpr int kWriters = 8;
  constexpr int kEach = 10;
  constexpr int kHard = 23;
  ASSERT_EQ(quota(fmt::format(R"({{"hard":{{"configmaps":"{}"}}}})", kHard)).status, 201);
  std::atomic<int> created{0};
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        const auto client = connect(administrator_);
        for (int i = 0; i < kEach; ++i) {
          net::Request request;
          request.method = "POST";
          request.target = "/api/v1/namespaces/default/configmaps";
          request.headers.add("Content-Type", "application/json");
          request.body = fmt::format(R"({{"metadata":{{"name":"m-{}-{}"}}}})", writer, i);
          const auto response = client->send(request);
          if (response && response->status == 201) ++created;
          if (response && response->status == 403) ++refused;
        }
      });
    }
  }
  EXPECT_EQ(created, kHard);
  EXPECT_EQ(refused, kWriters * kEach - kHard);
  const Reply list = send("GET", "/api/v1/namespaces/default/configmaps");
  EXPECT_EQ(json::array_at(list.body, {"items"}).size(), static_cast<std::size_t>(kHard));
  EXPECT_TRUE(used_becomes("configmaps", std::to_string(kHard)));
}

TEST_F(Quota, LimitRangesFillInAndBound) {
  ASSERT_EQ(post("limitranges", R"({"metadata":{"name":"l"},"spec":{"limits":[{"type":"Container",
      "default":{"cpu":"500m"},"defaultRequest":{"cpu":"200m"},"max":{"cpu":"1"},
      "min":{"cpu":"100m"}}]}})")
                .status,
            201);
  const Reply filled = post("pods", pod("a", "{}"));
  ASSERT_EQ(filled.status, 201) << message(filled);
  const json::Value container = json::array_at(filled.body, {"spec", "containers"}).at(0);
  EXPECT_EQ(json::string_at(container, {"resources", "requests", "cpu"}), "200m");
  EXPECT_EQ(json::string_at(container, {"resources", "limits", "cpu"}), "500m");
  EXPECT_EQ(json::string_at(filled.body, {"metadata", "annotations", "kubernetes.io/limit-ranger"}),
            "LimitRanger plugin set: cpu request for container c; cpu limit for container c");
  EXPECT_EQ(json::string_at(filled.body, {"status", "qosClass"}), "Burstable");
  EXPECT_EQ(message(post("pods", pod("b", R"({"limits":{"cpu":"2"}})"))),
            "pods \"b\" is forbidden: maximum cpu usage per Container is 1, but limit is 2");
  EXPECT_EQ(message(post("pods", pod("b", R"({"requests":{"cpu":"50m"}})"))),
            "pods \"b\" is forbidden: minimum cpu usage per Container is 100m, but request is 50m");
}

TEST_F(Quota, PriorityClassesHaveOneDefaultAndAFixedValue) {
  const std::string path = "/apis/scheduling.k8s.io/v1/priorityclasses";
  const auto made = [&](const std::string& body) { return send("POST", path, body); };
  ASSERT_EQ(made(R"({"metadata":{"name":"usual"},"value":7,"globalDefault":true})").status, 201);
  EXPECT_EQ(made(R"({"metadata":{"name":"other"},"value":8,"globalDefault":true})").status, 403);
  EXPECT_EQ(made(R"({"metadata":{"name":"big"},"value":1000000001})").status, 422);
  EXPECT_EQ(send("PATCH", path + "/usual", R"({"value":9})", "application/merge-patch+json").status,
            422);
  const Reply pod_made = post("pods", pod("a", "{}"));
  EXPECT_EQ(json::int_at(pod_made.body, {"spec", "priority"}), 7);
  EXPECT_EQ(json::string_at(pod_made.body, {"spec", "priorityClassName"}), "usual");
  EXPECT_EQ(message(post("pods", pod("b", "{}", R"(,"priorityClassName":"none")"))),
            "pods \"b\" is forbidden: no PriorityClass with name none was found");
}

}  // namespace
}  // namespace firesteel::apiserver
