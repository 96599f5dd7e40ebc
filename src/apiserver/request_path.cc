#include "apiserver/request_path.h"

#include <vector>
#include "kube/query_flag.h"

namespace firesteel::apiserver {

namespace {

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) parts.push_back(net::percent_decode(path.substr(0, end)));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string resource_verb(std::string_view method, const RequestPath& path,
                          const net::Query& query) {
  if (method == "GET" || method == "HEAD") {
    if (!path.name.empty()) return "get";
    return query_flag(query, "watch") ? "watch" : "list";
  }
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return path.name.empty() ? "deletecollection" : "delete";
  return "";
}

}  // namespace

std::string_view query_value(const net::Query& query, std::string_view name) {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

bool query_flag(const net::Query& query, std::string_view name) {
  for (const auto& [key, value] : query) {
    if (key == name) return kube::query_flag(value);
  }
  return false;
}

RequestPath parse_request_path(std::string_view method, std::string_view path,
                               const net::Query& query) {
  RequestPath out;
  const std::vector<std::string> parts = segments(path);
  const bool core = !parts.empty() && parts[0] == "api";
  const bool grouped = !parts.empty() && parts[0] == "apis";
  std::size_t at = core ? 2 : 3;
  if ((!core && !grouped) || parts.size() <= at) {
    out.verb = lower(method);
    return out;
  }
  out.is_resource = true;
  out.group = core ? "" : parts[1];
  out.version = core ? parts[1] : parts[2];
  // The old prefix /watch/ is the same as ?watch=true.
  const bool watch_prefix = parts[at] == "watch" && parts.size() > at + 1;
  if (watch_prefix) ++at;
  // namespaces/NAME/RESOURCE is inside a namespace; namespaces/NAME[/status|/finalize] is about
  // one.
  const bool about_namespace =
      parts.size() == at + 3 && (parts[at + 2] == "status" || parts[at + 2] == "finalize");
  if (parts[at] == "namespaces" && parts.size() > at + 2 && !about_namespace) {
    out.space = parts[at + 1];
    at += 2;
  }
  out.plural = parts[at];
  if (parts.size() > at + 1) out.name = parts[at + 1];
  if (parts.size() > at + 2) out.subresource = parts[at + 2];
  out.too_long = parts.size() > at + 3;
  if (core && out.plural == "namespaces" && !out.name.empty()) out.space = out.name;
  out.verb = watch_prefix ? "watch" : resource_verb(method, out, query);
  return out;
}

}  // namespace firesteel::apiserver
