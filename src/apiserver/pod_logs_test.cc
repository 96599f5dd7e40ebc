#include "apiserver/pod_logs.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "base/fd.h"
#include "base/json/parse.h"
#include "net/server.h"

namespace firesteel::apiserver {
namespace {

json::Value pod(std::string_view status, std::string_view init = "[]",
                std::string_view containers = R"([{"name": "c"}])") {
  return *json::parse(fmt::format(
      R"({{"metadata": {{"name": "p", "namespace": "a"}}, "spec": {{"nodeName": "n",
          "containers": {}, "initContainers": {}}}, "status": {}}})",
      containers, init, status));
}

template <typename T>
std::string text(const Result<T>& result) {
  if (!result) return result.error().message;
  if constexpr (std::is_same_v<T, void>) {
    return "ok";
  } else {
    return *result;
  }
}

TEST(PodLogs, TheContainerIsChosenAsKubectlExpects) {
  const json::Value one = pod("{}");
  const json::Value two = pod("{}", R"([{"name": "i"}])", R"([{"name": "c"}, {"name": "d"}])");
  EXPECT_EQ(text(choose_log_container(one, "")), "c");
  EXPECT_EQ(text(choose_log_container(one, "c")), "c");
  EXPECT_EQ(text(choose_log_container(two, "i")), "i");
  EXPECT_EQ(text(choose_log_container(one, "x")), "container x is not valid for pod p");
  EXPECT_EQ(text(choose_log_container(two, "")),
            "a container name must be specified for pod p, choose one of: [c d] or one of the "
            "init containers: [i]");
  EXPECT_EQ(choose_log_container(two, "").error().code, ErrorCode::kBadRequest);
}

TEST(PodLogs, ContainersWithoutALogSayWhy) {
  const auto check = [](std::string_view state, bool previous = false) {
    const json::Value at =
        pod(fmt::format(R"({{"containerStatuses": [{{"name": "c", {}}}]}})", state));
    return text(check_log_available(at, "c", previous));
  };
  constexpr std::string_view kWho = "container \"c\" in pod \"p\" ";
  const auto says = [&](std::string_view what) { return std::string(kWho) + std::string(what); };
  EXPECT_EQ(check(R"("state": {"running": {}})"), "ok");
  EXPECT_EQ(check(R"("state": {"terminated": {}})"), "ok");
  EXPECT_EQ(check(R"("state": {"waiting": {"reason": "ContainerCreating"}})"),
            says("is waiting to start: ContainerCreating"));
  EXPECT_EQ(check(R"("state": {"waiting": {"reason": "ErrImagePull"}})"),
            says("is waiting to start: image can't be pulled"));
  EXPECT_EQ(check(R"("state": {"waiting": {"reason": "ImagePullBackOff"}})"),
            says("is waiting to start: trying and failing to pull image"));
  EXPECT_EQ(check(R"("state": {})"), says("is waiting to start - no logs yet"));
  EXPECT_EQ(check(R"("state": {"waiting": {"reason": "CrashLoopBackOff"}},
                     "lastState": {"terminated": {}})"),
            "ok");
  EXPECT_EQ(check(R"("state": {"running": {}}, "lastState": {"terminated": {}})", true), "ok");
  EXPECT_EQ(check(R"("state": {"running": {}})", true),
            "previous terminated container \"c\" in pod \"p\" not found");
  EXPECT_EQ(text(check_log_available(pod("{}"), "c", false)),
            says("is waiting to start - no logs yet"));
}

TEST(PodLogs, OptionsAreCheckedAndPassedOn) {
  const auto query = [](std::string_view target) {
    return text(log_query(net::query_of(std::string("/log?") + std::string(target))));
  };
  EXPECT_EQ(query(""), "");
  EXPECT_EQ(query("container=c&follow=true&tailLines=0&timestamps=false"),
            "?follow=true&tailLines=0");
  // As the Python client writes them; and anything but false is true.
  EXPECT_EQ(query("follow=True&timestamps=False&previous=maybe"), "?follow=true&previous=true");
  EXPECT_EQ(query("previous&limitBytes=5&unknown=1"), "?previous=true&limitBytes=5");
  EXPECT_NE(query("sinceTime=2026-11-22T12:00:00Z").find("sinceTime=2026"), std::string::npos);
  for (const char* bad :
       {"tailLines=-1", "tailLines=x", "sinceSeconds=0", "limitBytes=0", "sinceTime=now",
        "stream=Stderr", "sinceSeconds=1&sinceTime=2026-11-22T12:00:00Z"}) {
    EXPECT_NE(query(bad).find("is invalid"), std::string::npos) << bad;
  }
}

// Keeps what is written; the client leaves after `patience` writes.
class Recorder final : public net::ResponseWriter {
 public:
  Result<void> send(const net::Response& response) override {
    status = response.status;
    body = response.body;
    return {};
  }
  Result<void> start(int code, const net::Headers& headers) override {
    status = code;
    type = headers.get("Content-Type");
    return {};
  }
  Result<void> write(std::string_view chunk) override {
    body += chunk;
    if (body.find(leave_after) != std::string::npos && !leave_after.empty()) left_.request_stop();
    return {};
  }
  Result<void> finish() override {
    finished = true;
    return {};
  }
  Result<net::Stream*> upgrade(const net::Headers&) override {
    return fail(ErrorCode::kInternal, "not a stream");
  }
  bool gone() override { return left_.stop_requested(); }
  int fd() const override { return left_.token().fd(); }
  StopToken stop() const override { return stop_.token(); }

  int status = 0;
  std::string type, body, leave_after;
  bool finished = false;

 private:
  StopSource left_;
  StopSource stop_;
};

// A node agent: three lines, then for follow=true nothing more until the caller leaves.
class Kubelet final : public net::Handler {
 public:
  void handle(const net::Request& request, net::ResponseWriter& writer) override {
    if (!request.target.starts_with("/containerLogs/a/p/c")) {
      (void)writer.send({404, {}, "container not found\n"});
      return;
    }
    (void)writer.start(200, {{"Content-Type", "text/plain"}});
    for (const char* line : {"one\n", "two\n", "three\n"}) {
      if (!writer.write(line)) return;
    }
    if (request.target.ends_with("?follow=true")) {
      while (!writer.gone()) {
        if (!writer.write("more\n")) return;
      }
      return;
    }
    (void)writer.finish();
  }
};

class PodLogProxy : public ::testing::Test {
 protected:
  void SetUp() override {
    authority_ = *net::make_certificate_authority("ca", std::chrono::days(1));
    net::CertificateRequest request;
    request.common_name = "node";
    request.ip_addresses = {"127.0.0.1"};
    const net::KeyPair certificate = *net::issue_certificate(authority_, request);
    net::ServerOptions options;
    options.tls = *net::TlsServerContext::create(certificate, authority_.certificate_pem);
    auto server = net::Server::start(options, kubelet_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    node_ = *json::parse(fmt::format(
        R"({{"status": {{"addresses": [{{"type": "InternalIP", "address": "127.0.0.1"}}],
            "daemonEndpoints": {{"kubeletEndpoint": {{"Port": {}}}}}}}}})",
        server_->port()));
    tls_.ca_pem = authority_.certificate_pem;
  }
  void serve(const json::Value& of, const char* target, Recorder& recorder) {
    serve_pod_log(of, node_, net::query_of(target), tls_, recorder);
  }

  const json::Value running_ =
      pod(R"({"containerStatuses": [{"name": "c", "state": {"running": {}}}]})");
  net::KeyPair authority_;
  Kubelet kubelet_;
  std::unique_ptr<net::Server> server_;
  json::Value node_;
  net::TlsClientOptions tls_;
};

TEST_F(PodLogProxy, PassesTheLogOn) {
  Recorder recorder;
  serve(running_, "/log", recorder);
  EXPECT_EQ(recorder.status, 200);
  EXPECT_EQ(recorder.type, "text/plain");
  EXPECT_EQ(recorder.body, "one\ntwo\nthree\n");
  EXPECT_TRUE(recorder.finished);
}

TEST_F(PodLogProxy, EndsWhenTheClientIsGone) {
  Recorder recorder;
  recorder.leave_after = "three";
  serve(running_, "/log?follow=true", recorder);
  EXPECT_EQ(recorder.body.substr(0, 14), "one\ntwo\nthree\n");
  EXPECT_FALSE(recorder.finished);
}

TEST_F(PodLogProxy, ErrorsAreStatuses) {
  const json::Value waiting = pod(R"({"containerStatuses": [{"name": "c", "state":
      {"waiting": {"reason": "ContainerCreating"}}}]})");
  Recorder recorder;
  serve(waiting, "/log", recorder);
  EXPECT_EQ(recorder.status, 400);
  const json::Value status = *json::parse(recorder.body);
  EXPECT_EQ(json::string_at(status, "message"),
            "container \"c\" in pod \"p\" is waiting to start: ContainerCreating");
  EXPECT_EQ(json::string_at(status, "reason"), "BadRequest");

  const json::Value other =
      pod(R"({"containerStatuses": [{"name": "d", "state": {"running": {}}}]})", "[]",
          R"([{"name": "d"}])");
  Recorder missing;
  serve(other, "/log", missing);
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.body.find("container not found"), std::string::npos);

  node_ = nullptr;
  Recorder lost;
  serve(running_, "/log", lost);
  EXPECT_EQ(lost.status, 503);
}

}  // namespace
}  // namespace firesteel::apiserver
