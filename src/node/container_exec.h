#pragma once
// A further program in a running container: its namespaces, root, environment, user and limits.
#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "node/sandbox.h"
#include "node/supervisor.h"

namespace firesteel::node {

struct ExecRequest {
  std::vector<std::string> argv;
  bool input = false;
  bool terminal = false;
};

// Starts it beside the container's own. It dies with the calling thread. Errors: kIo, kNotFound
// when the container has ended. What the program itself did not like comes through `status`.
[[nodiscard]] Result<SpawnedSandbox> exec_in_container(const RunningProcess& container,
                                                       const ExecRequest& request,
                                                       const std::string& binary_path);

struct ExecOutcome {
  int exit_code = 0;
  std::string output;  // both streams, as far as kMaxExecOutput
};
inline constexpr std::size_t kMaxExecOutput = 16 * 1024;

// Runs it to its end, for probes and hooks. Errors: kTimeout (it is killed), kUnavailable when
// stopped, kInvalid when it could not be started.
[[nodiscard]] Result<ExecOutcome> run_in_container(const RunningProcess& container,
                                                   const std::vector<std::string>& argv,
                                                   const std::string& binary_path,
                                                   std::chrono::milliseconds timeout,
                                                   const StopToken& stop);

// Kills what is left of it and reaps: its exit code, 128 + N for signal N.
int end_exec(const SpawnedSandbox& spawned);

}  // namespace firesteel::node
