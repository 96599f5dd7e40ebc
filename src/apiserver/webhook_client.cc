#include "apiserver/webhook_client.h"

#include <fmt/format.h>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "net/tls.h"

namespace firesteel::apiserver {

namespace {

struct Target {
  std::string url;          // to connect to
  std::string shown;        // as Kubernetes writes it in messages: https://name.namespace.svc:443
  std::string server_name;  // to verify; "" = the url's host
  std::string host;         // of the Host header; "" = the url's
  std::string path;
};

std::unexpected<Error> unavailable(std::string message) {
  return fail(ErrorCode::kUnavailable, std::move(message));
}

// "ADDRESS:PORT" of every ready endpoint that serves the service's port.
Result<std::vector<std::string>> endpoints_of(const ObjectSource& objects, std::string_view space,
                                              std::string_view name, std::int64_t port) {
  const json::Document service = objects.get(kube::resources::kServices, space, name);
  if (service == nullptr) return unavailable(fmt::format("service \"{}\" not found", name));
  const json::Value* wanted = nullptr;
  const json::Array& ports = json::array_at(*service, {"spec", "ports"});
  for (const json::Value& each : ports) {
    if (json::int_at(each, {"port"}) == port) wanted = &each;
  }
  if (wanted == nullptr) {
    return unavailable(fmt::format("no service port {} found for service \"{}\"", port, name));
  }
  const std::string_view port_name = json::string_at(*wanted, "name");
  std::vector<std::string> found;
  const json::Document endpoints = objects.get(kube::resources::kEndpoints, space, name);
  if (endpoints != nullptr) {
    for (const json::Value& subset : json::array_at(*endpoints, {"subsets"})) {
      for (const json::Value& each : json::array_at(subset, {"ports"})) {
        if (json::string_at(each, "name") != port_name) continue;
        for (const json::Value& address : json::array_at(subset, {"addresses"})) {
          found.push_back(
              fmt::format("{}:{}", json::string_at(address, "ip"), json::int_at(each, {"port"})));
        }
      }
    }
  }
  if (found.empty()) {
    return unavailable(fmt::format("no endpoints available for service \"{}\"", name));
  }
  return found;
}

// Without the address that a service stands for.
Target target_of(const json::Value& webhook) {
  Target target;
  const std::string_view url = json::string_at(webhook, {"clientConfig", "url"});
  if (!url.empty()) {
    const std::size_t slash = url.find('/', std::string_view("https://").size());
    target.url = url.substr(0, slash);
    target.shown = target.url;
    target.path = slash == std::string_view::npos ? "/" : url.substr(slash);
    return target;
  }
  const json::Value service = json::object_at(webhook, {"clientConfig", "service"});
  const std::string_view name = json::string_at(service, "name");
  const std::string_view space = json::string_at(service, "namespace");
  const std::int64_t port = json::int_at(service, {"port"}, 443);
  target.server_name = fmt::format("{}.{}.svc", name, space);
  target.host = fmt::format("{}:{}", target.server_name, port);
  target.shown = "https://" + target.host;
  target.path = json::string_at(service, "path");
  if (!target.path.starts_with('/')) target.path = "/" + target.path;
  return target;
}

Result<std::string> address_of(const ObjectSource& objects, const json::Value& webhook,
                               std::size_t turn) {
  const json::Value service = json::object_at(webhook, {"clientConfig", "service"});
  const auto endpoints =
      TRY(endpoints_of(objects, json::string_at(service, "namespace"),
                       json::string_at(service, "name"), json::int_at(service, {"port"}, 443)));
  return "https://" + endpoints[turn % endpoints.size()];
}

Result<std::string> ca_bundle(const json::Value& webhook) {
  const std::string_view text = json::string_at(webhook, {"clientConfig", "caBundle"});
  return context(net::base64_decode(text), "unable to load root certificates: caBundle");
}

Error in_words_of_go(Error error) {
  if (error.code == ErrorCode::kTimeout) error.message = "context deadline exceeded";
  return error;
}

}  // namespace

Result<WebhookVerdict> read_verdict(int http_status, const std::string& body,
                                    std::string_view uid) {
  if (http_status < 200 || http_status > 299) {
    return fail(ErrorCode::kInternal,
                fmt::format("an error on the server (\"{}\") has prevented the request from "
                            "succeeding: HTTP status {}",
                            std::string_view(body).substr(0, 200), http_status));
  }
  const auto review = json::parse(body);
  if (!review) {
    return fail(ErrorCode::kInternal,
                fmt::format("the webhook's answer is not JSON: {}", review.error().message));
  }
  const std::string_view version = json::string_at(*review, "apiVersion");
  const std::string_view kind = json::string_at(*review, "kind");
  if (version != "admission.k8s.io/v1" || kind != "AdmissionReview") {
    return fail(ErrorCode::kInternal,
                fmt::format("expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview"
                            ", got {}, Kind={}",
                            version, kind));
  }
  if (json::find(*review, "response") == nullptr) {
    return fail(ErrorCode::kInternal, "webhook response was absent");
  }
  const json::Value response = json::object_at(*review, {"response"});
  if (json::string_at(response, "uid") != uid) {
    return fail(ErrorCode::kInternal, fmt::format("expected response.uid=\"{}\", got \"{}\"", uid,
                                                  json::string_at(response, "uid")));
  }
  WebhookVerdict verdict;
  verdict.allowed = json::bool_at(response, {"allowed"});
  if (const json::Value* status = json::find(response, "status")) verdict.status = *status;
  for (const json::Value& warning : json::array_at(response, {"warnings"})) {
    if (warning.is_string()) verdict.warnings.emplace_back(json::view(warning.get_string()));
  }
  const std::string_view patch = json::string_at(response, "patch");
  if (patch.empty()) return verdict;
  if (json::string_at(response, "patchType") != "JSONPatch") {
    return fail(ErrorCode::kInternal,
                fmt::format("invalid response.patchType \"{}\": expected JSONPatch",
                            json::string_at(response, "patchType")));
  }
  const std::string text = TRY(context(net::base64_decode(patch), "response.patch"));
  verdict.patch = TRY(context(json::parse(text), "response.patch"));
  return verdict;
}

Result<WebhookVerdict> WebhookClients::call(const ObjectSource& objects, const json::Value& webhook,
                                            const json::Value& review, std::string_view uid) {
  const std::int64_t seconds = json::int_at(webhook, {"timeoutSeconds"}, 10);
  const std::string query = fmt::format("?timeout={}s", seconds);
  Target target = target_of(webhook);
  const auto told = [&](Error error) {
    error = in_words_of_go(std::move(error));
    error.message =
        fmt::format("Post \"{}{}{}\": {}", target.shown, target.path, query, error.message);
    return std::unexpected(std::move(error));
  };
  if (target.url.empty()) {
    auto address = address_of(objects, webhook, turn_++);
    if (!address) return told(std::move(address).error());
    target.url = *std::move(address);
  }
  net::ClientOptions options;
  options.url = target.url;
  options.tls.ca_pem = TRY(ca_bundle(webhook));
  options.tls.server_name = target.server_name;
  options.request_timeout = std::chrono::seconds(seconds);
  options.connect_timeout = options.request_timeout;
  options.max_body_bytes = kMaxAnswerBytes;
  const auto connected = client(options);
  if (!connected) return told(connected.error());
  net::Request request;
  request.method = "POST";
  request.target = target.path + query;
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept", "application/json");
  request.headers.add("User-Agent", "kube-apiserver-admission");
  if (!target.host.empty()) request.headers.add("Host", target.host);
  request.body = json::print(review);
  const auto response = (*connected)->send(request);
  if (!response) return told(response.error());
  return read_verdict(response->status, response->body, uid);
}

Result<std::shared_ptr<net::Client>> WebhookClients::client(const net::ClientOptions& options) {
  const std::string key = fmt::format("{}|{}|{}|{}", options.url, options.tls.server_name,
                                      options.request_timeout.count(), options.tls.ca_pem);
  const std::lock_guard lock(mutex_);
  const auto known = clients_.find(key);
  if (known != clients_.end()) return known->second;
  net::ClientOptions with_stop = options;
  with_stop.stop = stop_.token();
  std::shared_ptr<net::Client> made = TRY(net::Client::create(with_stop));
  if (clients_.size() >= kMaxClients) clients_.clear();
  clients_.emplace(key, made);
  return made;
}

}  // namespace firesteel::apiserver
