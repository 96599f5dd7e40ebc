#pragma once
// What the node's service proxy listens on and where it relays to. Pure. Source: kube-proxy
// (pkg/proxy/topology.go, pkg/proxy/endpointslicecache.go): ready endpoints, or those that are
// ending but still serve when no other is left.
#include <chrono>
#include <string>
#include <vector>

#include "base/json/json.h"

namespace firesteel::node::plan {

struct Target {
  std::string ip;
  int port = 0;

  auto operator<=>(const Target&) const = default;
};

struct Route {
  std::string service;  // "namespace/name", for messages
  std::string address;  // where clients connect to
  int port = 0;
  std::vector<Target> targets;       // sorted; never empty
  std::chrono::seconds affinity{0};  // a client keeps its target that long; 0 = any will do

  bool operator==(const Route&) const = default;
};

// The routes of TCP ports of all Services with a loopback cluster IP, and their node ports on
// 127.0.0.1, sorted by address and port. A port without endpoints has no route: nothing listens
// there, so that clients are refused, as kube-proxy's REJECT does.
[[nodiscard]] std::vector<Route> routes_of(const std::vector<json::Document>& services,
                                           const std::vector<json::Document>& slices);

// Whether connections to a cluster IP come here.
[[nodiscard]] bool is_proxied(const json::Value& service);
// Whether a slice was made from a Service's selector.
[[nodiscard]] bool is_of_selector(const json::Value& slice);

}  // namespace firesteel::node::plan
