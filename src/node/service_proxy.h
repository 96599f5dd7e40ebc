#pragma once
// What kube-proxy is to a real cluster: listens on the addresses of Services and relays each
// connection to one of their endpoints. One thread for all connections.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "node/plan/routes.h"

namespace firesteel::node {

inline constexpr std::size_t kMaxProxied = 4096;  // connections at a time; more are closed at once
inline constexpr std::size_t kMaxHeldProxied = 64 * 1024;  // read ahead of a slow side, each way
// An address that could not be listened on is tried again after this time.
inline constexpr std::chrono::seconds kListenRetry{2};

class ServiceProxy {
 public:
  // A route that cannot be listened on, told once until it can; called on the proxy's thread.
  using Problem = std::function<void(const plan::Route& route, const std::string& why)>;

  // Errors: kIo for what the kernel refuses (descriptors).
  static Result<std::unique_ptr<ServiceProxy>> start(Problem problem);
  // Cuts all connections.
  virtual ~ServiceProxy() = default;
  // Makes these all the routes there are. Connections that exist are kept, as kube-proxy keeps
  // them; new ones go by the new routes. Thread-safe; returns before it is done.
  virtual void update(std::vector<plan::Route> routes) = 0;
};

}  // namespace firesteel::node
