#pragma once
// Carries out probes and lifecycle hooks on threads of its own, so that a slow one delays neither
// the agent nor, up to their number, the others. Thread-safe. Source: kubelet's pkg/probe.
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "node/plan/probe.h"

namespace firesteel::node {

inline constexpr int kActionThreads = 8;
// A hook ends with its pod's grace period; this is for one that has none.
inline constexpr std::chrono::seconds kLongestHook{600};

class Actions {
 public:
  using Work = std::function<Result<void>(const StopToken& stop)>;
  using Done = std::function<void(const Result<void>&)>;

  Actions();
  // Cuts what is under way, and waits for it; what still waits is dropped.
  ~Actions();
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  // `done` is called on the thread that did the work, with its result.
  void run(Work work, Done done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Runs a program in a container that runs. Errors: what it printed, when it failed; kTimeout.
using ExecInContainer =
    std::function<Result<void>(const std::string& process, const plan::ExecAction& action,
                               std::chrono::seconds timeout, const StopToken& stop)>;

// One request of a probe: 200 to 399 is success; certificates are not verified. One connection.
[[nodiscard]] Result<void> probe_http(const plan::HttpAction& action, std::chrono::seconds timeout,
                                      const StopToken& stop);
[[nodiscard]] Result<void> probe_tcp(const plan::TcpAction& action, std::chrono::seconds timeout,
                                     const StopToken& stop);
// A hook that only waits.
[[nodiscard]] Result<void> sleep_for(std::chrono::seconds time, const StopToken& stop);

}  // namespace firesteel::node
