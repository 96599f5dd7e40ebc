#include "client/http_api.h"

#include "base/fd.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "client/retry.h"
#include "client/watch_lines.h"
#include "kube/object.h"
#include "kube/status.h"

namespace firesteel::client {
namespace {

constexpr int kMaxTries = 3;  // of a read
constexpr std::string_view kJson = "application/json";

std::string_view content_type(kube::PatchType type) {
  switch (type) {
    case kube::PatchType::kJson:
      return "application/json-patch+json";
    case kube::PatchType::kMerge:
      return "application/merge-patch+json";
    case kube::PatchType::kStrategicMerge:
      return "application/strategic-merge-patch+json";
    case kube::PatchType::kApply:
      return "application/apply-patch+yaml";  // JSON is YAML
  }
  return {};
}

std::string_view policy_of(kube::Propagation propagation) {
  switch (propagation) {
    case kube::Propagation::kDefault:
      return {};
    case kube::Propagation::kBackground:
      return "Background";
    case kube::Propagation::kForeground:
      return "Foreground";
    case kube::Propagation::kOrphan:
      return "Orphan";
  }
  return {};
}

// Builds "?a=b&c=d"; empty values are left out.
class QueryText {
 public:
  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text_ += text_.empty() ? '?' : '&';
    text_ += name;
    text_ += '=';
    text_ += net::percent_encode(value);
  }
  void add(std::string_view name, bool value) { add(name, std::string_view(value ? "true" : "")); }
  void add(std::string_view name, std::optional<std::int64_t> value) {
    if (value) add(name, std::string_view(std::to_string(*value)));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string query_of(const kube::ListOptions& options) {
  QueryText query;
  query.add("labelSelector", options.label_selector);
  query.add("fieldSelector", options.field_selector);
  query.add("resourceVersion", options.resource_version);
  if (options.limit > 0) query.add("limit", std::optional(options.limit));
  query.add("continue", options.continue_token);
  return query.text();
}

std::string query_of(const kube::WriteOptions& options, bool apply) {
  QueryText query;
  query.add("fieldManager", options.field_manager);
  if (apply) query.add("force", options.force);
  query.add("dryRun", std::string_view(options.dry_run ? "All" : ""));
  return query.text();
}

std::string query_of(const kube::WatchOptions& options) {
  QueryText query;
  query.add("watch", true);
  query.add("allowWatchBookmarks", options.allow_bookmarks);
  query.add("labelSelector", options.label_selector);
  query.add("fieldSelector", options.field_selector);
  query.add("resourceVersion", options.resource_version);
  if (options.timeout.count() > 0)
    query.add("timeoutSeconds", std::optional<std::int64_t>(options.timeout.count()));
  return query.text();
}

std::string print_delete_options(const kube::DeleteOptions& options) {
  json::Object body{{"kind", "DeleteOptions"}, {"apiVersion", "v1"}};
  if (const auto policy = policy_of(options.propagation); !policy.empty())
    body["propagationPolicy"] = policy;
  if (options.grace_period_seconds) body["gracePeriodSeconds"] = *options.grace_period_seconds;
  json::Object preconditions;
  if (!options.uid.empty()) preconditions["uid"] = options.uid;
  if (!options.resource_version.empty())
    preconditions["resourceVersion"] = options.resource_version;
  if (!preconditions.empty()) body["preconditions"] = std::move(preconditions);
  return json::print(body);
}

Error error_of(int status, const std::string& body) {
  auto parsed = json::parse(body);
  if (parsed && parsed->is_object()) return kube::from_status(status, *parsed);
  // Not from the API: a proxy, or a plain-text refusal. Its text may say why.
  Error error = kube::from_status(status, json::Value());
  const std::string_view text = std::string_view(body).substr(0, 200);
  if (!text.empty()) error.message += fmt::format(" ({})", text.substr(0, text.find('\n')));
  return error;
}

Result<json::Value> parse_body(const std::string& body) {
  auto value = json::parse(body);
  if (value && value->is_object()) return value;
  return fail(ErrorCode::kInternal, "the server's answer is not a JSON object");
}

class HttpApiImpl final : public HttpApi {
 public:
  HttpApiImpl(Connection connection, std::string user_agent, StopToken stop,
              std::unique_ptr<net::Client> client)
      : connection_(std::move(connection)),
        user_agent_(std::move(user_agent)),
        stop_(std::move(stop)),
        client_(std::move(client)) {}

  Result<json::Document> get(const kube::Resource& resource, std::string_view space,
                             std::string_view name) override {
    const std::string path = path_of(resource, space, name);
    return document(TRY(read(path)));
  }

  Result<kube::List> list(const kube::Resource& resource, std::string_view space,
                          const kube::ListOptions& options) override {
    const std::string text = TRY(read(path_of(resource, space) + query_of(options)));
    json::Value body = TRY(parse_body(text));
    kube::List list;
    list.resource_version = json::string_at(body, {"metadata", "resourceVersion"});
    list.continue_token = json::string_at(body, {"metadata", "continue"});
    json::Value* items = body.as_object().if_contains("items");
    if (items == nullptr || !items->is_array()) return list;
    list.items.reserve(items->as_array().size());
    for (json::Value& item : items->as_array()) {
      // Items of a list come without these two.
      if (item.is_object() && !item.as_object().contains("kind")) {
        item.as_object()["apiVersion"] = resource.api_version();
        item.as_object()["kind"] = resource.kind;
      }
      list.items.push_back(std::make_shared<const json::Value>(std::move(item)));
    }
    return list;
  }

  Result<json::Document> create(const kube::Resource& resource, std::string_view space,
                                const json::Value& object,
                                const kube::WriteOptions& options) override {
    const std::string_view name = options.subresource.empty() ? "" : kube::name_of(object);
    const std::string path = path_of(resource, space, name, options.subresource);
    return document(
        TRY(write("POST", path + query_of(options, false), kJson, json::print(object))));
  }

  Result<json::Document> replace(const kube::Resource& resource, std::string_view space,
                                 std::string_view name, const json::Value& object,
                                 const kube::WriteOptions& options) override {
    const std::string path = path_of(resource, space, name, options.subresource);
    return document(TRY(write("PUT", path + query_of(options, false), kJson, json::print(object))));
  }

  Result<json::Document> patch(const kube::Resource& resource, std::string_view space,
                               std::string_view name, kube::PatchType type,
                               const json::Value& patch,
                               const kube::WriteOptions& options) override {
    const std::string path = path_of(resource, space, name, options.subresource) +
                             query_of(options, type == kube::PatchType::kApply);
    return document(TRY(write("PATCH", path, content_type(type), json::print(patch))));
  }

  Result<void> remove(const kube::Resource& resource, std::string_view space, std::string_view name,
                      const kube::DeleteOptions& options) override {
    TRY(write("DELETE", path_of(resource, space, name), kJson, print_delete_options(options)));
    return {};
  }

  Result<void> remove_collection(const kube::Resource& resource, std::string_view space,
                                 const kube::ListOptions& selection,
                                 const kube::DeleteOptions& options) override {
    TRY(write("DELETE", path_of(resource, space) + query_of(selection), kJson,
              print_delete_options(options)));
    return {};
  }

  Result<std::unique_ptr<kube::WatchStream>> watch(const kube::Resource& resource,
                                                   std::string_view space,
                                                   const kube::WatchOptions& options) override {
    auto stream = TRY(open(path_of(resource, space) + query_of(options)));
    return watch_lines(std::move(stream));
  }

  Result<std::unique_ptr<net::ResponseStream>> open_log(std::string_view space,
                                                        std::string_view pod,
                                                        const LogOptions& options) override {
    QueryText query;
    query.add("container", options.container);
    query.add("follow", options.follow);
    query.add("previous", options.previous);
    query.add("timestamps", options.timestamps);
    query.add("tailLines", options.tail_lines);
    query.add("sinceSeconds", options.since_seconds);
    query.add("limitBytes", options.limit_bytes);
    auto stream = TRY(open(path_of(kube::resources::kPods, space, pod, "log") + query.text()));
    if (stream->status() != 204) return stream;
    return fail(ErrorCode::kBadRequest,
                fmt::format("pod {} is not on a node yet: it has no log", pod));
  }

  Result<std::string> get_raw(std::string_view path_and_query) override {
    return read(std::string(path_and_query));
  }

  Result<kube::Resource> find_resource(std::string_view api_version,
                                       std::string_view kind) override {
    const std::size_t slash = api_version.find('/');
    const bool core = slash == std::string_view::npos;
    auto found = read(fmt::format("{}/{}", core ? "/api" : "/apis", api_version));
    if (!found && found.error().code != ErrorCode::kNotFound) return std::unexpected(found.error());
    const json::Value body = found ? TRY(parse_body(*found)) : json::Value();
    for (const json::Value& entry : json::array_at(body, {"resources"})) {
      const std::string_view plural = json::string_at(entry, "name");
      if (json::string_at(entry, "kind") != kind || plural.find('/') != std::string_view::npos)
        continue;
      return kube::Resource{
          std::string(core ? "" : api_version.substr(0, slash)),
          std::string(core ? api_version : api_version.substr(slash + 1)), std::string(plural),
          std::string(kind),
          json::bool_at(entry, {"namespaced"}) ? kube::Scope::kNamespaced : kube::Scope::kCluster};
    }
    return fail(ErrorCode::kNotFound,
                fmt::format("the server at {} has no resource of kind {} in {}", connection_.url,
                            kind, api_version));
  }

  const Connection& connection() const override { return connection_; }

 private:
  static Result<json::Document> document(const std::string& body) {
    return std::make_shared<const json::Value>(TRY(parse_body(body)));
  }

  Result<net::Request> request(std::string_view method, std::string target) {
    net::Request request;
    request.method = method;
    request.target = std::move(target);
    request.headers.add("User-Agent", user_agent_);
    request.headers.add("Accept", std::string(kJson) + ", */*");
    const std::string token = TRY(bearer_token());
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    return request;
  }

  // A projected token is replaced about once an hour, the old one being valid for a while yet:
  // reading the small file each time is simpler than watching it, and never wrong.
  Result<std::string> bearer_token() const {
    if (connection_.token_file.empty()) return connection_.token;
    std::string token = TRY(context(read_file(connection_.token_file), "read the access token"));
    while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
    return token;
  }

  // GET; the body.
  Result<std::string> read(std::string target) {
    const net::Request get = TRY(request("GET", std::move(target)));
    for (int tries = 1;; ++tries) {
      net::Response response = TRY(client_->send(get));
      if (response.status / 100 == 2) return std::move(response.body);
      if (tries == kMaxTries || !wait_to_retry(response.status, response.headers, stop_))
        return std::unexpected(error_of(response.status, response.body));
    }
  }

  // GET; the body piece by piece.
  Result<std::unique_ptr<net::ResponseStream>> open(std::string target) {
    const net::Request get = TRY(request("GET", std::move(target)));
    for (int tries = 1;; ++tries) {
      auto stream = TRY(client_->open(get));
      if (stream->status() / 100 == 2) return stream;
      if (tries == kMaxTries || !wait_to_retry(stream->status(), stream->headers(), stop_))
        return std::unexpected(error_of(stream->status(), rest_of(*stream)));
    }
  }

  // Of an error's body, which should be short.
  std::string rest_of(net::ResponseStream& stream) {
    constexpr std::size_t kMaxErrorBody = 1024 * 1024;
    std::string body;
    while (body.size() < kMaxErrorBody) {
      const auto piece = stream.read(stop_);
      if (!piece || piece->empty()) break;
      body += *piece;
    }
    return body;
  }

  Result<std::string> write(std::string_view method, std::string target,
                            std::string_view content_type, std::string body) {
    net::Request write = TRY(request(method, std::move(target)));
    write.headers.add("Content-Type", std::string(content_type));
    write.body = std::move(body);
    net::Response response = TRY(client_->send(write));
    if (response.status / 100 == 2) return std::move(response.body);
    return std::unexpected(error_of(response.status, response.body));
  }

  const Connection connection_;
  const std::string user_agent_;
  const StopToken stop_;
  const std::unique_ptr<net::Client> client_;
};

}  // namespace

std::string path_of(const kube::Resource& resource, std::string_view space, std::string_view name,
                    std::string_view subresource) {
  std::string path = resource.group.empty()
                         ? "/api/" + resource.version
                         : fmt::format("/apis/{}/{}", resource.group, resource.version);
  if (resource.scope == kube::Scope::kNamespaced && !space.empty())
    path += "/namespaces/" + net::percent_encode(space);
  path += "/" + resource.plural;
  if (!name.empty()) path += "/" + net::percent_encode(name);
  if (!subresource.empty()) path += fmt::format("/{}", subresource);
  return path;
}

Result<std::unique_ptr<HttpApi>> connect(const Connection& connection, std::string user_agent,
                                         StopToken stop) {
  net::ClientOptions options;
  options.url = connection.url;
  options.tls = {connection.ca_pem, connection.certificate, connection.server_name,
                 connection.insecure};
  options.stop = stop;
  auto client = TRY(context(net::Client::create(options),
                            fmt::format("connect to cluster '{}'", connection.context)));
  return std::make_unique<HttpApiImpl>(connection, std::move(user_agent), std::move(stop),
                                       std::move(client));
}

}  // namespace firesteel::client
