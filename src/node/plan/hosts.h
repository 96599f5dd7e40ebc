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

// Lines "ip<TAB>names...". Headless services stand for all their pods, ready or not (Spark's
// executors look the driver up before it is Ready); others for their first pod, ready ones first,
// for their ports are not translated here. `space` is the pod's own namespace, whose services also
// go by their short name.
[[nodiscard]] std::string hosts_file(const std::vector<json::Document>& services,
                                     const std::vector<Endpoint>& endpoints, std::string_view space,
                                     std::string_view own_ip, std::string_view own_name,
                                     std::string_view api_host);

}  // namespace firesteel::node::plan
