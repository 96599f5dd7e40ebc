#pragma once
// Running a program of the host (pip, tar, javac) to its end, with its output kept for the error.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/stop.h"

namespace firesteel::node {

struct ToolRun {
  std::vector<std::string> argv;                         // the program is looked up in PATH
  std::string directory;                                 // to run in
  std::vector<std::pair<std::string, std::string>> env;  // added to this process's
  std::function<void()> while_running;                   // called about four times a second
};

// Its output (both streams, at most the last 64 KiB). Errors: kIo when it cannot be started or ends
// with another code than 0, with the last lines of its output; kUnavailable when stopped (it is
// killed then).
[[nodiscard]] Result<std::string> run_tool(const ToolRun& run, StopToken stop);

// The path of a program in PATH, or "".
[[nodiscard]] std::string find_program(const std::string& name);

}  // namespace firesteel::node
