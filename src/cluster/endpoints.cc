#include "cluster/endpoints.h"

#include <algorithm>

#include "base/json/print.h"
#include "cluster/pods.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

constexpr std::string_view kManagedBy = "endpointslice.kubernetes.io/managed-by";
constexpr std::string_view kSliceController = "endpointslice-controller.k8s.io";
constexpr std::string_view kHeadless = "service.kubernetes.io/headless";

struct Backend {
  json::Document pod;
  json::Array ports;  // as in an Endpoints subset; those that this pod has
  bool ready = false;
  bool serving = false;  // ready, but for being deleted
  bool terminating = false;
};

// The number that a service's targetPort means in this pod; 0 when the pod has no port of that
// name.
std::int64_t resolve_port(const json::Value& port, const json::Value& pod) {
  const json::Value* target = json::find(port, "targetPort");
  if (target == nullptr) return json::int_at(port, {"port"});
  if (!target->is_string()) {
    const std::int64_t number = json::int_at(port, {"targetPort"});
    return number != 0 ? number : json::int_at(port, {"port"});
  }
  const std::string_view name = json::view(target->get_string());
  for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
    for (const json::Value& candidate : json::array_at(container, {"ports"})) {
      if (json::string_at(candidate, "name") == name) {
        return json::int_at(candidate, {"containerPort"});
      }
    }
  }
  return 0;
}

std::string_view protocol_of(const json::Value& port) {
  const std::string_view protocol = json::string_at(port, "protocol");
  return protocol.empty() ? "TCP" : protocol;
}

json::Array resolved_ports(const json::Value& service, const json::Value& pod) {
  json::Array ports;
  for (const json::Value& port : json::array_at(service, {"spec", "ports"})) {
    const std::int64_t number = resolve_port(port, pod);
    if (number == 0) continue;
    json::Object resolved;
    const std::string_view name = json::string_at(port, "name");
    if (!name.empty()) resolved["name"] = name;
    resolved["port"] = number;
    resolved["protocol"] = protocol_of(port);
    const std::string_view application = json::string_at(port, "appProtocol");
    if (!application.empty()) resolved["appProtocol"] = application;
    ports.push_back(std::move(resolved));
  }
  return ports;
}

std::vector<Backend> backends_of(const json::Value& service, std::span<const json::Document> pods) {
  const bool all_ready = json::bool_at(service, {"spec", "publishNotReadyAddresses"});
  const bool has_ports = !json::array_at(service, {"spec", "ports"}).empty();
  std::vector<Backend> found;
  for (const json::Document& pod : pods) {
    if (!selects(service, *pod) || is_finished(*pod)) continue;
    if (json::string_at(*pod, {"status", "podIP"}).empty()) continue;
    Backend backend{pod, resolved_ports(service, *pod)};
    backend.terminating = kube::is_deleting(*pod);
    backend.serving = is_ready(*pod);
    backend.ready = all_ready || (backend.serving && !backend.terminating);
    if (has_ports && backend.ports.empty()) continue;
    found.push_back(std::move(backend));
  }
  std::ranges::sort(found, {}, [](const Backend& backend) { return kube::name_of(*backend.pod); });
  return found;
}

json::Value target_of(const json::Value& pod) {
  return json::Object{{"kind", "Pod"},
                      {"name", kube::name_of(pod)},
                      {"namespace", kube::namespace_of(pod)},
                      {"uid", kube::uid_of(pod)}};
}

json::Value address_of(const json::Value& pod) {
  json::Object address{{"ip", json::string_at(pod, {"status", "podIP"})}};
  const std::string_view host = json::string_at(pod, {"spec", "hostname"});
  if (!host.empty()) address["hostname"] = host;
  const std::string_view node = json::string_at(pod, {"spec", "nodeName"});
  if (!node.empty()) address["nodeName"] = node;
  address["targetRef"] = target_of(pod);
  return address;
}

json::Object metadata_of(const json::Value& service, const std::string& name) {
  json::Object labels = kube::labels_of(service);
  if (json::string_at(service, {"spec", "clusterIP"}) == "None") labels[kHeadless] = "";
  return json::Object{
      {"name", name}, {"namespace", kube::namespace_of(service)}, {"labels", std::move(labels)}};
}

json::Value slice_endpoint(const Backend& backend) {
  json::Object endpoint{
      {"addresses", json::Array{json::string_at(*backend.pod, {"status", "podIP"})}}};
  endpoint["conditions"] = json::Object{
      {"ready", backend.ready}, {"serving", backend.serving}, {"terminating", backend.terminating}};
  const std::string_view host = json::string_at(*backend.pod, {"spec", "hostname"});
  if (!host.empty()) endpoint["hostname"] = host;
  const std::string_view node = json::string_at(*backend.pod, {"spec", "nodeName"});
  if (!node.empty()) endpoint["nodeName"] = node;
  endpoint["targetRef"] = target_of(*backend.pod);
  return endpoint;
}

}  // namespace

bool has_selected_endpoints(const json::Value& service) {
  return !json::object_at(service, {"spec", "selector"}).empty() &&
         json::string_at(service, {"spec", "type"}) != "ExternalName";
}

bool selects(const json::Value& service, const json::Value& pod) {
  return std::ranges::all_of(
      json::object_at(service, {"spec", "selector"}), [&](const auto& wanted) {
        const json::Value* found = json::find(kube::labels_of(pod), wanted.key());
        return found != nullptr && *found == wanted.value();
      });
}

json::Value endpoints_of(const json::Value& service, std::span<const json::Document> pods) {
  // One subset for each distinct set of ports.
  std::vector<std::pair<std::string, json::Object>> subsets;
  for (const Backend& backend : backends_of(service, pods)) {
    if (backend.terminating) continue;
    const std::string ports = json::print_canonical(backend.ports);
    auto subset = std::ranges::find(subsets, ports, [](const auto& one) { return one.first; });
    if (subset == subsets.end()) {
      subsets.emplace_back(ports, json::Object{});
      subset = std::prev(subsets.end());
    }
    json::Value& list = subset->second[backend.ready ? "addresses" : "notReadyAddresses"];
    if (!list.is_array()) list.emplace_array();
    list.get_array().push_back(address_of(*backend.pod));
    if (!backend.ports.empty()) subset->second["ports"] = backend.ports;
  }
  json::Object endpoints{{"apiVersion", "v1"}, {"kind", "Endpoints"}};
  json::Object metadata = metadata_of(service, std::string(kube::name_of(service)));
  metadata["labels"].as_object()["endpoints.kubernetes.io/managed-by"] = "endpoint-controller";
  endpoints["metadata"] = std::move(metadata);
  json::Array all;
  for (auto& [ports, subset] : subsets) all.push_back(std::move(subset));
  if (!all.empty()) endpoints["subsets"] = std::move(all);
  return endpoints;
}

bool is_managed_slice(const json::Value& slice) {
  return kube::label_of(slice, kManagedBy) == kSliceController;
}

std::vector<json::Value> endpoint_slices_of(const json::Value& service,
                                            std::span<const json::Document> pods) {
  struct Slice {
    std::string key;
    json::Array ports;
    json::Array endpoints;
  };
  std::vector<Slice> slices;
  for (const Backend& backend : backends_of(service, pods)) {
    const std::string key = json::print_canonical(backend.ports);
    auto slice = std::ranges::find(slices, key, &Slice::key);
    if (slice == slices.end()) slice = slices.insert(slices.end(), Slice{key, backend.ports, {}});
    slice->endpoints.push_back(slice_endpoint(backend));
  }
  if (slices.empty()) slices.emplace_back();
  const std::string name(kube::name_of(service));
  std::vector<json::Value> objects;
  for (Slice& slice : slices) {
    json::Object metadata =
        metadata_of(service, objects.empty() ? name + "-ipv4"
                                             : fmt::format("{}-ipv4-{}", name, objects.size()));
    json::Object& labels = metadata["labels"].as_object();
    labels["kubernetes.io/service-name"] = name;
    labels[kManagedBy] = kSliceController;
    metadata["ownerReferences"] = json::Array{kube::owner_reference(service, true, true)};
    objects.push_back(json::Object{{"apiVersion", kEndpointSlices.api_version()},
                                   {"kind", "EndpointSlice"},
                                   {"metadata", std::move(metadata)},
                                   {"addressType", "IPv4"},
                                   {"endpoints", std::move(slice.endpoints)},
                                   {"ports", std::move(slice.ports)}});
  }
  return objects;
}

}  // namespace firesteel::cluster
