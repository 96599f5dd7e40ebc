// The process that `firesteel up` leaves running. It reports its start on the descriptor named by
// kReportVariable, one line a step: "step TEXT", then "ready PORT" or "failed CODE TEXT".
#include "cli/daemon.h"

#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "base/log.h"
#include "base/stop.h"
#include "cli/addons_install.h"
#include "cli/cluster_directory.h"
#include "cli/commands.h"
#include "cli/embedded_cluster.h"
#include "cli/version.h"

namespace firesteel::cli {
namespace {

class Report {
 public:
  explicit Report(int fd) : fd_(fd) {}
  void line(std::string text) {
    text += '\n';
    if (fd_.valid()) [[maybe_unused]]
      const auto n = ::write(fd_.get(), text.data(), text.size());
  }
  void close() { fd_.reset(); }

 private:
  Fd fd_;
};

int report_descriptor() {
  const char* text = std::getenv(kReportVariable);
  const int fd = text == nullptr ? -1 : std::atoi(text);
  ::unsetenv(kReportVariable);
  return fd;
}

// SIGINT and SIGTERM as a descriptor, blocked for all threads started later.
Result<Fd> termination_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC));
  if (!fd.valid()) return fail_errno("signalfd");
  return fd;
}

std::string own_path() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "firesteel";
}

// A port that the user names, else the one this cluster had, else the default.
Result<int> choose_port(const std::string& directory, int option) {
  if (option != 0) return option;
  const auto former = TRY(read_daemon_state(directory));
  return former && former->port != 0 ? former->port : kDefaultPort;
}

Result<void> serve(const UpOptions& options, Report& report) {
  const std::string directory = TRY(cluster_directory(options.directory));
  const Fd lock = TRY(lock_cluster_directory(directory));
  const Fd signals = TRY(termination_signals());
  const SystemClock clock;
  EmbeddedCluster::Options cluster;
  cluster.directory = directory;
  cluster.port = TRY(choose_port(directory, options.port));
  cluster.memory_mib = options.memory_mib;
  cluster.binary_path = own_path();
  cluster.image_extras = image_extras_for(TRY(read_addons(directory)));

  // A signal during the start stops it too.
  StopSource stop;
  std::jthread watcher([&signals, &stop](std::stop_token ended) {
    pollfd wait{signals.get(), POLLIN, 0};
    while (!ended.stop_requested()) {
      if (::poll(&wait, 1, 500) > 0) return stop.request_stop();
    }
  });
  const auto progress = [&report](std::string_view step) {
    report.line(fmt::format("step {}", step));
    log::info(step);
  };
  auto running = TRY(EmbeddedCluster::start(cluster, clock, progress, stop.token()));
  TRY(write_daemon_state(directory,
                         {::getpid(), running->port(), std::string(kVersion), clock.now()}));
  log::info("ready", {{"port", std::to_string(running->port())}});
  report.line(fmt::format("ready {}", running->port()));
  report.close();

  pollfd wait{stop.token().fd(), POLLIN, 0};
  while (!stop.stop_requested()) ::poll(&wait, 1, -1);
  log::info("stopping");
  return {};
}

}  // namespace

int command_daemon(const DaemonOptions& options) {
  Report report(report_descriptor());
  const auto served = serve(options.up, report);
  if (served) return kExitOk;
  log::error(served.error().message);
  report.line(fmt::format("failed {}", served.error().message));
  return kExitFailed;
}

}  // namespace firesteel::cli
