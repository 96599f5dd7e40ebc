#include "client/kubeconfig.h"

#include <cstdlib>
#include <filesystem>

#include "base/fd.h"
#include "base/json/yaml.h"
#include "client/kubeconfig_fields.h"

namespace firesteel::client {
namespace {

constexpr std::string_view kMount = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

// The inline base64 field, or else the content of the file that the other one names.
Result<std::string> data_or_file(const json::Value& entry, std::string_view field,
                                 std::string_view what) {
  const std::string data_field = std::string(field) + "-data";
  if (const auto data = json::string_at(entry, data_field); !data.empty())
    return context(net::base64_decode(data), fmt::format("{}: {}", what, data_field));
  const std::string path(json::string_at(entry, field));
  if (path.empty()) return std::string();
  auto content = read_file(path);
  if (content) return content;
  return fail(ErrorCode::kInvalid, fmt::format("{}: {}: {}", what, field, content.error().message));
}

Result<void> read_user(const json::Value& user, const std::string& what, Connection& connection) {
  for (const std::string_view plugin : {"exec", "auth-provider"})
    if (json::find(user, plugin) != nullptr)
      return fail(
          ErrorCode::kInvalid,
          fmt::format("{}: credentials from '{}' are not supported; use a token or a client "
                      "certificate, e.g. of a ServiceAccount: kubectl create token NAME",
                      what, plugin));
  connection.certificate.certificate_pem = TRY(data_or_file(user, "client-certificate", what));
  connection.certificate.key_pem = TRY(data_or_file(user, "client-key", what));
  if (connection.certificate.certificate_pem.empty() != connection.certificate.key_pem.empty())
    return fail(ErrorCode::kInvalid,
                what + ": client-certificate and client-key must be given together");
  connection.token = json::string_at(user, "token");
  connection.token_file = json::string_at(user, "tokenFile");
  return {};
}

}  // namespace

std::vector<std::string> kubeconfig_paths() {
  std::vector<std::string> paths;
  std::string list = environment("KUBECONFIG");
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = std::min(list.find(':', start), list.size());
    if (end > start) paths.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  if (paths.empty()) paths.push_back(environment("HOME") + "/.kube/config");
  return paths;
}

std::string Kubeconfig::current_context() const {
  return std::string(json::string_at(document, "current-context"));
}

std::vector<std::string> Kubeconfig::context_names() const {
  std::vector<std::string> names;
  for (const json::Value& entry : json::array_at(document, {"contexts"}))
    names.emplace_back(json::string_at(entry, "name"));
  return names;
}

Result<Connection> Kubeconfig::connection(std::string_view context_name) const {
  const std::string name = context_name.empty() ? current_context() : std::string(context_name);
  const std::string known = listed(context_names());
  if (name.empty())
    return fail(ErrorCode::kNotFound,
                fmt::format("no current context in the kubeconfig; name one with --context "
                            "(there are: {})",
                            known));
  const json::Value* entry = find_named(document, "contexts", name);
  if (entry == nullptr)
    return fail(ErrorCode::kNotFound,
                fmt::format("no context '{}' in the kubeconfig (there are: {})", name, known));
  const std::string cluster_name(json::string_at(*entry, {"context", "cluster"}));
  const std::string user_name(json::string_at(*entry, {"context", "user"}));
  const json::Value* cluster_entry = find_named(document, "clusters", cluster_name);
  const json::Value* cluster =
      cluster_entry == nullptr ? nullptr : json::find(*cluster_entry, "cluster");
  if (cluster == nullptr)
    return fail(ErrorCode::kInvalid,
                fmt::format("kubeconfig: context '{}' names cluster '{}', which is not there", name,
                            cluster_name));
  Connection connection;
  connection.context = name;
  connection.url = json::string_at(*cluster, "server");
  if (connection.url.empty())
    return fail(ErrorCode::kInvalid,
                fmt::format("kubeconfig: cluster '{}' has no server", cluster_name));
  if (!connection.url.starts_with("http")) connection.url.insert(0, "https://");
  connection.server_name = json::string_at(*cluster, "tls-server-name");
  connection.insecure = json::bool_at(*cluster, {"insecure-skip-tls-verify"});
  connection.ca_pem = TRY(data_or_file(*cluster, "certificate-authority",
                                       fmt::format("kubeconfig: cluster '{}'", cluster_name)));
  if (const auto space = json::string_at(*entry, {"context", "namespace"}); !space.empty())
    connection.default_namespace = space;
  const json::Value* user_entry = find_named(document, "users", user_name);
  const json::Value* user = user_entry == nullptr ? nullptr : json::find(*user_entry, "user");
  if (user_entry == nullptr && !user_name.empty())
    return fail(ErrorCode::kInvalid,
                fmt::format("kubeconfig: context '{}' names user '{}', which is not there", name,
                            user_name));
  if (user != nullptr)
    TRY(read_user(*user, fmt::format("kubeconfig: user '{}'", user_name), connection));
  return connection;
}

Result<Kubeconfig> load_kubeconfig(const std::vector<std::string>& paths) {
  Kubeconfig config;
  config.document = empty_kubeconfig();
  for (const std::string& path : paths) {
    auto text = read_file(path);
    if (!text && text.error().code == ErrorCode::kNotFound) continue;
    if (!text) return std::unexpected(text.error());
    json::Value document = TRY(parse_kubeconfig(path, *text));
    make_paths_absolute(document, std::filesystem::path(path).parent_path().string());
    merge_kubeconfig(config.document, std::move(document));
    config.paths.push_back(path);
  }
  return config;
}

Result<Connection> in_cluster() {
  return in_cluster_at(environment("KUBERNETES_SERVICE_HOST"),
                       environment("KUBERNETES_SERVICE_PORT"), std::string(kMount));
}

Result<Connection> in_cluster_at(const std::string& host, const std::string& port,
                                 const std::string& mount) {
  if (host.empty() || port.empty())
    return fail(
        ErrorCode::kNotFound,
        "not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
  Connection connection;
  connection.context = "in-cluster";
  const bool ipv6 = host.find(':') != std::string::npos;
  connection.url =
      fmt::format(fmt::runtime(ipv6 ? "https://[{}]:{}" : "https://{}:{}"), host, port);
  connection.ca_pem = TRY(context(read_file(mount + "/ca.crt"), "in-cluster credentials"));
  connection.token_file = mount + "/token";
  TRY(context(read_file(connection.token_file), "in-cluster credentials"));
  if (auto space = read_file(mount + "/namespace"); space && !space->empty())
    connection.default_namespace = space->substr(0, space->find('\n'));
  return connection;
}

Result<Connection> default_connection(std::string_view context_name) {
  const Kubeconfig config = TRY(load_kubeconfig(kubeconfig_paths()));
  if (!context_name.empty() || !config.current_context().empty())
    return config.connection(context_name);
  if (!environment("KUBERNETES_SERVICE_HOST").empty()) return in_cluster();
  return config.connection();
}

Result<void> merge_context(const std::string& path, const ContextEntry& entry) {
  json::Value document = empty_kubeconfig();
  auto text = read_file(path);
  if (text)
    document = TRY(parse_kubeconfig(path, *text));
  else if (text.error().code != ErrorCode::kNotFound)
    return std::unexpected(text.error());
  const json::Object cluster{{"server", entry.server},
                             {"certificate-authority-data", net::base64_encode(entry.ca_pem)}};
  const json::Object user{
      {"client-certificate-data", net::base64_encode(entry.certificate.certificate_pem)},
      {"client-key-data", net::base64_encode(entry.certificate.key_pem)}};
  const json::Object context_body{
      {"cluster", entry.name}, {"user", entry.name}, {"namespace", entry.default_namespace}};
  put_named(document, "clusters", entry.name, "cluster", cluster);
  put_named(document, "users", entry.name, "user", user);
  put_named(document, "contexts", entry.name, "context", context_body);
  if (entry.make_current) document.as_object()["current-context"] = entry.name;
  std::error_code error;
  const auto directory = std::filesystem::path(path).parent_path();
  if (!directory.empty()) std::filesystem::create_directories(directory, error);
  if (error) return fail(ErrorCode::kIo, "create " + directory.string() + ": " + error.message());
  return write_file_atomically(real_path(path), json::print_yaml(document), 0600);
}

Result<void> remove_context(const std::string& path, std::string_view name) {
  auto text = read_file(path);
  if (!text && text.error().code == ErrorCode::kNotFound) return {};
  if (!text) return std::unexpected(text.error());
  json::Value document = TRY(parse_kubeconfig(path, *text));
  bool changed = false;
  for (const std::string_view list : {"clusters", "users", "contexts"})
    changed = remove_named(document, list, name) || changed;
  if (json::string_at(document, "current-context") == name) {
    document.as_object()["current-context"] = "";
    changed = true;
  }
  if (!changed) return {};
  return write_file_atomically(real_path(path), json::print_yaml(document), 0600);
}

}  // namespace firesteel::client
