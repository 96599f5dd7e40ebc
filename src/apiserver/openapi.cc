#include "apiserver/openapi.h"

#include "apiserver/media_type.h"
#include "base/json/print.h"
#include "kube/status.h"
#include "net/tls.h"

namespace firesteel::apiserver {
namespace {

std::string key_of(const kube::Resource& resource) {
  return (resource.group.empty() ? "api/" : "apis/" + resource.group + "/") + resource.version;
}

net::Response refusal(ErrorCode code, std::string message) {
  const Error error{code, std::move(message), {}};
  return {kube::status_code(code).http,
          {{"Content-Type", "application/json"}},
          json::print(kube::to_status(error))};
}

}  // namespace

OpenApi::OpenApi(std::shared_ptr<const Registry> registry) : registry_(std::move(registry)) {
  for (const ServedResource& served : registry_->all()) {
    const kube::Resource& resource = served.resource;
    versions_[key_of(resource)] = {resource.group, resource.version};
  }
}

const OpenApi::Page& OpenApi::version_page(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  if (const auto at = pages_.find(key); at != pages_.end()) return at->second;
  const auto& [group, version] = versions_.find(key)->second;
  Page page;
  page.body = json::print(openapi_v3(*registry_, group, version));
  page.hash = net::sha256_hex(page.body);
  return pages_.emplace(key, std::move(page)).first->second;
}

const OpenApi::Page& OpenApi::index_page() const {
  const std::lock_guard lock(mutex_);
  if (const auto at = pages_.find(""); at != pages_.end()) return at->second;
  json::Object paths;
  for (const auto& [key, group_version] : versions_) {
    const Page& page = version_page(key);
    paths[key] =
        json::Object{{"serverRelativeURL", fmt::format("/openapi/v3/{}?hash={}", key, page.hash)}};
  }
  Page page;
  page.body = json::print(json::Object{{"paths", std::move(paths)}});
  page.hash = net::sha256_hex(page.body);
  return pages_.emplace("", std::move(page)).first->second;
}

const OpenApi::Page& OpenApi::v2_page() const {
  const std::lock_guard lock(mutex_);
  if (const auto at = pages_.find("v2"); at != pages_.end()) return at->second;
  Page page;
  page.body = json::print(openapi_v2(*registry_));
  page.hash = net::sha256_hex(page.body);
  return pages_.emplace("v2", std::move(page)).first->second;
}

std::optional<net::Response> OpenApi::answer(const net::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  std::string_view path = net::path_of(request.target);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!path.starts_with("/openapi/")) return std::nullopt;
  const std::vector<MediaType> accepted = parse_accept(request.headers.get("Accept"));
  if (std::ranges::none_of(accepted, &MediaType::accepts_json)) {
    return refusal(ErrorCode::kNotAcceptable,
                   "only the following media types are accepted: application/json");
  }
  constexpr std::string_view kV3 = "/openapi/v3";
  const Page* page = nullptr;
  if (path == "/openapi/v2") {
    page = &v2_page();
  } else if (path == kV3) {
    page = &index_page();
  } else if (path.starts_with("/openapi/v3/")) {
    const auto at = versions_.find(path.substr(kV3.size() + 1));
    if (at != versions_.end()) page = &version_page(at->first);
  }
  if (page == nullptr) {
    return refusal(ErrorCode::kNotFound, fmt::format("there is no OpenAPI document {}", path));
  }
  net::Response response;
  const std::string etag = fmt::format("\"{}\"", page->hash);
  response.headers.add("Content-Type", "application/json");
  response.headers.add("ETag", etag);
  response.headers.add("Vary", "Accept");
  if (request.headers.get("If-None-Match") == etag) {
    response.status = 304;
    return response;
  }
  // A URL with the hash names one content for ever.
  for (const auto& [name, value] : net::query_of(request.target)) {
    if (name != "hash" || value != page->hash) continue;
    response.headers.add("Cache-Control", "public, immutable");
  }
  response.body = page->body;
  return response;
}

}  // namespace firesteel::apiserver
