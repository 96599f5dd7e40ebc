#include "client/kubeconfig.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/fd.h"
#include "base/json/yaml.h"
#include "net/tls.h"

namespace firesteel::client {
namespace {

class Directory {
 public:
  Directory() : path_(testing::TempDir() + "/firesteel-" + net::random_uuid()) {
    std::filesystem::create_directories(path_);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    EXPECT_TRUE(write_file_atomically(*this / name, text));
    return *this / name;
  }

 private:
  std::string path_;
};

constexpr std::string_view kConfig = R"(
apiVersion: v1
kind: Config
current-context: dev
x-extra: {keep: me}
clusters:
- name: c1
  cluster: {server: "https://c1:6443", certificate-authority: ca.pem, tls-server-name: api, extra: 1}
- name: c2
  cluster: {server: "c2", insecure-skip-tls-verify: true, certificate-authority-data: YWJj}
users:
- name: u1
  user: {client-certificate-data: Y2VydA==, client-key-data: a2V5}
- name: u2
  user: {token: secret, tokenFile: tok}
- name: plugin
  user: {exec: {command: aws}}
- name: half
  user: {client-certificate-data: Y2VydA==}
- name: garbled
  user: {client-certificate-data: "$$", client-key-data: a2V5}
contexts:
- name: dev
  context: {cluster: c1, user: u1, namespace: team}
- name: prod
  context: {cluster: c2, user: u2}
- name: plugin
  context: {cluster: c2, user: plugin}
- name: half
  context: {cluster: c2, user: half}
- name: garbled
  context: {cluster: c2, user: garbled}
- name: nowhere
  context: {cluster: c9, user: u2}
- name: nobody
  context: {cluster: c2, user: u9}
)";

TEST(Kubeconfig, a_context_yields_its_connection) {
  const Directory directory;
  directory.write("ca.pem", "CA");
  const std::string path = directory.write("config", std::string(kConfig));
  const Kubeconfig config = load_kubeconfig({directory / "missing", path}).value();
  const Connection dev = config.connection().value();
  EXPECT_EQ(dev.context, "dev");
  EXPECT_EQ(dev.url, "https://c1:6443");
  EXPECT_EQ(dev.ca_pem, "CA");
  EXPECT_EQ(dev.server_name, "api");
  EXPECT_EQ(dev.certificate.certificate_pem, "cert");
  EXPECT_EQ(dev.certificate.key_pem, "key");
  EXPECT_EQ(dev.default_namespace, "team");
  EXPECT_FALSE(dev.insecure);
  const Connection prod = config.connection("prod").value();
  EXPECT_EQ(prod.url, "https://c2");
  EXPECT_EQ(prod.ca_pem, "abc");
  EXPECT_TRUE(prod.insecure);
  EXPECT_EQ(prod.token_file, directory / "tok");
  EXPECT_EQ(prod.default_namespace, "default");
}

TEST(Kubeconfig, what_cannot_be_used_is_named) {
  const Directory directory;
  const std::string path = directory.write("config", std::string(kConfig));
  const Kubeconfig config = load_kubeconfig({path}).value();
  const std::vector<std::tuple<std::string, ErrorCode, std::string>> cases{
      {"none", ErrorCode::kNotFound, "there are: dev, prod"},
      {"dev", ErrorCode::kInvalid, "ca.pem"},
      {"plugin", ErrorCode::kInvalid, "'exec' are not supported"},
      {"half", ErrorCode::kInvalid, "given together"},
      {"garbled", ErrorCode::kInvalid, "client-certificate-data"},
      {"nowhere", ErrorCode::kInvalid, "'c9', which is not there"},
      {"nobody", ErrorCode::kInvalid, "'u9', which is not there"}};
  for (const auto& [name, code, part] : cases) {
    const auto connection = config.connection(name);
    ASSERT_FALSE(connection) << name;
    EXPECT_EQ(connection.error().code, code) << name;
    EXPECT_NE(connection.error().message.find(part), std::string::npos)
        << connection.error().message;
  }
  const auto broken = load_kubeconfig({directory.write("broken", "a: [")});
  EXPECT_EQ(broken.error().code, ErrorCode::kInvalid);
  EXPECT_NE(broken.error().message.find(directory / "broken"), std::string::npos);
  EXPECT_EQ(load_kubeconfig({directory.write("pod", "kind: Pod")}).error().code,
            ErrorCode::kInvalid);
  EXPECT_EQ(load_kubeconfig({}).value().connection().error().code, ErrorCode::kNotFound);
}

TEST(Kubeconfig, of_several_files_the_first_wins) {
  const Directory directory;
  const std::string first = directory.write("1", R"(
contexts: [{name: a, context: {cluster: c, user: ""}}]
clusters: [{name: c, cluster: {server: "https://first"}}])");
  const std::string second = directory.write("2", R"(
current-context: b
contexts: [{name: b, context: {cluster: c, user: ""}}]
clusters: [{name: c, cluster: {server: "https://second"}}])");
  const Kubeconfig config = load_kubeconfig({first, second}).value();
  EXPECT_EQ(config.current_context(), "b");
  EXPECT_EQ(config.connection()->url, "https://first");
  EXPECT_EQ(config.context_names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(config.paths.size(), 2U);
}

ContextEntry entry_named(const std::string& name, bool current) {
  return {name, "https://127.0.0.1:1", "CA", {"cert", "key"}, "data", current};
}

TEST(MergeContext, adds_replaces_and_removes_only_its_own) {
  const Directory directory;
  const std::string path = directory.write("config", std::string(kConfig));
  const json::Value before = json::parse_yaml(kConfig).value()[0].value;
  ASSERT_TRUE(merge_context(path, entry_named("firesteel", false)));
  ASSERT_TRUE(merge_context(path, entry_named("firesteel", true)));
  const Kubeconfig merged = load_kubeconfig({path}).value();
  EXPECT_EQ(merged.context_names().size(), 8U);
  const Connection connection = merged.connection().value();
  EXPECT_EQ(connection.context, "firesteel");
  EXPECT_EQ(connection.certificate.key_pem, "key");
  EXPECT_EQ(connection.default_namespace, "data");
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);

  ASSERT_TRUE(remove_context(path, "firesteel"));
  json::Value after = json::parse_yaml(read_file(path).value()).value()[0].value;
  EXPECT_EQ(json::string_at(after, "current-context"), "");
  after.as_object()["current-context"] = "dev";
  EXPECT_EQ(after, before);  // unknown fields included
  EXPECT_TRUE(remove_context(path, "firesteel"));
}

TEST(MergeContext, makes_the_file_and_leaves_what_it_does_not_understand) {
  const Directory directory;
  const std::string fresh = directory / "deep/er/config";
  ASSERT_TRUE(merge_context(fresh, entry_named("x", true)));
  EXPECT_EQ(load_kubeconfig({fresh})->connection()->url, "https://127.0.0.1:1");
  const std::string broken = directory.write("broken", "a: [");
  EXPECT_EQ(merge_context(broken, entry_named("x", true)).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(read_file(broken).value(), "a: [");
  EXPECT_TRUE(remove_context(directory / "missing", "x"));
  // A link stays one.
  std::filesystem::create_symlink(fresh, directory / "link");
  ASSERT_TRUE(merge_context(directory / "link", entry_named("y", true)));
  EXPECT_TRUE(std::filesystem::is_symlink(directory / "link"));
  EXPECT_EQ(load_kubeconfig({fresh})->context_names().size(), 2U);
}

TEST(InCluster, reads_the_service_account_mount) {
  const Directory directory;
  const auto mount = directory / "";
  EXPECT_EQ(in_cluster_at("", "", mount).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(in_cluster_at("10.0.0.1", "443", mount));
  directory.write("ca.crt", "CA");
  directory.write("token", "T");
  directory.write("namespace", "data-platform\n");
  const Connection connection = in_cluster_at("10.0.0.1", "443", mount).value();
  EXPECT_EQ(connection.url, "https://10.0.0.1:443");
  EXPECT_EQ(connection.ca_pem, "CA");
  EXPECT_EQ(connection.default_namespace, "data-platform");
  EXPECT_EQ(read_file(connection.token_file).value(), "T");
  EXPECT_EQ(in_cluster_at("fd00::1", "443", mount)->url, "https://[fd00::1]:443");
}

}  // namespace
}  // namespace firesteel::client
