#pragma once
// Which address a Service's name stands for, as the /etc/hosts of a pod. Pure. Source: Kubernetes'
// DNS specification (dns/docs/specification.md) for what a name resolves to.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"

namespace firesteel::node::plan {

// A running pod on this node.
struct Endpoint {
  std::string space;
  std::string name;
  std::string ip;
  std::string host_name;  // spec.hostname
  std::string subdomain;  // spec.subdomain
  bool ready = false;
  json::Document pod;  // for its labels
};

// What a hosts file is made from; nothing of it is kept.
struct Neighbours {
  const std::vector<json::Document>& services;
  // EndpointSlices of Services without a selector: somebody else wrote down who serves them.
  const std::vector<json::Document>& slices;
  const std::vector<Endpoint>& endpoints;
  std::string_view api_host;
};

// Lines "ip<TAB>names...", for a pod in `space` whose own line is `own_ip` and `own_names`.
// Services stand for their cluster IP, where the service proxy listens. Headless ones stand for all
// their pods, ready or not (Spark's executors look the driver up before it is Ready), which also
// have a name each when they have a hostname and this subdomain. An ExternalName stands for what
// another Service's name or an address stands for; names outside of the cluster cannot be said in a
// hosts file. Services of the pod's own namespace also go by their short name.
[[nodiscard]] std::string hosts_file(const Neighbours& around, std::string_view space,
                                     std::string_view own_ip, std::string_view own_names);

}  // namespace firesteel::node::plan
