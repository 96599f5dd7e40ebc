#include "apiserver/pod_streams.h"

#include <gtest/gtest.h>

#include "apiserver/metrics_api.h"
#include "base/json/parse.h"

namespace firesteel::apiserver {
namespace {

json::Value pod(std::string_view phase = "Running", std::string_view node = "n") {
  return *json::parse(fmt::format(
      R"({{"metadata":{{"name":"p","namespace":"ns"}},"spec":{{"nodeName":"{}","containers":[
      {{"name":"a"}},{{"name":"b"}}]}},"status":{{"phase":"{}"}}}})",
      node, phase));
}

net::Request upgrade(std::string target) {
  net::Request request;
  request.target = std::move(target);
  request.headers = {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}};
  return request;
}

TEST(PodStreams, requests_go_to_the_container_that_was_asked_for) {
  EXPECT_EQ(stream_target(pod(), upgrade("/x/exec?container=b&command=ls&stdout=true"), "exec"),
            "/exec/ns/p/b?container=b&command=ls&stdout=true");
  EXPECT_EQ(stream_target(pod(), upgrade("/x/portforward?ports=80"), "portforward"),
            "/portForward/ns/p?ports=80");
}

TEST(PodStreams, what_cannot_work_is_refused_with_its_reason) {
  net::Request plain;
  plain.target = "/x?container=a&command=ls&stdout=1";
  const struct {
    std::string_view subresource;
    net::Request request;
    json::Value pod;
    std::string_view message;
  } cases[] = {
      {"exec", upgrade("/x?container=a&stdout=true"), pod(), "at least 1 command"},
      {"exec", upgrade("/x?container=a&command=ls"), pod(), "at least 1 of stdin, stdout, stderr"},
      {"exec", upgrade("/x?container=c&command=ls&stdout=1"), pod(), "container c is not valid"},
      {"attach", upgrade("/x?stdout=true"), pod(), "a container name must be specified"},
      {"attach", upgrade("/x?container=a&tty=1&stderr=1"), pod(), "tty and stderr"},
      {"exec", upgrade("/x?container=a&command=ls&stdout=1"), pod("Pending", ""), "host assigned"},
      {"portforward", upgrade("/x"), pod("Succeeded"), "Current status=Succeeded"},
      {"exec", plain, pod(), "to websocket or SPDY/3.1"},
  };
  for (const auto& one : cases) {
    const auto target = stream_target(one.pod, one.request, one.subresource);
    ASSERT_FALSE(target.has_value()) << one.message;
    EXPECT_EQ(target.error().code, ErrorCode::kBadRequest);
    EXPECT_NE(target.error().message.find(one.message), std::string::npos)
        << target.error().message;
  }
}

TEST(MetricsApi, what_was_measured_becomes_quantities) {
  const json::Value summary = *json::parse(R"({"pods":[{"podRef":{"name":"p","namespace":"ns"},
      "containers":[{"name":"a","cpu":{"time":"2026-01-01T00:00:00Z","usageNanoCores":1500000,
      "windowSeconds":75.5},"memory":{"workingSetBytes":2048000}}]}]})");
  const json::Value made = pod_metrics(pod(), summary);
  EXPECT_EQ(json::string_at(made, "window"), "1m15s");
  const json::Array& containers = json::array_at(made, {"containers"});
  ASSERT_EQ(containers.size(), 1U);
  EXPECT_EQ(json::string_at(containers[0], {"usage", "cpu"}), "1500000n");
  EXPECT_EQ(json::string_at(containers[0], {"usage", "memory"}), "2000Ki");
  EXPECT_TRUE(pod_metrics(pod(), json::Object()).is_null());
}

}  // namespace
}  // namespace firesteel::apiserver
