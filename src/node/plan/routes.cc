#include "node/plan/routes.h"

#include <algorithm>
#include <map>

#include "kube/object.h"

namespace firesteel::node::plan {
namespace {

using json::string_at;
using SlicesByService = std::map<std::string, std::vector<json::Document>>;

constexpr std::int64_t kDefaultAffinitySeconds = 10800;
constexpr std::string_view kNodeAddress = "127.0.0.1";

// The slice's number for a Service's port of that name; 0 when it has none.
int slice_port(const json::Value& slice, std::string_view name) {
  for (const json::Value& port : json::array_at(slice, {"ports"})) {
    if (string_at(port, "name") == name) return static_cast<int>(json::int_at(port, {"port"}));
  }
  return 0;
}

std::vector<Target> targets_of(const std::vector<json::Document>& slices, std::string_view port) {
  std::vector<Target> ready;
  std::vector<Target> ending;
  for (const json::Document& slice : slices) {
    const int number = slice_port(*slice, port);
    if (number == 0 || string_at(*slice, "addressType") != "IPv4") continue;
    for (const json::Value& endpoint : json::array_at(*slice, {"endpoints"})) {
      const json::Array& addresses = json::array_at(endpoint, {"addresses"});
      if (addresses.empty() || !addresses[0].is_string()) continue;
      const Target target{std::string(json::view(addresses[0].get_string())), number};
      // What is not said is as good as ready.
      if (json::bool_at(endpoint, {"conditions", "ready"}, true)) {
        ready.push_back(target);
      } else if (json::bool_at(endpoint, {"conditions", "serving"}) &&
                 json::bool_at(endpoint, {"conditions", "terminating"})) {
        ending.push_back(target);
      }
    }
  }
  std::vector<Target>& chosen = ready.empty() ? ending : ready;
  std::ranges::sort(chosen);
  const auto [first, last] = std::ranges::unique(chosen);
  chosen.erase(first, last);
  return chosen;
}

void add_routes(const json::Value& service, const std::vector<json::Document>& slices,
                std::vector<Route>& routes) {
  Route route;
  route.service = kube::key_of(service);
  if (string_at(service, {"spec", "sessionAffinity"}) == "ClientIP") {
    route.affinity = std::chrono::seconds(
        json::int_at(service, {"spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds"},
                     kDefaultAffinitySeconds));
  }
  for (const json::Value& port : json::array_at(service, {"spec", "ports"})) {
    const std::string_view protocol = string_at(port, "protocol");
    if (!protocol.empty() && protocol != "TCP") continue;
    route.targets = targets_of(slices, string_at(port, "name"));
    if (route.targets.empty()) continue;
    route.address = string_at(service, {"spec", "clusterIP"});
    route.port = static_cast<int>(json::int_at(port, {"port"}));
    routes.push_back(route);
    route.port = static_cast<int>(json::int_at(port, {"nodePort"}));
    if (route.port == 0) continue;
    route.address = kNodeAddress;
    routes.push_back(route);
  }
}

}  // namespace

bool is_proxied(const json::Value& service) {
  // "None", "" (ExternalName), and addresses that do not lie on this machine are not.
  return string_at(service, {"spec", "clusterIP"}).starts_with("127.");
}

bool is_of_selector(const json::Value& slice) {
  return kube::label_of(slice, "endpointslice.kubernetes.io/managed-by") ==
         "endpointslice-controller.k8s.io";
}

std::vector<Route> routes_of(const std::vector<json::Document>& services,
                             const std::vector<json::Document>& slices) {
  SlicesByService by_service;
  for (const json::Document& slice : slices) {
    const std::string_view name = kube::label_of(*slice, "kubernetes.io/service-name");
    by_service[fmt::format("{}/{}", kube::namespace_of(*slice), name)].push_back(slice);
  }
  std::vector<Route> routes;
  for (const json::Document& service : services) {
    if (!is_proxied(*service) || kube::is_deleting(*service)) continue;
    add_routes(*service, by_service[kube::key_of(*service)], routes);
  }
  std::ranges::sort(routes, {}, [](const Route& one) { return std::tie(one.address, one.port); });
  return routes;
}

}  // namespace firesteel::node::plan
