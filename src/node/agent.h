#pragma once
// The node agent: registers this machine as a Node, runs the pods bound to it, reports their
// status. Speaks only the Kubernetes API. Owns its threads; everything it started ends with it.
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "kube/api.h"
#include "net/tls.h"

namespace firesteel::node {

class Agent {
 public:
  struct Options {
    std::string data_directory;  // pods/ is kept under it
    std::string node_name = "firesteel";
    std::string api_host = "127.0.0.1";  // KUBERNETES_SERVICE_HOST of pods
    std::string api_port;
    net::KeyPair serving;       // of the kubelet endpoint, for 127.0.0.1
    std::string client_ca_pem;  // who may ask it
    int address_block = 0;      // kube/loopback.h; 0 = from the API's port
    // For __pod-init and image `firesteel`; kept in the data directory (node/own_binary.h).
    std::string binary_path = "/proc/self/exe";
    std::string image_directory;            // "" = ImageStore::default_directory()
    std::vector<std::string> image_extras;  // laid over the images that they extend
    std::int64_t cpu_milli = 0;             // capacity, 0 = from this machine's (node_status.h)
    std::int64_t memory_bytes = 0;
  };

  // Starts everything and returns once the node is registered. `api` and `clock` must outlive it.
  // Errors: what this machine lacks (user namespaces), the directory, the API.
  static Result<std::unique_ptr<Agent>> start(kube::Api& api, const Clock& clock, Options options);
  // Kills all containers; their pods are reported as lost by the next agent.
  virtual ~Agent() = default;
  // Port of the kubelet endpoint.
  [[nodiscard]] virtual int kubelet_port() const = 0;
  // Containers that run now.
  [[nodiscard]] virtual std::size_t running_containers() const = 0;
};

}  // namespace firesteel::node
