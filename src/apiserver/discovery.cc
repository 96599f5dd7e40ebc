#include "apiserver/discovery.h"

#include <boost/json/array.hpp>
#include <charconv>

#include "apiserver/discovery_documents.h"
#include "apiserver/media_type.h"
#include "base/json/print.h"
#include "net/tls.h"

namespace firesteel::apiserver {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kAggregatedV2 =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
constexpr std::string_view kAggregatedV2Beta1 =
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

std::string etag_of(std::string_view body) {
  return fmt::format("\"{}\"", net::sha256_hex(body).substr(0, 64));
}

bool is_aggregated(const MediaType& type, std::string_view version) {
  return type.type == kJson && type.parameter("as") == "APIGroupDiscoveryList" &&
         type.parameter("g") == "apidiscovery.k8s.io" && type.parameter("v") == version;
}

}  // namespace

json::Value version_info() {
  return json::Object{{"major", kKubernetesMajor},
                      {"minor", kKubernetesMinor},
                      {"gitVersion", std::string(kKubernetesVersion) + "+firesteel"},
                      {"gitCommit", ""},
                      {"gitTreeState", "clean"},
                      {"buildDate", "1970-01-01T00:00:00Z"},
                      {"goVersion", ""},
                      {"compiler", "gcc"},
                      {"platform", "linux/amd64"}};
}

Discovery::Discovery(const Registry& registry, std::string_view server_address) {
  const auto page = [](const json::Value& body, std::string_view type) {
    Page out{json::print(body), "", std::string(type)};
    out.etag = etag_of(out.body);
    return out;
  };
  const auto groups = discovery::groups_of(registry);
  const auto aggregated = [&](bool core) {
    Pages pages;
    pages.aggregated_v2 = page(discovery::aggregated_list(groups, core, "v2"), kAggregatedV2);
    pages.aggregated_v2beta1 =
        page(discovery::aggregated_list(groups, core, "v2beta1"), kAggregatedV2Beta1);
    return pages;
  };
  Pages api = aggregated(true);
  api.plain = page(discovery::api_versions(groups, server_address), kJson);
  pages_["/api"] = std::move(api);
  Pages apis = aggregated(false);
  apis.plain = page(discovery::api_group_list(groups), kJson);
  pages_["/apis"] = std::move(apis);
  for (const discovery::Group& group : groups) {
    const std::string prefix = group.name.empty() ? "/api" : "/apis/" + group.name;
    if (!group.name.empty()) {
      pages_[prefix].plain = page(discovery::api_group(group, true), kJson);
    }
    for (const discovery::Version& version : group.versions) {
      pages_[prefix + "/" + version.name].plain =
          page(discovery::api_resource_list(group, version), kJson);
    }
  }
  pages_["/version"].plain = page(version_info(), kJson);
}

std::optional<net::Response> Discovery::answer(const net::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  std::string_view path = net::path_of(request.target);
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto at = pages_.find(path);
  if (at == pages_.end()) return std::nullopt;
  const Pages& pages = at->second;

  const Page* chosen = nullptr;
  for (const MediaType& type : parse_accept(request.headers.get("Accept"))) {
    if (pages.aggregated_v2 && is_aggregated(type, "v2")) {
      chosen = &*pages.aggregated_v2;
    } else if (pages.aggregated_v2beta1 && is_aggregated(type, "v2beta1")) {
      chosen = &*pages.aggregated_v2beta1;
    } else if (type.accepts_json() && type.parameter("as").empty()) {
      chosen = &pages.plain;
    }
    if (chosen != nullptr) break;
  }
  if (chosen == nullptr) {
    return net::Response{406,
                         {{"Content-Type", "application/json"}},
                         "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"
                         "\"Failure\",\"message\":\"only the following media types are accepted: "
                         "application/json\",\"reason\":\"NotAcceptable\",\"code\":406}"};
  }
  net::Response response;
  response.headers.add("Content-Type", chosen->content_type);
  response.headers.add("ETag", chosen->etag);
  response.headers.add("Vary", "Accept");
  response.headers.add("Cache-Control", "public");
  if (request.headers.get("If-None-Match") == chosen->etag) {
    response.status = 304;
    return response;
  }
  response.body = chosen->body;
  return response;
}

}  // namespace firesteel::apiserver
