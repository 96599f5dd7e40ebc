#pragma once
// What containers and the machine use, measured from /proc. Source of the document's form: kubelet,
// stats/v1alpha1 Summary.
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::node {

struct Usage {
  std::int64_t cpu_nanoseconds = 0;  // since its processes (or the machine) started
  std::int64_t memory_bytes = 0;
  std::chrono::nanoseconds age{0};  // of its first process
};

// Each tree of processes below (and with) one of the pids, in one pass over /proc. Memory is
// anonymous resident memory, as limits count it; processor time includes that of children that have
// ended and were waited for.
[[nodiscard]] std::vector<Usage> measure_trees(const std::vector<int>& pids);
// All processors, and memory that is not available.
[[nodiscard]] Usage measure_machine();

// Turns growing processor time into a rate. Rates are over the time since an earlier question, of
// at least kLeastWindow and at most kMaxWindow ago; over the whole life where there was none.
inline constexpr std::chrono::seconds kLeastWindow{1};
inline constexpr std::chrono::seconds kMaxWindow{60};

struct Rate {
  std::int64_t nanocores = 0;
  std::chrono::nanoseconds window{0};
};

// Thread-safe.
class UsageHistory {
 public:
  [[nodiscard]] Rate rate(const std::string& id, const Usage& now, TimePoint at);
  // Forgets what was last asked about longer than kMaxWindow ago.
  void trim(TimePoint now);

 private:
  struct Sample {
    TimePoint at{};
    std::int64_t cpu_nanoseconds = 0;
  };
  std::mutex mutex_;
  std::map<std::string, std::deque<Sample>> samples_;
};

struct MeasuredContainer {
  std::string space, pod, container;
  std::string process;  // unique
  int pid = -1;
};
// {node: {nodeName, cpu, memory}, pods: [{podRef, containers: [...]}]}.
[[nodiscard]] json::Value measure_summary(const std::string& node_name,
                                          const std::vector<MeasuredContainer>& containers,
                                          UsageHistory& history, TimePoint now);

}  // namespace firesteel::node
