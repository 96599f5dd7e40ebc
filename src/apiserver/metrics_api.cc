#include "apiserver/metrics_api.h"

#include <boost/json/array.hpp>

#include "apiserver/kubelet_link.h"
#include "base/json/parse.h"
#include "kube/object.h"
#include "kube/selector.h"
#include "net/client.h"

namespace firesteel::apiserver {
namespace {

constexpr std::chrono::milliseconds kAskTimeout{5000};

Result<json::Value> fetch_summary(const Core& core, const json::Value& node) {
  net::ClientOptions options;
  options.url = TRY(kubelet_url(node));
  options.tls.ca_pem = core.options().client_ca_pem;
  options.tls.certificate = core.options().kubelet_client;
  options.request_timeout = kAskTimeout;
  const auto client = TRY(net::Client::create(options));
  net::Request request;
  request.target = "/stats/summary";
  const net::Response response = TRY(client->send(request));
  if (response.status != 200)
    return fail(ErrorCode::kUnavailable,
                fmt::format("the node agent {} answered {}", options.url, response.status));
  return json::parse(response.body);
}

// What all agents that answer have measured, by node.
std::map<std::string, json::Value, std::less<>> summaries(const Core& core) {
  std::map<std::string, json::Value, std::less<>> result;
  for (const json::Document& node : core.list(kube::resources::kNodes, "")) {
    Result<json::Value> summary = fetch_summary(core, *node);
    if (summary) result.emplace(kube::name_of(*node), std::move(*summary));
  }
  return result;
}

json::Object usage_of(const json::Value& measured) {
  return {{"cpu", fmt::format("{}n", json::int_at(measured, {"cpu", "usageNanoCores"}))},
          {"memory",
           fmt::format("{}Ki", json::int_at(measured, {"memory", "workingSetBytes"}) / 1024)}};
}

// "1m2.5s" as Go prints durations, from the window of the measurement.
std::string window_of(const json::Value& measured) {
  const json::Value* seconds = json::find(measured, {"cpu", "windowSeconds"});
  const double window =
      seconds != nullptr && seconds->is_number() ? seconds->to_number<double>() : 0;
  const auto whole = static_cast<std::int64_t>(window);
  if (whole < 60) return fmt::format("{:.3f}s", window);
  if (whole < 3600) return fmt::format("{}m{}s", whole / 60, whole % 60);
  return fmt::format("{}h{}m{}s", whole / 3600, whole / 60 % 60, whole % 60);
}

json::Value metrics(std::string_view kind, const json::Value& object, const json::Value& measured) {
  json::Object metadata{{"name", kube::name_of(object)},
                        {"creationTimestamp", json::string_at(measured, {"cpu", "time"})}};
  if (!kube::namespace_of(object).empty()) metadata["namespace"] = kube::namespace_of(object);
  const json::Object& labels = json::object_at(object, {"metadata", "labels"});
  if (!labels.empty()) metadata["labels"] = labels;
  return json::Object{{"kind", kind},
                      {"apiVersion", "metrics.k8s.io/v1beta1"},
                      {"metadata", std::move(metadata)},
                      {"timestamp", json::string_at(measured, {"cpu", "time"})},
                      {"window", window_of(measured)}};
}

}  // namespace

json::Value node_metrics(const json::Value& object, const json::Value& summary) {
  const json::Value* node = json::find(summary, "node");
  if (node == nullptr) return nullptr;
  json::Value made = metrics("NodeMetrics", object, *node);
  made.as_object()["usage"] = usage_of(*node);
  return made;
}

json::Value pod_metrics(const json::Value& object, const json::Value& summary) {
  for (const json::Value& pod : json::array_at(summary, {"pods"})) {
    if (json::string_at(pod, {"podRef", "name"}) != kube::name_of(object) ||
        json::string_at(pod, {"podRef", "namespace"}) != kube::namespace_of(object))
      continue;
    const json::Array& containers = json::array_at(pod, {"containers"});
    if (containers.empty()) return nullptr;
    json::Value made = metrics("PodMetrics", object, containers.front());
    json::Array listed;
    for (const json::Value& container : containers)
      listed.push_back(json::Object{{"name", json::string_at(container, "name")},
                                    {"usage", usage_of(container)}});
    made.as_object()["containers"] = std::move(listed);
    return made;
  }
  return nullptr;
}

Result<Answer> answer_metrics(Call& call) {
  const std::string& verb = call.path.verb;
  if ((verb != "get" && verb != "list") || !call.path.subresource.empty())
    return fail(ErrorCode::kMethodNotAllowed,
                "the server does not allow this method on the requested resource");
  const bool nodes = call.resource().plural == "nodes";
  const auto measured = summaries(call.core);
  if (measured.empty())
    return fail(ErrorCode::kUnavailable, "no node agent has answered with measurements");
  const auto metrics_of = [&](const json::Value& object) -> json::Value {
    const auto at = measured.find(nodes ? kube::name_of(object)
                                        : json::string_at(object, {"spec", "nodeName"}));
    if (at == measured.end()) return nullptr;
    return nodes ? node_metrics(object, at->second) : pod_metrics(object, at->second);
  };
  const kube::Resource& about = nodes ? kube::resources::kNodes : kube::resources::kPods;
  if (verb == "get") {
    const json::Document object = call.core.get(about, call.path.space, call.path.name);
    json::Value made = object == nullptr ? json::Value(nullptr) : metrics_of(*object);
    if (made.is_null()) return not_found(call.resource(), call.path.name);
    return Answer{200, ObjectAnswer{std::make_shared<const json::Value>(std::move(made))}};
  }
  const auto selector = TRY(kube::LabelSelector::parse(query_value(call.query, "labelSelector")));
  ListAnswer list;
  for (const json::Document& object : call.core.list(about, call.path.space)) {
    if (!selector.matches(json::object_at(*object, {"metadata", "labels"}))) continue;
    json::Value made = metrics_of(*object);
    if (!made.is_null()) list.items.push_back(std::make_shared<const json::Value>(std::move(made)));
  }
  return Answer{200, std::move(list)};
}

}  // namespace firesteel::apiserver
