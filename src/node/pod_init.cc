#include "node/pod_init.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/fd.h"
#include "node/pod_sockets.h"
#include "node/sandbox.h"
#include "node/sandbox_root.h"

namespace firesteel::node {
namespace {

// What a container's root keeps of root's powers, as container engines do.
constexpr std::array kKeptCapabilities = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,
                                          CAP_FSETID, CAP_KILL,         CAP_SETGID,
                                          CAP_SETUID, CAP_SETPCAP,      CAP_NET_BIND_SERVICE};

void report(const std::string& message) {
  [[maybe_unused]] const ssize_t count = write(kStatusFd, message.data(), message.size());
}

Result<void> write_proc(const char* path, const std::string& text) {
  Fd file(open(path, O_WRONLY | O_CLOEXEC));
  if (!file.valid() || write(file.get(), text.data(), text.size()) < 0)
    return fail_errno(fmt::format("write {} to {}", text, path));
  return {};
}

// The one user inside stands for the user outside: no other ids exist in there.
Result<void> enter_user_namespace(const Sandbox& sandbox) {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWUSER) != 0) return fail_errno("make a user namespace");
  TRY(write_proc("/proc/self/setgroups", "deny"));
  TRY(write_proc("/proc/self/uid_map", fmt::format("{} {} 1", sandbox.user, user)));
  return write_proc("/proc/self/gid_map", fmt::format("{} {} 1", sandbox.group, group));
}

Result<void> drop_privileges(const Sandbox& sandbox, bool privileged) {
  if (sandbox.user == 0) {
    for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) {
      if (std::ranges::find(kKeptCapabilities, capability) == kKeptCapabilities.end())
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
  }
  if (privileged) {
    const auto group = static_cast<gid_t>(sandbox.group);
    const auto user = static_cast<uid_t>(sandbox.user);
    if (setgroups(0, nullptr) != 0 || setresgid(group, group, group) != 0 ||
        setresuid(user, user, user) != 0)
      return fail_errno(fmt::format("become user {} group {}", user, group));
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("set no_new_privs");
  return {};
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Where the kernel cannot do it, the program has the machine's whole network.
void hand_over(const Sandbox& sandbox, int channel) {
  if (sandbox.address.empty()) return;
  if (const Result<Fd> listener = hand_over_socket_calls(); listener)
    (void)send_descriptor(channel, listener->get());
}

Result<void> become_program(Sandbox& sandbox, bool privileged, int channel) {
  setsid();
  if (sandbox.terminal) ioctl(0, TIOCSCTTY, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  umask(022);
  TRY(drop_privileges(sandbox, privileged));
  // A change of credentials clears it. Process 1's own end takes the container's program along.
  if (sandbox.join_pid > 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (chdir(sandbox.working_directory.c_str()) != 0)
    return fail_errno("enter working directory " + sandbox.working_directory);
  if (sandbox.argv.empty())
    return fail(ErrorCode::kInvalid, "no command specified: neither the image nor the pod has one");
  hand_over(sandbox, channel);
  std::vector<char*> argv = pointers(sandbox.argv);
  std::vector<char*> env = pointers(sandbox.env);
  environ = env.data();
  execvp(argv[0], argv.data());
  if (errno == ENOENT && sandbox.argv[0].find('/') == std::string::npos)
    return fail(ErrorCode::kNotFound,
                fmt::format("exec: \"{}\": executable file not found in $PATH", sandbox.argv[0]));
  return fail_errno(fmt::format("exec: \"{}\"", sandbox.argv[0]));
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Reaps; the exit code of `child` once it has ended.
std::optional<int> reap(pid_t child) {
  std::optional<int> code;
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
    if (ended == child) code = exit_code_of(status);
  return code;
}

// Passes signals on to `child`, reaps, and answers its socket calls, until `child` has ended. All
// signals are blocked.
int attend(pid_t child, const Fd& listener = {}, const SocketAnswers& answers = {}) {
  sigset_t all;
  sigfillset(&all);
  const Fd signals(signalfd(-1, &all, SFD_CLOEXEC));
  std::array<pollfd, 2> wanted{pollfd{signals.get(), POLLIN, 0},
                               pollfd{listener.valid() ? listener.get() : -1, POLLIN, 0}};
  while (true) {
    if (poll(wanted.data(), wanted.size(), -1) < 0) continue;
    if ((wanted[1].revents & POLLIN) != 0) answer_socket_call(listener.get(), answers);
    if ((wanted[1].revents & (POLLHUP | POLLERR)) != 0) wanted[1].fd = -1;
    if (wanted[0].revents == 0) continue;
    signalfd_siginfo info{};
    if (read(signals.get(), &info, sizeof info) != sizeof info) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal != SIGCHLD) {
      // A terminal's and the kernel's own complaints are not for the program.
      if (signal != SIGPIPE && signal != SIGTTIN && signal != SIGTTOU) kill(child, signal);
      continue;
    }
    if (const std::optional<int> code = reap(child)) return *code;
  }
}

// The program alone holds its streams: what it leaves open ends with it.
void leave_streams() {
  for (const int fd : {0, 1, 2, kStatusFd}) close(fd);
}

// Starts the program and attends to it.
Result<int> run_program(Sandbox& sandbox, bool privileged, Fd proc) {
  std::array<int, 2> channel{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel.data()) != 0)
    return fail_errno("make a socket pair");
  Fd mine(channel[0]);
  Fd programs(channel[1]);
  const pid_t program = fork();
  if (program < 0) return fail_errno("fork");
  if (program == 0) {
    const Result<void> became = become_program(sandbox, privileged, programs.get());
    report(became.error().message);
    _exit(kStartFailed);
  }
  programs.reset();
  leave_streams();
  // The end of file comes at the latest when the program is executed.
  const std::optional<Fd> listener = receive_descriptor(mine.get());
  if (!listener) return attend(program);
  return attend(program, *listener, {sandbox.address, std::move(proc)});
}

// Beside a running container, in its namespaces.
Result<int> run_joined(Sandbox& sandbox, bool privileged) {
  const Fd target(static_cast<int>(syscall(SYS_pidfd_open, sandbox.join_pid, 0)));
  if (!target.valid()) return fail_errno("find the container");
  // This process stays in the pid namespace outside, whose numbers the container's /proc lacks.
  Fd proc = TRY(open_proc());
  const int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | (privileged ? 0 : CLONE_NEWUSER);
  if (setns(target.get(), flags) != 0) return fail_errno("enter the container");
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a change of credentials clears it
  return run_program(sandbox, privileged, std::move(proc));
}

// Process 1 of the new pid namespace.
int run_inside(Sandbox& sandbox, bool privileged) {
  if (!sandbox.host_name.empty() && unshare(CLONE_NEWUTS) == 0) {
    [[maybe_unused]] const int named =
        sethostname(sandbox.host_name.data(), sandbox.host_name.size());
  }
  const Result<void> entered = enter_root(sandbox, privileged);
  if (!entered) {
    report(entered.error().message);
    return kStartFailed;
  }
  Result<Fd> proc = open_proc();
  const Result<int> code = proc ? run_program(sandbox, privileged, std::move(*proc))
                                : Result<int>(std::unexpected(proc.error()));
  if (code) return *code;
  report(code.error().message);
  return kStartFailed;
}

Result<Sandbox> read_spec() {
  std::string text;
  std::array<char, 65536> buffer{};
  ssize_t count = 0;
  while ((count = read(kSpecFd, buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  if (count < 0) return fail_errno("read a container's description");
  close(kSpecFd);
  return decode_sandbox(text);
}

bool hung_up(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return poll(&entry, 1, 0) > 0;
}

Result<int> run_outside(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) return fail(ErrorCode::kUnavailable, "the node agent is gone");
  Sandbox sandbox = TRY(read_spec());
  close_range(kStatusFd + 1, ~0U, 0);
  for (const std::string& group : sandbox.cgroups) TRY(write_proc(group.c_str(), "0"));
  fcntl(kStatusFd, F_SETFD, FD_CLOEXEC);
  // Pods go before the cluster when memory runs out.
  (void)write_proc("/proc/self/oom_score_adj", "500");
  setsid();
  const bool privileged = geteuid() == 0;
  if (sandbox.join_pid > 0) return run_joined(sandbox, privileged);
  if (!privileged) TRY(enter_user_namespace(sandbox));
  if (unshare(CLONE_NEWNS | CLONE_NEWPID) != 0) return fail_errno("make namespaces");
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a change of credentials clears it

  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  std::array<int, 2> alive{};
  if (pipe2(alive.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
  const pid_t child = fork();
  if (child < 0) return fail_errno("fork into a pid namespace");
  if (child == 0) {
    close(alive[1]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (hung_up(alive[0])) _exit(kStartFailed);
    _exit(run_inside(sandbox, privileged));
  }
  leave_streams();
  return attend(child);
}

}  // namespace

int pod_init_main(int argc, char** argv) {
  // The agent's process id is the last argument, whether or not the program's name was cut off.
  const auto parent = static_cast<pid_t>(argc > 1 ? std::strtol(argv[argc - 1], nullptr, 10) : 0);
  const Result<int> code = run_outside(parent);
  if (code) return *code;
  report(code.error().message);
  return kStartFailed;
}

}  // namespace firesteel::node
