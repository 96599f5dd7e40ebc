#pragma once
// The documents of API discovery, made of a registry. Pure. Used by discovery.cc.
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/registry.h"
#include "base/json/json.h"

namespace firesteel::apiserver::discovery {

struct Version {
  std::string name;
  std::vector<const ServedResource*> resources;  // live as long as the registry
};
struct Group {
  std::string name;               // "" for core
  std::vector<Version> versions;  // preferred first
};

// Core first, then by name.
[[nodiscard]] std::vector<Group> groups_of(const Registry& registry);

[[nodiscard]] json::Value api_versions(const std::vector<Group>& groups,
                                       std::string_view server_address);     // /api
[[nodiscard]] json::Value api_group_list(const std::vector<Group>& groups);  // /apis
[[nodiscard]] json::Value api_group(const Group& group, bool with_type);     // /apis/GROUP
[[nodiscard]] json::Value api_resource_list(const Group& group, const Version& version);
// apidiscovery.k8s.io APIGroupDiscoveryList: of the core group, or of all others.
[[nodiscard]] json::Value aggregated_list(const std::vector<Group>& groups, bool core,
                                          std::string_view api_version);

// What a subresource takes and gives.
struct Subresource {
  std::string group, version, kind;
  std::vector<std::string> verbs;
};
[[nodiscard]] Subresource subresource_of(const ServedResource& served, std::string_view name);

}  // namespace firesteel::apiserver::discovery
