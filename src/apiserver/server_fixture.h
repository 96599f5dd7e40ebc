#pragma once
// For tests: an API server in this process on a fresh data directory, with an administrator's
// client and kubeconfig.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "apiserver/server.h"
#include "base/fd.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "net/client.h"
#include "net/tls.h"

namespace firesteel::apiserver {

struct Outcome {
  int status = 0;  // of the process
  std::string output;
};

inline Outcome run_command(const std::string& command) {
  Outcome outcome;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  char buffer[4096];
  while (const std::size_t got = ::fread(buffer, 1, sizeof buffer, pipe)) {
    outcome.output.append(buffer, got);
  }
  outcome.status = ::pclose(pipe);
  return outcome;
}

class ServerFixture : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "firesteel-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    authority_ = *net::make_certificate_authority("firesteel-test", std::chrono::days(1));
    key_ = *net::make_signing_key_pem();
    serving_ = *net::issue_certificate(
        authority_, {"kube-apiserver", {}, {"localhost"}, {"127.0.0.1"}, std::chrono::days(1)});
    administrator_ = *net::issue_certificate(
        authority_, {"admin", {"system:masters"}, {}, {}, std::chrono::days(1)});
    start();
  }
  void TearDown() override {
    client_.reset();
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  void start() {
    client_.reset();
    server_.reset();
    ApiServer::Options options = options_;
    options.data_directory = directory_;
    options.serving_certificate = serving_;
    options.client_ca_pem = authority_.certificate_pem;
    options.service_account_key_pem = key_;
    options.kubelet_client = administrator_;
    options.clock = &clock_;
    auto server = ApiServer::start(std::move(options));
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
    client_ = connect(administrator_);
    write_kubeconfig();
  }

  [[nodiscard]] std::string url() const {
    return fmt::format("https://127.0.0.1:{}", server_->port());
  }

  [[nodiscard]] std::unique_ptr<net::Client> connect(const net::KeyPair& certificate) const {
    net::ClientOptions options;
    options.url = url();
    options.tls.ca_pem = authority_.certificate_pem;
    options.tls.certificate = certificate;
    return *net::Client::create(options);
  }

  struct Reply {
    int status = 0;
    json::Value body;
    net::Headers headers;
  };
  Reply send(const std::string& method, const std::string& target, const std::string& body = "",
             const std::string& type = "application/json", const std::string& accept = "") {
    net::Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    if (!body.empty()) request.headers.add("Content-Type", type);
    if (!accept.empty()) request.headers.add("Accept", accept);
    const auto response = client_->send(request);
    if (!response) return {0, json::String(response.error().message), {}};
    const auto parsed = json::parse(response->body);
    return {response->status, parsed ? *parsed : json::Value(json::String(response->body)),
            response->headers};
  }

  void write_kubeconfig() {
    const auto base64 = [](const std::string& pem) { return net::base64_encode(pem); };
    const std::string config = fmt::format(
        "apiVersion: v1\nkind: Config\ncurrent-context: t\n"
        "clusters: [{{name: t, cluster: {{server: \"{}\", certificate-authority-data: {}}}}}]\n"
        "users: [{{name: t, user: {{client-certificate-data: {}, client-key-data: {}}}}}]\n"
        "contexts: [{{name: t, context: {{cluster: t, user: t}}}}]\n",
        url(), base64(authority_.certificate_pem), base64(administrator_.certificate_pem),
        base64(administrator_.key_pem));
    ASSERT_TRUE(write_file_atomically(directory_ + "/kubeconfig", config));
  }

  Outcome kubectl(const std::string& arguments, const std::string& input = "") {
    const std::string file = directory_ + "/input.yaml";
    if (!input.empty()) {
      EXPECT_TRUE(write_file_atomically(file, input));
    }
    return run_command(
        fmt::format("KUBECONFIG={0}/kubeconfig timeout 60 kubectl "
                    "--cache-dir={0}/cache {1} {2}",
                    directory_, arguments, input.empty() ? "" : "-f " + file));
  }

  SystemClock clock_;
  ApiServer::Options options_;
  std::string directory_;
  net::KeyPair authority_, serving_, administrator_;
  std::string key_;
  std::unique_ptr<ApiServer> server_;
  std::unique_ptr<net::Client> client_;
};

}  // namespace firesteel::apiserver
