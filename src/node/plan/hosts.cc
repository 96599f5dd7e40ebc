#include "node/plan/hosts.h"

#include "kube/object.h"
#include "node/plan/routes.h"

namespace firesteel::node::plan {
namespace {

constexpr std::string_view kClusterDomain = "cluster.local";

bool selects(const json::Value& service, const Endpoint& endpoint) {
  if (endpoint.space != kube::namespace_of(service)) return false;
  const json::Object& selector = json::object_at(service, {"spec", "selector"});
  if (selector.empty()) return false;
  return std::ranges::all_of(selector, [&endpoint](const auto& pair) {
    const json::Value* label = json::find(kube::labels_of(*endpoint.pod), pair.key());
    return label != nullptr && *label == pair.value();
  });
}

std::string service_names(std::string_view name, std::string_view space, bool own) {
  const std::string full = fmt::format("{}.{}.svc", name, space);
  std::string names = fmt::format("{} {}.{} {}.{}", full, full, kClusterDomain, name, space);
  if (own) names += fmt::format(" {}", name);
  return names;
}

void add(std::string& out, std::string_view ip, std::string_view names) {
  out += fmt::format("{}\t{}\n", ip, names);
}

// Addresses that a Service's name stands for.
std::vector<std::string> addresses_of(const json::Value& service, const Neighbours& around) {
  if (is_proxied(service)) return {std::string(json::string_at(service, {"spec", "clusterIP"}))};
  std::vector<std::string> found;
  std::vector<const Endpoint*> chosen;
  for (const Endpoint& endpoint : around.endpoints)
    if (selects(service, endpoint)) chosen.push_back(&endpoint);
  std::ranges::stable_sort(chosen, std::ranges::greater{},
                           [](const Endpoint* one) { return one->ready; });
  for (const Endpoint* endpoint : chosen) found.push_back(endpoint->ip);
  for (const json::Document& slice : around.slices) {
    if (kube::namespace_of(*slice) != kube::namespace_of(service)) continue;
    if (kube::label_of(*slice, "kubernetes.io/service-name") != kube::name_of(service)) continue;
    for (const json::Value& endpoint : json::array_at(*slice, {"endpoints"}))
      for (const json::Value& address : json::array_at(endpoint, {"addresses"}))
        if (address.is_string()) found.emplace_back(json::view(address.get_string()));
  }
  return found;
}

bool is_address(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

// The Service that "name.namespace.svc", with or without the cluster's domain, names; or null.
const json::Value* service_named(std::string_view name, const Neighbours& around) {
  const auto is_it = [&name](const json::Document& service) {
    const std::string full =
        fmt::format("{}.{}.svc", kube::name_of(*service), kube::namespace_of(*service));
    return name == full || name == fmt::format("{}.{}", full, kClusterDomain);
  };
  const auto found = std::ranges::find_if(around.services, is_it);
  return found == around.services.end() ? nullptr : found->get();
}

void add_service(std::string& out, const json::Value& service, const Neighbours& around,
                 std::string_view space) {
  const std::string_view name = kube::name_of(service);
  const std::string_view home = kube::namespace_of(service);
  const std::string names = service_names(name, home, home == space);
  const std::string_view external = json::string_at(service, {"spec", "externalName"});
  if (json::string_at(service, {"spec", "type"}) == "ExternalName") {
    const json::Value* other = service_named(external, around);
    if (is_address(external)) add(out, external, names);
    if (other == nullptr) return;
    for (const std::string& ip : addresses_of(*other, around)) add(out, ip, names);
    return;
  }
  for (const std::string& ip : addresses_of(service, around)) add(out, ip, names);
  if (is_proxied(service)) return;
  for (const Endpoint& endpoint : around.endpoints) {
    if (endpoint.host_name.empty() || endpoint.subdomain != name) continue;
    if (!selects(service, endpoint)) continue;
    add(out, endpoint.ip,
        service_names(fmt::format("{}.{}", endpoint.host_name, name), home, home == space));
  }
}

}  // namespace

std::string hosts_file(const Neighbours& around, std::string_view space, std::string_view own_ip,
                       std::string_view own_names) {
  std::string out = "# Written by firesteel; Services and pods of the cluster.\n";
  add(out, "127.0.0.1", "localhost");
  add(out, "::1", "localhost ip6-localhost ip6-loopback");
  add(out, own_ip, own_names);
  const auto is_api = [](const json::Document& service) {
    return kube::name_of(*service) == "kubernetes" && kube::namespace_of(*service) == "default";
  };
  const auto api = std::ranges::find_if(around.services, is_api);
  if (api == around.services.end() || !is_proxied(**api))
    add(out, around.api_host, service_names("kubernetes", "default", space == "default"));
  for (const json::Document& service : around.services) add_service(out, *service, around, space);
  return out;
}

}  // namespace firesteel::node::plan
