#pragma once
// One container as a process tree of its own: a private root, pid and mount namespaces, and a user
// namespace when the agent is not root. The description is data that travels through a descriptor
// to `firesteel __pod-init` (node/pod_init.h), which builds the sandbox and runs the program in it.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace firesteel::node {

struct SandboxBind {
  std::string source;    // on the host; a file or a directory
  std::string sub_path;  // under source, never leaving it; created as a directory when missing
  std::string target;    // inside
  bool read_only = true;
  bool make_source = false;  // create the source directory when missing

  bool operator==(const SandboxBind&) const = default;
};

struct SandboxTmpfs {
  std::string target;
  std::int64_t size = 0;  // bytes, 0 = the kernel's default

  bool operator==(const SandboxTmpfs&) const = default;
};

struct SandboxFile {  // written into the private root, for instance /etc/passwd
  std::string path;
  std::string content;
  unsigned mode = 0644;

  bool operator==(const SandboxFile&) const = default;
};

struct Sandbox {
  std::vector<std::string> image_layers;  // read-only, the lowest first
  std::string scratch_directory;          // owned by this container alone: upper layer, mount point
  std::string host_name;
  std::string address;  // the pod's own (node/pod_sockets.h); "" = the machine's network as it is
  std::vector<SandboxFile> files;
  std::vector<SandboxBind> binds;
  std::vector<SandboxTmpfs> tmpfs;
  std::vector<std::string> owned_directories;  // created, and given to the user
  std::vector<std::string> argv;
  std::vector<std::string> env;  // "NAME=value"
  std::string working_directory = "/";
  std::int64_t user = 0;
  std::int64_t group = 0;
  bool read_only_root = false;
  std::vector<std::string> cgroups;  // files on the host to write "0" to, first of all
  bool input = false;     // the program's standard input can be written to; else it is empty
  bool terminal = false;  // all three are one terminal
  int join_pid = 0;       // run beside this process, a container's first, in its namespaces

  bool operator==(const Sandbox&) const = default;
};

// TERM, as container engines set it, unless the environment has it.
void set_terminal_type(std::vector<std::string>& env);

[[nodiscard]] std::string encode_sandbox(const Sandbox& sandbox);
[[nodiscard]] Result<Sandbox> decode_sandbox(std::string_view text);

// Whether this machine lets this user make the namespaces a sandbox needs; the error says what is
// forbidden and what to do. Forks; costs a few milliseconds.
[[nodiscard]] Result<void> check_sandbox_support();

// A running `__pod-init`, which dies with the thread that started it.
struct SpawnedSandbox {
  int pid = -1;
  Fd pid_fd;  // readable when it has ended
  Fd in;      // the program's standard input, or its terminal; invalid without Sandbox::input
  Fd out;     // the program's standard output, or its terminal
  Fd err;     // invalid with a terminal
  Fd status;  // end of file once the program runs; a message when it could not be started
};

// Starts `binary_path __pod-init`. Exit code: the program's, 128 + N when signal N ended it.
// Errors: kIo.
[[nodiscard]] Result<SpawnedSandbox> spawn_sandbox(const Sandbox& sandbox,
                                                   const std::string& binary_path);

// Removes a scratch directory with what overlayfs leaves in it. Nothing to remove is no error.
[[nodiscard]] Result<void> remove_scratch(const std::string& directory);

}  // namespace firesteel::node
