#include "node/supervisor.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/log.h"
#include "node/logs.h"
#include "node/outlet.h"

namespace firesteel::node {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
// One container that prints without end must not keep the others waiting.
constexpr int kReadsPerRound = 4;

struct Process {
  ProcessRequest request;
  SpawnedSandbox spawned;
  LogWriter log;
  std::string failure;  // what came through the status pipe
  bool started = false;
  bool out_of_memory = false;
  std::optional<int> wait_status;
  std::unique_ptr<Cgroup> cgroup;
  std::vector<Outlet> outlets = {};
  std::deque<std::pair<bool, std::string>> early = {};  // what the first client will want to see
  std::size_t early_bytes = 0;
  bool keeps_early = false;

  [[nodiscard]] bool outlets_wait() const { return std::ranges::any_of(outlets, &Outlet::waits); }
  void flush_outlets() {
    std::erase_if(outlets, [](Outlet& outlet) { return !outlet.flush(); });
  }
  void pass_on(bool to_err, std::string_view bytes) {
    for (Outlet& outlet : outlets) outlet.push(to_err, bytes);
    flush_outlets();
    if (!keeps_early) return;
    early.emplace_back(to_err, bytes);
    early_bytes += bytes.size();
    while (early_bytes > kMaxEarlyOutput) {
      early_bytes -= early.front().second.size();
      early.pop_front();
    }
  }
  [[nodiscard]] bool is_watched() const { return request.memory_limit > 0 && cgroup == nullptr; }
};

struct LaunchCommand {
  ProcessRequest request;
};
struct AttachCommand {
  std::string id;
  Outlet outlet;
};
struct SignalCommand {
  std::string id;
  int signal;
};
using Command = std::variant<LaunchCommand, AttachCommand, SignalCommand>;

// What other threads may know of a process.
struct Shared {
  int pid = -1;
  std::shared_ptr<const Sandbox> sandbox;
  Fd input;
};

struct PollEntry {
  std::string id;
  enum class What { kWake, kPid, kOut, kErr, kStatus, kOutlet } what;
};

}  // namespace

ProcessUsage measure_tree(int root) {
  // One pass over /proc: who is whose child, and how much of it is anonymous memory. File pages are
  // left out, for the jars and libraries that all containers map would count against each.
  std::unordered_map<int, std::vector<int>> children;
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return {};
  while (const dirent* entry = readdir(proc)) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const Result<std::string> stat = read_file(fmt::format("/proc/{}/stat", pid));
    if (!stat) continue;
    const std::size_t after_name = stat->rfind(')');
    if (after_name == std::string::npos) continue;
    int parent = 0;
    if (std::sscanf(stat->c_str() + after_name + 1, " %*c %d", &parent) == 1)
      children[parent].push_back(pid);
  }
  closedir(proc);
  ProcessUsage usage;
  const long page = sysconf(_SC_PAGESIZE);
  std::vector<int> left{root};
  while (!left.empty()) {
    const int pid = left.back();
    left.pop_back();
    if (const auto found = children.find(pid); found != children.end())
      left.insert(left.end(), found->second.begin(), found->second.end());
    const Result<std::string> statm = read_file(fmt::format("/proc/{}/statm", pid));
    long resident = 0;
    long shared = 0;
    if (!statm || std::sscanf(statm->c_str(), "%*d %ld %ld", &resident, &shared) != 2) continue;
    usage.memory_bytes += std::max(0L, resident - shared) * page;
    ++usage.processes;
  }
  return usage;
}

struct Supervisor::State {
  std::string binary_path;
  const Clock& clock;
  std::function<void(const ProcessEvent&)> on_event;
  std::unique_ptr<Cgroups> cgroups;  // before processes, whose groups lie in it
  Fd wake;
  mutable std::mutex mutex;
  std::vector<Command> commands;             // guarded by mutex
  std::map<std::string, Shared> shared;      // guarded by mutex
  bool stopping = false;                     // guarded by mutex
  std::map<std::string, Process> processes;  // of the thread alone
  std::chrono::steady_clock::time_point measured{};
  std::jthread thread;

  State(std::string binary, const Clock& time, std::function<void(const ProcessEvent&)> handler)
      : binary_path(std::move(binary)), clock(time), on_event(std::move(handler)) {}

  void post(Command command) {
    {
      const std::lock_guard lock(mutex);
      commands.push_back(std::move(command));
    }
    ring();
  }
  void ring() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t count = write(wake.get(), &one, sizeof one);
  }

  void run();
  bool take_commands();
  void launch(ProcessRequest request);
  std::unique_ptr<Cgroup> make_cgroup(const ProcessRequest& request) const;
  void signal(const std::string& id, int signal);
  int poll_once();
  void handle(const PollEntry& entry);
  void read_stream(Process& process, Fd& fd, std::string_view stream);
  void attach(AttachCommand command);
  void read_status(Process& process);
  void reap(Process& process);
  void finish_ended();
  void watch_memory();
};

void Supervisor::State::run() {
  while (true) {
    const bool stop = take_commands();
    if (stop) {
      for (auto& [id, process] : processes) signal(id, SIGKILL);
      if (processes.empty()) return;
    }
    poll_once();
    for (auto& [id, process] : processes) process.flush_outlets();
    finish_ended();
    watch_memory();
  }
}

bool Supervisor::State::take_commands() {
  std::vector<Command> taken;
  bool stop = false;
  {
    const std::lock_guard lock(mutex);
    taken.swap(commands);
    stop = stopping;
  }
  for (Command& command : taken) {
    if (auto* request = std::get_if<LaunchCommand>(&command)) {
      if (!stop) launch(std::move(request->request));
    } else if (auto* attached = std::get_if<AttachCommand>(&command)) {
      attach(std::move(*attached));
    } else {
      const auto& sent = std::get<SignalCommand>(command);
      signal(sent.id, sent.signal);
    }
  }
  return stop;
}

// Null without limits, or when the kernel refuses: memory is watched from here then.
std::unique_ptr<Cgroup> Supervisor::State::make_cgroup(const ProcessRequest& request) const {
  if (cgroups == nullptr || (request.memory_limit <= 0 && request.cpu_limit <= 0)) return nullptr;
  Result<std::unique_ptr<Cgroup>> made =
      cgroups->make(request.id, {request.memory_limit, request.cpu_limit});
  if (made) return std::move(*made);
  log::warning("a container has no control group",
               {{"container", request.id}, {"error", made.error().message}});
  return nullptr;
}

void Supervisor::State::launch(ProcessRequest request) {
  const std::string id = request.id;
  Result<LogWriter> log = LogWriter::open(request.log_path);
  if (!log) return on_event({id, ProcessNotStarted{log.error().message}});
  std::unique_ptr<Cgroup> cgroup = make_cgroup(request);
  if (cgroup != nullptr) request.sandbox.cgroups = cgroup->membership_files();
  Result<SpawnedSandbox> spawned = spawn_sandbox(request.sandbox, binary_path);
  if (!spawned) return on_event({id, ProcessNotStarted{spawned.error().message}});
  {
    const std::lock_guard lock(mutex);
    shared[id] = {spawned->pid, std::make_shared<const Sandbox>(request.sandbox),
                  std::move(spawned->in)};
  }
  const bool keeps_early = request.sandbox.input;
  Process& process =
      processes
          .emplace(id, Process{std::move(request), std::move(*spawned), std::move(*log), "", false,
                               false, std::nullopt, std::move(cgroup)})
          .first->second;
  process.keeps_early = keeps_early;
}

// When it has ended meanwhile the outlet is closed, which is what its client waits for.
void Supervisor::State::attach(AttachCommand command) {
  const auto found = processes.find(command.id);
  if (found == processes.end()) return;
  Process& process = found->second;
  for (const auto& [to_err, bytes] : process.early) command.outlet.push(to_err, bytes);
  process.early.clear();
  process.keeps_early = false;
  if (command.outlet.flush()) process.outlets.push_back(std::move(command.outlet));
}

void Supervisor::State::signal(const std::string& id, int number) {
  const auto found = processes.find(id);
  if (found == processes.end() || found->second.wait_status) return;
  syscall(SYS_pidfd_send_signal, found->second.spawned.pid_fd.get(), number, nullptr, 0);
}

int Supervisor::State::poll_once() {
  std::vector<pollfd> polls{{wake.get(), POLLIN, 0}};
  std::vector<PollEntry> entries{{"", PollEntry::What::kWake}};
  bool limits = false;
  for (const auto& [id, process] : processes) {
    const auto add = [&](const Fd& fd, PollEntry::What what) {
      if (!fd.valid()) return;
      polls.push_back({fd.get(), POLLIN, 0});
      entries.push_back({id, what});
    };
    if (!process.wait_status) add(process.spawned.pid_fd, PollEntry::What::kPid);
    for (const Outlet& outlet : process.outlets) {
      if (!outlet.waits()) continue;
      polls.push_back({outlet.waiting_fd(), POLLOUT, 0});
      entries.push_back({id, PollEntry::What::kOutlet});
    }
    if (!process.outlets_wait()) {
      add(process.spawned.out, PollEntry::What::kOut);
      add(process.spawned.err, PollEntry::What::kErr);
    }
    add(process.spawned.status, PollEntry::What::kStatus);
    limits = limits || process.is_watched() || process.outlets_wait();
  }
  const int timeout = limits ? static_cast<int>(kMemoryInterval.count()) : -1;
  const int ready = poll(polls.data(), polls.size(), timeout);
  for (std::size_t i = 0; ready > 0 && i < polls.size(); ++i)
    if (polls[i].revents != 0) handle(entries[i]);
  return ready;
}

void Supervisor::State::handle(const PollEntry& entry) {
  if (entry.what == PollEntry::What::kWake) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t size = read(wake.get(), &count, sizeof count);
    return;
  }
  const auto found = processes.find(entry.id);
  if (found == processes.end()) return;
  Process& process = found->second;
  switch (entry.what) {
    case PollEntry::What::kWake:
    case PollEntry::What::kOutlet:  // flush_outlets sees to all of them
      break;
    case PollEntry::What::kPid:
      reap(process);
      break;
    case PollEntry::What::kOut:
      read_stream(process, process.spawned.out, "stdout");
      break;
    case PollEntry::What::kErr:
      read_stream(process, process.spawned.err, "stderr");
      break;
    case PollEntry::What::kStatus:
      read_status(process);
      break;
  }
}

void Supervisor::State::read_stream(Process& process, Fd& fd, std::string_view stream) {
  std::array<char, kReadBytes> buffer{};
  for (int round = 0; round < kReadsPerRound; ++round) {
    const ssize_t count = read(fd.get(), buffer.data(), buffer.size());
    if (count > 0) {
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
      process.log.append(stream, bytes, clock.now());
      process.pass_on(stream == "stderr", bytes);
      if (process.outlets_wait()) return;
      continue;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) fd.reset();
    return;
  }
}

void Supervisor::State::read_status(Process& process) {
  std::array<char, 4096> buffer{};
  const ssize_t count = read(process.spawned.status.get(), buffer.data(), buffer.size());
  if (count > 0) {
    process.failure.append(buffer.data(), static_cast<std::size_t>(count));
    return;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  process.spawned.status.reset();
  if (!process.failure.empty() || process.wait_status) return;
  process.started = true;
  on_event({process.request.id, ProcessStarted{}});
}

void Supervisor::State::reap(Process& process) {
  int status = 0;
  if (waitpid(process.spawned.pid, &status, WNOHANG) == process.spawned.pid)
    process.wait_status = status;
}

void Supervisor::State::finish_ended() {
  for (auto it = processes.begin(); it != processes.end();) {
    Process& process = it->second;
    // The pipes end when the last process of the container has gone, which the kernel has seen to.
    if (!process.wait_status || process.spawned.out.valid() || process.spawned.err.valid() ||
        process.spawned.status.valid() || process.outlets_wait()) {
      ++it;
      continue;
    }
    process.log.finish(clock.now());
    const int status = *process.wait_status;
    // A process that outlived the loss of another one and ended well has nothing to tell.
    if (status != 0 && process.cgroup != nullptr && process.cgroup->out_of_memory())
      process.out_of_memory = true;
    ProcessEvent event{it->first, ProcessEnded{}};
    if (!process.failure.empty()) {
      event.what = ProcessNotStarted{process.failure};
    } else if (WIFSIGNALED(status)) {
      event.what = ProcessEnded{128 + WTERMSIG(status), WTERMSIG(status), process.out_of_memory};
    } else {
      event.what = ProcessEnded{WEXITSTATUS(status), 0, process.out_of_memory};
    }
    {
      const std::lock_guard lock(mutex);
      shared.erase(it->first);
    }
    it = processes.erase(it);  // closes the log: readers that follow wake up
    on_event(event);
  }
}

void Supervisor::State::watch_memory() {
  const auto now = std::chrono::steady_clock::now();
  if (now - measured < kMemoryInterval) return;
  measured = now;
  for (auto& [id, process] : processes) {
    if (!process.is_watched() || process.wait_status) continue;
    const ProcessUsage used = measure_tree(process.spawned.pid);
    if (used.memory_bytes <= process.request.memory_limit) continue;
    log::warning("container over its memory limit is killed",
                 {{"container", id},
                  {"used", std::to_string(used.memory_bytes)},
                  {"limit", std::to_string(process.request.memory_limit)}});
    process.out_of_memory = true;
    signal(id, SIGKILL);
  }
}

Supervisor::Supervisor(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Supervisor>> Supervisor::start(
    std::string binary_path, const Clock& clock, std::function<void(const ProcessEvent&)> on_event,
    std::unique_ptr<Cgroups> cgroups) {
  auto state = std::make_unique<State>(std::move(binary_path), clock, std::move(on_event));
  state->cgroups = std::move(cgroups);
  state->wake = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!state->wake.valid()) return fail_errno("make an eventfd for the supervisor");
  State* raw = state.get();
  state->thread = std::jthread([raw] { raw->run(); });
  return std::unique_ptr<Supervisor>(new Supervisor(std::move(state)));
}

Supervisor::~Supervisor() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->ring();
  state_->thread.join();
}

void Supervisor::launch(ProcessRequest request) {
  state_->post(LaunchCommand{std::move(request)});
}
void Supervisor::terminate(const std::string& id) {
  state_->post(SignalCommand{id, SIGTERM});
}
void Supervisor::kill(const std::string& id) {
  state_->post(SignalCommand{id, SIGKILL});
}

ProcessUsage Supervisor::usage(const std::string& id) const {
  const std::optional<RunningProcess> process = find(id);
  return process ? measure_tree(process->pid) : ProcessUsage{};
}

std::optional<RunningProcess> Supervisor::find(const std::string& id) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->shared.find(id);
  if (found == state_->shared.end()) return std::nullopt;
  return RunningProcess{found->second.pid, found->second.sandbox};
}

std::vector<std::pair<std::string, int>> Supervisor::running() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::pair<std::string, int>> result;
  for (const auto& [id, process] : state_->shared) result.emplace_back(id, process.pid);
  return result;
}

Result<Attachment> Supervisor::attach(const std::string& id, bool with_input) {
  Attachment attachment;
  bool terminal = false;
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->shared.find(id);
    if (found == state_->shared.end())
      return fail(ErrorCode::kNotFound, "the container is not running");
    terminal = found->second.sandbox->terminal;
    if (with_input && found->second.input.valid())
      attachment.in = Fd(fcntl(found->second.input.get(), F_DUPFD_CLOEXEC, 3));
  }
  const auto make_pair = [](Fd& ours, Fd& theirs) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
      return false;
    ours = Fd(ends[0]);
    theirs = Fd(ends[1]);
    return true;
  };
  Fd out;
  Fd err;
  if (!make_pair(out, attachment.out) || (!terminal && !make_pair(err, attachment.err)))
    return fail_errno("make sockets for a client of a container");
  state_->post(AttachCommand{id, Outlet(std::move(out), std::move(err))});
  return attachment;
}

void Supervisor::close_input(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  if (const auto found = state_->shared.find(id); found != state_->shared.end())
    found->second.input.reset();
}

}  // namespace firesteel::node
