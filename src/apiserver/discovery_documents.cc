#include "apiserver/discovery_documents.h"

#include <boost/json/array.hpp>
#include <charconv>

#include "apiserver/discovery.h"

namespace firesteel::apiserver {
namespace {

// "v1beta2" to {major 1, stage 2 (beta), minor 2}; stage 0 for what is no Kubernetes version.
struct ParsedVersion {
  int stage = 0;  // 3 = general availability, 2 = beta, 1 = alpha
  int major = 0;
  int minor = 0;
  auto operator<=>(const ParsedVersion&) const = default;
};

ParsedVersion parse_version(std::string_view text) {
  ParsedVersion out;
  if (!text.starts_with('v')) return {};
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data() + 1, end, out.major);
  if (error != std::errc() || out.major <= 0) return {};
  std::string_view tail(rest, static_cast<std::size_t>(end - rest));
  out.stage = 3;
  if (tail.empty()) return out;
  const std::string_view word = tail.starts_with("alpha") ? "alpha" : "beta";
  if (!tail.starts_with(word)) return {};
  out.stage = word == "beta" ? 2 : 1;
  tail.remove_prefix(word.size());
  const auto [stop, bad] = std::from_chars(tail.data(), end, out.minor);
  if (bad != std::errc() || stop != end) return {};
  return out;
}

json::Array array_of(const std::vector<std::string>& texts) {
  json::Array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

}  // namespace

bool version_before(std::string_view left, std::string_view right) {
  const ParsedVersion a = parse_version(left);
  const ParsedVersion b = parse_version(right);
  if (a.stage == 0 && b.stage == 0) return left < right;
  return a > b;
}

namespace discovery {
namespace {

json::Object group_version(const Group& group, const Version& version) {
  const std::string text = group.name.empty() ? version.name : group.name + "/" + version.name;
  return {{"groupVersion", text}, {"version", version.name}};
}

// {group, version, kind} of what is answered.
json::Object response_kind(const Subresource& kind) {
  return {{"group", kind.group}, {"version", kind.version}, {"kind", kind.kind}};
}

json::Object resource_entry(const ServedResource& served) {
  json::Object out{{"name", served.resource.plural},
                   {"singularName", served.singular},
                   {"namespaced", served.namespaced()},
                   {"kind", served.resource.kind},
                   {"verbs", array_of(served.verbs)}};
  if (!served.short_names.empty()) out["shortNames"] = array_of(served.short_names);
  if (!served.categories.empty()) out["categories"] = array_of(served.categories);
  return out;
}

json::Object subresource_entry(const ServedResource& served, const std::string& name) {
  const Subresource kind = subresource_of(served, name);
  json::Object out{{"name", served.resource.plural + "/" + name},
                   {"singularName", ""},
                   {"namespaced", served.namespaced()}};
  if (kind.group != served.resource.group || kind.version != served.resource.version) {
    out["group"] = kind.group;
    out["version"] = kind.version;
  }
  out["kind"] = kind.kind;
  out["verbs"] = array_of(kind.verbs);
  return out;
}

json::Object aggregated_resource(const ServedResource& served) {
  json::Object out{
      {"resource", served.resource.plural},
      {"responseKind",
       response_kind({served.resource.group, served.resource.version, served.resource.kind, {}})},
      {"scope", served.namespaced() ? "Namespaced" : "Cluster"},
      {"singularResource", served.singular},
      {"verbs", array_of(served.verbs)}};
  if (!served.short_names.empty()) out["shortNames"] = array_of(served.short_names);
  if (!served.categories.empty()) out["categories"] = array_of(served.categories);
  json::Array subresources;
  for (const std::string& name : served.subresources) {
    const Subresource kind = subresource_of(served, name);
    subresources.emplace_back(json::Object{{"subresource", name},
                                           {"responseKind", response_kind(kind)},
                                           {"verbs", array_of(kind.verbs)}});
  }
  if (!subresources.empty()) out["subresources"] = std::move(subresources);
  return out;
}

json::Object aggregated_group(const Group& group) {
  json::Array versions;
  for (const Version& version : group.versions) {
    json::Array resources;
    for (const ServedResource* served : version.resources) {
      resources.emplace_back(aggregated_resource(*served));
    }
    versions.emplace_back(json::Object{
        {"version", version.name}, {"resources", std::move(resources)}, {"freshness", "Current"}});
  }
  json::Object metadata;
  if (!group.name.empty()) metadata["name"] = group.name;
  return {{"metadata", std::move(metadata)}, {"versions", std::move(versions)}};
}

}  // namespace

std::vector<Group> groups_of(const Registry& registry) {
  std::vector<Group> groups;  // the registry is in order of group, version
  for (const ServedResource& served : registry.all()) {
    const kube::Resource& resource = served.resource;
    if (groups.empty() || groups.back().name != resource.group) {
      groups.push_back({resource.group, {}});
    }
    std::vector<Version>& versions = groups.back().versions;
    if (versions.empty() || versions.back().name != resource.version) {
      versions.push_back({resource.version, {}});
    }
    versions.back().resources.push_back(&served);
  }
  for (Group& group : groups) {
    std::ranges::stable_sort(group.versions, version_before, &Version::name);
  }
  return groups;
}

Subresource subresource_of(const ServedResource& served, std::string_view name) {
  const std::string& group = served.resource.group;
  const std::string& version = served.resource.version;
  const std::string& kind = served.resource.kind;
  const std::vector<std::string> change{"get", "patch", "update"};
  if (name == "scale") return {"autoscaling", "v1", "Scale", change};
  if (name == "binding") return {"", "v1", "Binding", {"create"}};
  if (name == "eviction") return {"policy", "v1", "Eviction", {"create"}};
  if (name == "token") return {"authentication.k8s.io", "v1", "TokenRequest", {"create"}};
  if (name == "log") return {group, version, kind, {"get"}};
  if (name == "finalize") return {group, version, kind, {"update"}};
  if (name == "exec") return {"", "v1", "PodExecOptions", {"create", "get"}};
  if (name == "attach") return {"", "v1", "PodAttachOptions", {"create", "get"}};
  if (name == "portforward") return {"", "v1", "PodPortForwardOptions", {"create", "get"}};
  return {group, version, kind, change};  // status, ephemeralcontainers, resize
}

json::Value api_versions(const std::vector<Group>& groups, std::string_view server_address) {
  json::Array versions;
  for (const Group& group : groups) {
    if (!group.name.empty()) continue;
    for (const Version& version : group.versions) versions.emplace_back(version.name);
  }
  json::Array addresses;
  addresses.emplace_back(
      json::Object{{"clientCIDR", "0.0.0.0/0"}, {"serverAddress", server_address}});
  return json::Object{{"kind", "APIVersions"},
                      {"versions", std::move(versions)},
                      {"serverAddressByClientCIDRs", std::move(addresses)}};
}

json::Value api_group(const Group& group, bool with_type) {
  json::Object out;
  if (with_type) {
    out["kind"] = "APIGroup";
    out["apiVersion"] = "v1";
  }
  json::Array versions;
  for (const Version& version : group.versions) {
    versions.emplace_back(group_version(group, version));
  }
  out["name"] = group.name;
  out["versions"] = std::move(versions);
  out["preferredVersion"] = group_version(group, group.versions.front());
  return out;
}

json::Value api_group_list(const std::vector<Group>& groups) {
  json::Array list;
  for (const Group& group : groups) {
    if (!group.name.empty()) list.push_back(api_group(group, false));
  }
  return json::Object{{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(list)}};
}

json::Value api_resource_list(const Group& group, const Version& version) {
  json::Array resources;
  for (const ServedResource* served : version.resources) {
    resources.emplace_back(resource_entry(*served));
    for (const std::string& name : served->subresources) {
      resources.emplace_back(subresource_entry(*served, name));
    }
  }
  const std::string text = group.name.empty() ? version.name : group.name + "/" + version.name;
  return json::Object{{"kind", "APIResourceList"},
                      {"apiVersion", "v1"},
                      {"groupVersion", text},
                      {"resources", std::move(resources)}};
}

json::Value aggregated_list(const std::vector<Group>& groups, bool core,
                            std::string_view api_version) {
  json::Array items;
  for (const Group& group : groups) {
    if (group.name.empty() == core) items.emplace_back(aggregated_group(group));
  }
  return json::Object{{"kind", "APIGroupDiscoveryList"},
                      {"apiVersion", fmt::format("apidiscovery.k8s.io/{}", api_version)},
                      {"metadata", json::Object()},
                      {"items", std::move(items)}};
}

}  // namespace discovery
}  // namespace firesteel::apiserver
