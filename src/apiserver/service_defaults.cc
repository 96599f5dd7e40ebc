#include <charconv>

#include "apiserver/defaults.h"
#include "kube/loopback.h"
#include "kube/object.h"
#include "kube/status.h"

namespace firesteel::apiserver {

namespace {

constexpr std::int64_t kFirstNodePort = 30000;
constexpr std::int64_t kLastNodePort = 32767;

std::set<std::string> addresses_in_use(const Core& core) {
  std::set<std::string> used;
  for (const json::Document& service : core.list(kube::resources::kServices, "")) {
    used.emplace(json::string_at(*service, {"spec", "clusterIP"}));
  }
  return used;
}

Result<void> allocate_address(const Core& core, json::Value& service) {
  json::Object& spec = json::make_object(service, {"spec"});
  const std::set<std::string> used = addresses_in_use(core);
  const std::string asked(json::string_at(service, {"spec", "clusterIP"}));
  const int block = kube::address_block(core.port());
  if (!asked.empty()) {
    const bool in_range = kube::in_service_range(block, asked);
    if (in_range && !used.contains(asked)) return {};
    return std::unexpected(kube::invalid_error(
        kube::resources::kServices, kube::name_of(service),
        {{"spec.clusterIPs",
          fmt::format(
              "Invalid value: [\"{}\"]: failed to allocate IP {}: {}", asked, asked,
              in_range ? "provided IP is already allocated"
                       : "the provided IP is not in the valid range " + kube::service_range(block)),
          "FieldValueInvalid"}}));
  }
  // Starts at a place of the name's own, so that an address is not soon given to another service.
  const std::string key = kube::key_of(service);
  constexpr std::uint32_t kCount = kube::kLastServiceAddress - kube::kFirstServiceAddress + 1;
  const auto start = static_cast<std::uint32_t>(std::hash<std::string>{}(key));
  for (std::uint32_t tries = 0; tries < kCount; ++tries) {
    const std::string address =
        kube::block_address(block, kube::kFirstServiceAddress + (start + tries) % kCount);
    if (!used.contains(address)) {
      spec["clusterIP"] = address;
      return {};
    }
  }
  return fail(ErrorCode::kInternal,
              fmt::format("range {} is full: delete some Services", kube::service_range(block)));
}

void default_ports(const Core& core, json::Value& service, bool node_ports) {
  json::Value* ports = json::make_object(service, {"spec"}).if_contains("ports");
  if (ports == nullptr || !ports->is_array()) return;
  std::set<std::int64_t> used;
  if (node_ports) {
    for (const json::Document& other : core.list(kube::resources::kServices, "")) {
      for (const json::Value& port : json::array_at(*other, {"spec", "ports"})) {
        used.insert(json::int_at(port, {"nodePort"}));
      }
    }
  }
  for (json::Value& port : ports->get_array()) {
    if (!port.is_object()) continue;
    set_default(port.get_object(), "protocol", "TCP");
    if (const json::Value* number = json::find(port, "port")) {
      set_default(port.get_object(), "targetPort", *number);
    }
    if (!node_ports || json::int_at(port, {"nodePort"}) != 0) continue;
    std::int64_t next = kFirstNodePort;
    while (next < kLastNodePort && used.contains(next)) ++next;
    used.insert(next);
    port.get_object()["nodePort"] = next;
  }
}

}  // namespace

Result<void> default_service(const Core& core, json::Value& service, const json::Value* before) {
  // First: a new member of the service moves its other members.
  set_default(json::make_object(service, {"status"}), "loadBalancer", json::Object());
  json::Object& spec = json::make_object(service, {"spec"});
  set_default(spec, "type", "ClusterIP");
  const std::string type(json::string_at(service, {"spec", "type"}));
  const bool node_ports = type == "NodePort" || type == "LoadBalancer";
  default_ports(core, service, node_ports);
  set_default(spec, "sessionAffinity", "None");
  if (type == "ExternalName") return {};
  set_default(spec, "internalTrafficPolicy", "Cluster");
  if (node_ports) set_default(spec, "externalTrafficPolicy", "Cluster");
  set_default(spec, "ipFamilies", json::Array{"IPv4"});
  set_default(spec, "ipFamilyPolicy", "SingleStack");
  const std::string_view old =
      before == nullptr ? "" : json::string_at(*before, {"spec", "clusterIP"});
  if (json::string_at(service, {"spec", "clusterIP"}).empty() && !old.empty()) {
    spec["clusterIP"] = old;
  }
  if (old.empty() && json::string_at(service, {"spec", "clusterIP"}) != "None") {
    TRY(allocate_address(core, service));
  }
  spec["clusterIPs"] = json::Array{spec["clusterIP"]};
  return {};
}

}  // namespace firesteel::apiserver
