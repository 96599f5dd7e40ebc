#include "node/container_exec.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/ranges.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "net/socket.h"

namespace firesteel::node {
namespace {

// Process 1 of the container: the one child of its __pod-init.
Result<int> first_process(int init) {
  const Result<std::string> children = read_file(fmt::format("/proc/{0}/task/{0}/children", init));
  const int pid = children ? std::atoi(children->c_str()) : 0;
  if (pid <= 0) return fail(ErrorCode::kNotFound, "the container is not running");
  return pid;
}

// What there is, at most `room` of it kept. Closes at the end.
void drain(Fd& fd, std::string& into, std::size_t room) {
  std::array<char, 4096> buffer;
  while (fd.valid()) {
    const ssize_t count = read(fd.get(), buffer.data(), buffer.size());
    if (count > 0) {
      const std::size_t kept =
          std::min(static_cast<std::size_t>(count), room - std::min(room, into.size()));
      into.append(buffer.data(), kept);
      continue;
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    fd.reset();
  }
}

}  // namespace

Result<SpawnedSandbox> exec_in_container(const RunningProcess& container,
                                         const ExecRequest& request,
                                         const std::string& binary_path) {
  Sandbox sandbox;
  sandbox.join_pid = TRY(first_process(container.pid));
  sandbox.argv = request.argv;
  sandbox.env = container.sandbox->env;
  sandbox.working_directory = container.sandbox->working_directory;
  sandbox.user = container.sandbox->user;
  sandbox.group = container.sandbox->group;
  sandbox.cgroups = container.sandbox->cgroups;
  sandbox.address = container.sandbox->address;
  sandbox.input = request.input;
  sandbox.terminal = request.terminal;
  if (request.terminal) set_terminal_type(sandbox.env);
  return spawn_sandbox(sandbox, binary_path);
}

int end_exec(const SpawnedSandbox& spawned) {
  syscall(SYS_pidfd_send_signal, spawned.pid_fd.get(), SIGKILL, nullptr, 0);
  int status = 0;
  while (waitpid(spawned.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result<ExecOutcome> run_in_container(const RunningProcess& container,
                                     const std::vector<std::string>& argv,
                                     const std::string& binary_path,
                                     std::chrono::milliseconds timeout, const StopToken& stop) {
  SpawnedSandbox spawned = TRY(exec_in_container(container, {argv, false, false}, binary_path));
  const net::Deadline deadline = net::deadline_in(timeout);
  ExecOutcome outcome;
  std::string failure;
  bool ended = false;
  Result<void> cut;
  while (!ended && cut) {
    pollfd polled[] = {{spawned.pid_fd.get(), POLLIN, 0},
                       {spawned.out.get(), POLLIN, 0},
                       {spawned.err.get(), POLLIN, 0},
                       {stop.fd(), POLLIN, 0}};
    const int wait = deadline ? static_cast<int>(net::time_left(deadline).count()) : -1;
    const int ready = ::poll(polled, std::size(polled), wait);
    ended = polled[0].revents != 0;
    if (stop.stop_requested()) cut = fail(ErrorCode::kUnavailable, "stopped");
    if (ready == 0)
      cut = fail(ErrorCode::kTimeout, fmt::format("command \"{}\" timed out", argv.front()));
    drain(spawned.out, outcome.output, kMaxExecOutput);
    drain(spawned.err, outcome.output, kMaxExecOutput);
  }
  outcome.exit_code = end_exec(spawned);
  if (!cut) return std::unexpected(cut.error());
  drain(spawned.status, failure, kMaxExecOutput);
  if (!failure.empty()) return fail(ErrorCode::kInvalid, failure);
  return outcome;
}

}  // namespace firesteel::node
