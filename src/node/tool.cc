#include "node/tool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/fd.h"

namespace firesteel::node {
namespace {

constexpr std::size_t kMaxOutput = 64 * 1024;
constexpr std::size_t kMaxWords = 1200;  // of the output in an error
constexpr int kInterval = 250;           // milliseconds

std::vector<std::string> environment(const ToolRun& run) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const bool replaced = std::ranges::any_of(run.env, [text](const auto& pair) {
      return text.starts_with(pair.first) && text.substr(pair.first.size(), 1) == "=";
    });
    if (!replaced) result.emplace_back(text);
  }
  for (const auto& [name, value] : run.env) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::string last_words(const std::string& output) {
  std::string text = output.size() > kMaxWords ? output.substr(output.size() - kMaxWords) : output;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

Result<pid_t> spawn(const ToolRun& run, int output) {
  std::vector<std::string> arguments = run.argv;
  std::vector<std::string> variables = environment(run);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  if (!run.directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, run.directory.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0);  // so that its children can be ended with it
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, arguments[0].c_str(), &actions, &attributes,
                                 pointers(arguments).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error == 0) return pid;
  errno = error;
  return fail_errno("start " + run.argv[0]);
}

// Reads until the end of the output; true when stopped.
bool collect(int fd, const ToolRun& run, StopToken stop, std::string& output) {
  std::array<char, 8192> buffer{};
  while (true) {
    std::array<pollfd, 2> polls{pollfd{fd, POLLIN, 0}, pollfd{stop.fd(), POLLIN, 0}};
    poll(polls.data(), polls.size(), kInterval);
    if (stop.stop_requested()) return true;
    if (run.while_running) run.while_running();
    if (polls[0].revents == 0) continue;
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) return false;
    if (count > 0) output.append(buffer.data(), static_cast<std::size_t>(count));
    if (output.size() > kMaxOutput) output.erase(0, output.size() - kMaxOutput);
  }
}

}  // namespace

Result<std::string> run_tool(const ToolRun& run, StopToken stop) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
  Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t pid = TRY(spawn(run, to.get()));
  to.reset();
  std::string output;
  const bool stopped = collect(from.get(), run, stop, output);
  if (stopped) kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (stopped) return fail(ErrorCode::kUnavailable, run.argv[0] + " was stopped");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  const std::string how = WIFEXITED(status) ? fmt::format("exit code {}", WEXITSTATUS(status))
                                            : fmt::format("signal {}", WTERMSIG(status));
  return fail(ErrorCode::kIo,
              fmt::format("{} failed ({}): {}", run.argv[0], how, last_words(output)));
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string candidate = std::string(rest.substr(0, colon)) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
  return "";
}

}  // namespace firesteel::node
