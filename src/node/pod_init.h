#pragma once
// The process between the agent and a container's program. Reached as `firesteel __pod-init` before
// any argument is parsed: a small single-threaded process that makes namespaces and mounts, starts
// the program, passes signals on, reaps, and ends with the program's exit code (128 + N for signal
// N).

namespace firesteel::node {

inline constexpr const char* kPodInitCommand = "__pod-init";
// Descriptors it inherits: the encoded Sandbox to read, and where a failure to start is written.
inline constexpr int kSpecFd = 3;
inline constexpr int kStatusFd = 4;
inline constexpr int kStartFailed = 128;  // exit code when the program could not be started

// Ends when the program has ended. Call it first thing in main() when argv[1] is __pod-init.
int pod_init_main(int argc, char** argv);

}  // namespace firesteel::node
