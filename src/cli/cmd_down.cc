// `firesteel down`: stops the daemon and with it every pod; the data stays unless --purge.
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "base/fd.h"
#include "cli/cluster_directory.h"
#include "cli/commands.h"
#include "client/kubeconfig.h"

namespace firesteel::cli {
namespace {

constexpr int kPatienceMilliseconds = 45000;

// Asks the daemon to stop and waits for its end.
Result<void> stop_daemon(const std::string& directory, int pid) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.valid()) return fail_errno(fmt::format("the daemon (process {})", pid));
  // The lock says that a daemon lives; that this process is the one, its own open files must say.
  if (::syscall(SYS_pidfd_send_signal, process.get(), SIGTERM, nullptr, 0) != 0) {
    return fail_errno(fmt::format("stop the daemon (process {})", pid));
  }
  pollfd wait{process.get(), POLLIN, 0};
  if (::poll(&wait, 1, kPatienceMilliseconds) > 0) return {};
  return fail(ErrorCode::kTimeout,
              fmt::format("the daemon (process {}) has not ended after {} s: see {}/daemon.log",
                          pid, kPatienceMilliseconds / 1000, directory));
}

Result<void> remove_data(const std::string& directory) {
  // Only what looks like a cluster's directory is removed: --dir may be mistyped.
  if (!std::filesystem::exists(directory + "/lock")) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("{} is no firesteel data directory: nothing was removed", directory));
  }
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  if (error) return fail(ErrorCode::kIo, fmt::format("remove {}: {}", directory, error.message()));
  return {};
}

Result<void> down(const DownOptions& options) {
  const std::string directory = TRY(cluster_directory(options.directory));
  if (is_cluster_running(directory)) {
    const auto state = TRY(read_daemon_state(directory));
    if (!state || state->pid <= 0) {
      return fail(ErrorCode::kConflict, directory +
                                            " is locked, but its daemon is not known yet: "
                                            "it may be starting; try again");
    }
    TRY(stop_daemon(directory, state->pid));
    fmt::print(stderr, "The cluster is down; its data stays in {}.\n", directory);
  } else {
    fmt::print(stderr, "The cluster was not up.\n");
  }
  TRY(client::remove_context(user_kubeconfig(options.kubeconfig), kContextName));
  if (!options.purge) return {};
  TRY(remove_data(directory));
  fmt::print(stderr, "Removed {}.\n", directory);
  return {};
}

}  // namespace

int command_down(const DownOptions& options) {
  const auto done = down(options);
  if (done) return kExitOk;
  fmt::print(stderr, "firesteel down: {}\n", done.error().message);
  return kExitFailed;
}

}  // namespace firesteel::cli
