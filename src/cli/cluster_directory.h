#pragma once
// The embedded cluster's data directory: where it is, who holds it, and what the running daemon
// says of itself.
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"

namespace firesteel::cli {

// The context, cluster and user that `up` writes into the kubeconfig.
inline constexpr const char* kContextName = "firesteel";

// --kubeconfig, or the first file of $KUBECONFIG, or ~/.kube/config.
[[nodiscard]] std::string user_kubeconfig(const std::string& option);

struct DaemonState {
  int pid = 0;
  int port = 0;
  std::string version;
  TimePoint started;
};

// --dir as an absolute path, or $XDG_DATA_HOME/firesteel, or ~/.local/share/firesteel.
[[nodiscard]] Result<std::string> cluster_directory(const std::string& option);

// Makes the directory (mode 0700) and takes its lock for as long as the result lives. Errors:
// kConflict when a daemon holds it, kIo when it cannot be made or written.
[[nodiscard]] Result<Fd> lock_cluster_directory(const std::string& directory);

// Does a daemon hold the lock now? A state file alone may be left over from one that was killed.
[[nodiscard]] bool is_cluster_running(const std::string& directory);

// The last daemon's state, nothing when there never was one. Errors: kInvalid for a damaged file.
[[nodiscard]] Result<std::optional<DaemonState>> read_daemon_state(const std::string& directory);
[[nodiscard]] Result<void> write_daemon_state(const std::string& directory,
                                              const DaemonState& state);

}  // namespace firesteel::cli
