#include "node/plan/hosts.h"

#include "kube/object.h"

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

void add_service(std::string& out, const json::Value& service,
                 const std::vector<Endpoint>& endpoints, std::string_view space) {
  const std::string_view name = kube::name_of(service);
  const std::string_view home = kube::namespace_of(service);
  const std::string names = service_names(name, home, home == space);
  std::vector<const Endpoint*> chosen;
  for (const Endpoint& endpoint : endpoints)
    if (selects(service, endpoint)) chosen.push_back(&endpoint);
  std::ranges::stable_sort(chosen, std::ranges::greater{},
                           [](const Endpoint* one) { return one->ready; });
  const bool headless = json::string_at(service, {"spec", "clusterIP"}) == "None";
  if (!headless && chosen.size() > 1) chosen.resize(1);
  for (const Endpoint* endpoint : chosen) {
    add(out, endpoint->ip, names);
    if (endpoint->host_name.empty() || endpoint->subdomain != name) continue;
    add(out, endpoint->ip,
        service_names(fmt::format("{}.{}", endpoint->host_name, name), home, home == space));
  }
}

}  // namespace

std::string hosts_file(const std::vector<json::Document>& services,
                       const std::vector<Endpoint>& endpoints, std::string_view space,
                       std::string_view own_ip, std::string_view own_name,
                       std::string_view api_host) {
  std::string out = "# Written by firesteel; Services and pods of the cluster.\n";
  add(out, "127.0.0.1", "localhost");
  add(out, "::1", "localhost ip6-localhost ip6-loopback");
  add(out, own_ip, own_name);
  add(out, api_host, service_names("kubernetes", "default", space == "default"));
  for (const json::Document& service : services) {
    if (kube::name_of(*service) == "kubernetes" && kube::namespace_of(*service) == "default")
      continue;
    add_service(out, *service, endpoints, space);
  }
  return out;
}

}  // namespace firesteel::node::plan
