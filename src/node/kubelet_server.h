#pragma once
// The node's own HTTPS endpoint, which the API server asks for container logs, exec, attach,
// port-forward and measurements. Only the API server's client certificate (CN
// kube-apiserver-kubelet-client) is answered. Source: kubelet's server.go,
// /containerLogs/{namespace}/{pod}/{container}.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/server.h"
#include "net/tls.h"
#include "node/kubelet_streams.h"

namespace firesteel::node {

inline constexpr std::string_view kKubeletClientName = "kube-apiserver-kubelet-client";

// Where a container's log is, and whether it still grows.
struct LogLocation {
  std::string path;
  std::function<bool()> finished;  // thread-safe
};
// Errors: kNotFound (no such pod or container), kBadRequest (waiting to start), in kubelet's words.
using LogLocator = std::function<Result<LogLocation>(std::string_view space, std::string_view pod,
                                                     std::string_view container, bool previous)>;

class KubeletServer {
 public:
  static Result<std::unique_ptr<KubeletServer>> start(const net::KeyPair& serving,
                                                      const std::string& client_ca_pem,
                                                      LogLocator locate, StreamSources streams);
  virtual ~KubeletServer() = default;
  [[nodiscard]] virtual int port() const = 0;
};

}  // namespace firesteel::node
