// `firesteel up`: starts the daemon, shows its steps, merges the context into the user's
// kubeconfig.
#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/fd.h"
#include "cli/addons.h"
#include "cli/addons_install.h"
#include "cli/cluster_directory.h"
#include "cli/commands.h"
#include "cli/daemon.h"
#include "cli/embedded_cluster.h"
#include "cli/interruption.h"
#include "client/http_api.h"
#include "client/kubeconfig.h"
#include "kube/resource.h"

extern char** environ;

namespace firesteel::cli {
namespace {

std::vector<std::string> daemon_arguments(const UpOptions& options, const std::string& directory) {
  std::vector<std::string> arguments = {"firesteel", "daemon", "--dir", directory};
  if (options.port != 0) {
    arguments.insert(arguments.end(), {"--port", std::to_string(options.port)});
  }
  if (options.memory_mib != 0) {
    arguments.insert(arguments.end(), {"--memory-mib", std::to_string(options.memory_mib)});
  }
  return arguments;
}

struct Child {
  pid_t pid = -1;
  Fd report;
};

// The daemon in a session of its own, logging to <directory>/daemon.log, with the write end of a
// pipe as its report.
Result<Child> start_daemon(const UpOptions& options, const std::string& directory) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  Child child;
  child.report = Fd(ends[0]);
  const Fd write_end(ends[1]);
  const std::string log = directory + "/daemon.log";
  Fd log_file(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log_file.valid()) return fail_errno("open " + log);

  constexpr int kReportFd = 3;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, log_file.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, log_file.get(), 2);
  posix_spawn_file_actions_adddup2(&actions, write_end.get(), kReportFd);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);

  std::vector<std::string> arguments = daemon_arguments(options, directory);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::setenv(kReportVariable, std::to_string(kReportFd).c_str(), 1);
  const int error =
      ::posix_spawn(&child.pid, "/proc/self/exe", &actions, &attributes, argv.data(), environ);
  ::unsetenv(kReportVariable);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return fail(ErrorCode::kIo, fmt::format("start the daemon: {}", std::strerror(error)));
  }
  return child;
}

// Reads the report until the daemon is ready (its port) or has failed.
Result<int> await_ready(const Child& child, const std::string& directory) {
  const bool terminal = ::isatty(2) == 1;
  FILE* report = ::fdopen(::dup(child.report.get()), "r");
  char* line = nullptr;
  std::size_t capacity = 0;
  Result<int> result =
      fail(ErrorCode::kInternal,
           fmt::format("the daemon ended before it was ready: see {}/daemon.log", directory));
  while (::getline(&line, &capacity, report) > 0) {
    std::string_view text(line);
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (text.starts_with("step ")) {
      if (terminal) fmt::print(stderr, "\r\033[K{} ...", text.substr(5));
    } else if (text.starts_with("ready ")) {
      result = std::atoi(std::string(text.substr(6)).c_str());
    } else if (text.starts_with("failed ")) {
      result = fail(ErrorCode::kUnavailable, std::string(text.substr(7)));
    }
  }
  std::free(line);
  std::fclose(report);
  if (terminal) fmt::print(stderr, "\r\033[K");
  if (!result) ::waitpid(child.pid, nullptr, 0);
  return result;
}

Result<void> merge_kubeconfig(const UpOptions& options, const std::string& directory, int port) {
  const ClusterKeys keys =
      TRY(load_or_make_keys(directory, std::string(kNodeName), SystemClock().now()));
  const client::Connection connection = administrator_connection(keys, port);
  client::ContextEntry entry;
  entry.name = kContextName;
  entry.server = connection.url;
  entry.ca_pem = connection.ca_pem;
  entry.certificate = connection.certificate;
  entry.default_namespace = connection.default_namespace;
  // A kubeconfig of the cluster's own, for scripts that want no other.
  TRY(client::merge_context(directory + "/kubeconfig", entry));
  if (options.no_kubeconfig) return {};
  return client::merge_context(user_kubeconfig(options.kubeconfig), entry);
}

// Those that the cluster has and those that are asked for, with their images and its note of them.
Result<std::vector<std::string>> prepare_addons(const UpOptions& options,
                                                const std::string& directory, Progress& progress,
                                                StopToken stop) {
  std::vector<std::string> names = TRY(read_addons(directory));
  names.insert(names.end(), options.addons.begin(), options.addons.end());
  std::vector<std::string> addons = TRY(resolve_addons(names));
  TRY(assemble_addon_images(addons, progress, stop));
  if (!addons.empty()) TRY(write_addons(directory, addons));
  return addons;
}

Result<void> start_addons(const std::vector<std::string>& addons, const std::string& directory,
                          int port, Progress& progress, StopToken stop) {
  if (addons.empty()) return {};
  const ClusterKeys keys =
      TRY(load_or_make_keys(directory, std::string(kNodeName), SystemClock().now()));
  const auto api = TRY(client::connect(administrator_connection(keys, port), "firesteel-up"));
  return install_addons(*api, addons, progress, stop);
}

// A cluster that runs keeps its add-ons: its node has their images from its start on.
Result<void> already_up(const UpOptions& options, const std::string& directory, int port) {
  TRY(merge_kubeconfig(options, directory, port));
  const std::vector<std::string> there = TRY(read_addons(directory));
  for (const std::string& addon : TRY(resolve_addons(options.addons))) {
    if (std::ranges::find(there, addon) != there.end()) continue;
    return fail(ErrorCode::kConflict,
                fmt::format("the cluster is up without {}: run `firesteel down`, then `firesteel "
                            "up --with {}` (nothing is lost but the pods that run)",
                            addon, options.addons.front()));
  }
  fmt::print(stderr, "The cluster is up already (https://127.0.0.1:{}, data in {}).\n", port,
             directory);
  return {};
}

bool answers(const std::string& directory, int port) {
  const auto keys = load_or_make_keys(directory, std::string(kNodeName), SystemClock().now());
  if (!keys) return false;
  const auto api = client::connect(administrator_connection(*keys, port), "firesteel-up");
  return api && (*api)->get(kube::resources::kNamespaces, "", "default").has_value();
}

// The port of the cluster that is up, nothing when there is none. A daemon that was killed holds
// its lock until the kernel has taken it apart, and one that starts does not answer yet. Errors:
// kUnavailable for one that does not answer.
Result<std::optional<int>> port_of_running(const std::string& directory) {
  constexpr std::chrono::milliseconds kPause{100};
  constexpr int kTries = 100;
  for (int i = 0; i < kTries && is_cluster_running(directory); ++i) {
    const auto state = TRY(read_daemon_state(directory));
    if (state && state->port != 0 && answers(directory, state->port)) return state->port;
    std::this_thread::sleep_for(kPause);
  }
  if (!is_cluster_running(directory)) return std::nullopt;
  return fail(ErrorCode::kUnavailable,
              fmt::format("a daemon holds {} and does not answer: see its daemon.log, and stop it "
                          "with `firesteel down`",
                          directory));
}

Result<void> up(const UpOptions& options) {
  const std::string directory = TRY(cluster_directory(options.directory));
  const std::optional<int> running = TRY(port_of_running(directory));
  if (running) return already_up(options, directory, *running);
  {
    // Tells a missing permission or a start under way before a process is started for it.
    const Fd lock = TRY(lock_cluster_directory(directory));
  }
  const Interruption interruption;
  const SystemClock clock;
  Progress progress(clock);
  const std::vector<std::string> addons =
      TRY(prepare_addons(options, directory, progress, interruption.token()));
  const auto began = std::chrono::steady_clock::now();
  const Child child = TRY(start_daemon(options, directory));
  const int port = TRY(await_ready(child, directory));
  TRY(merge_kubeconfig(options, directory, port));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print(stderr,
             "The cluster is up: https://127.0.0.1:{}, context \"{}\", {:.1f} s; `firesteel down` "
             "stops it.\n",
             port, kContextName, took.count());
  return start_addons(addons, directory, port, progress, interruption.token());
}

}  // namespace

int command_up(const UpOptions& options) {
  if (options.foreground) return command_daemon({options});
  const auto done = up(options);
  if (done) return kExitOk;
  fmt::print(stderr, "firesteel up: {}\n", done.error().message);
  return kExitFailed;
}

}  // namespace firesteel::cli
