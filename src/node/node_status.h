#pragma once
// The Node object that stands for this machine, and its heartbeat. Source: kubelet's
// kubelet_node_status.go, nodelease.
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"
#include "kube/api.h"

namespace firesteel::node {

inline constexpr std::chrono::seconds kLeaseInterval{10};
inline constexpr int kLeaseSeconds = 40;
inline constexpr int kMaxPods = 110;
// A processor is shared by pods that mostly wait, and nothing here reserves one: the node offers
// four for each it has, at least eight, so that a driver and its executors start on a machine with
// two.
inline constexpr int kCpuOvercommit = 4;
inline constexpr int kLeastCpus = 8;

struct NodeFacts {
  std::string name;
  std::int64_t cpu_milli = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t disk_bytes = 0;
  int kubelet_port = 0;
  std::string address = "127.0.0.1";
  std::string kernel;
  std::string os_image;
  std::string machine_id;
  std::string boot_id;
  std::string cgroups;  // how the kernel enforces memory limits; "" when the agent watches memory
};
// Asks the system. Capacities that are given (not 0) are kept; processors are overcommitted.
[[nodiscard]] NodeFacts look_at_machine(NodeFacts given, const std::string& data_directory);
// Pure.
[[nodiscard]] json::Value node_object(const NodeFacts& facts, TimePoint now);

// Registers the node and keeps it alive from a thread of its own.
class NodeHeartbeat {
 public:
  // Returns once the Node is in the API. `api` and `clock` must outlive it. Errors: the API's.
  static Result<std::unique_ptr<NodeHeartbeat>> start(kube::Api& api, const Clock& clock,
                                                      NodeFacts facts);
  ~NodeHeartbeat();

 private:
  struct State;
  explicit NodeHeartbeat(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firesteel::node
