#pragma once
// The embedded cluster in this process: API server, controllers and node agent wired together. The
// only place that constructs them.
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/stop.h"
#include "cli/keys.h"
#include "client/kubeconfig.h"

namespace firesteel::cli {

// The one node's name, and the first port tried.
inline constexpr std::string_view kNodeName = "firesteel";
inline constexpr int kDefaultPort = 6443;

class EmbeddedCluster {
 public:
  struct Options {
    std::string directory;
    int port = kDefaultPort;
    int memory_mib = 0;                     // 0 = the machine's
    std::string binary_path;                // this program, for pods of the image `firesteel`
    std::vector<std::string> image_extras;  // node/images.h
  };
  // Starts the parts, installs the platform (platform.h), and returns when it is ready: the API
  // answers, the CRDs are established, Deployment spark-operator is Available. `progress` is told
  // each step in words. `clock` must outlive the result. Errors say which part failed; what was
  // started is stopped again.
  static Result<std::unique_ptr<EmbeddedCluster>> start(
      const Options& options, const Clock& clock,
      const std::function<void(std::string_view)>& progress, StopToken stop);
  // Stops pods, agent, controllers and server, in this order.
  virtual ~EmbeddedCluster() = default;
  [[nodiscard]] virtual int port() const = 0;
};

// The administrator's connection to the cluster whose keys these are.
[[nodiscard]] client::Connection administrator_connection(const ClusterKeys& keys, int port);

}  // namespace firesteel::cli
