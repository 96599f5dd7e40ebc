#include "node/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/json/json.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "node/pod_init.h"

namespace firesteel::node {
namespace {

json::Array strings(const std::vector<std::string>& values) {
  json::Array array;
  for (const std::string& value : values) array.emplace_back(value);
  return array;
}

std::vector<std::string> strings_at(const json::Value& value, std::string_view key) {
  std::vector<std::string> result;
  for (const json::Value& item : json::array_at(value, {key})) {
    if (item.is_string()) result.emplace_back(json::view(item.get_string()));
  }
  return result;
}

std::string text_at(const json::Value& value, std::string_view key) {
  return std::string(json::string_at(value, key));
}

// Above the numbers that the child's descriptors get, so that dup2 never meets its own source.
constexpr int kAboveInherited = 10;

Result<Fd> out_of_the_way(int fd, std::string_view what) {
  Fd given(fd);
  if (fd < 0) return fail_errno(what);
  Fd moved(fcntl(fd, F_DUPFD_CLOEXEC, kAboveInherited));
  if (!moved.valid()) return fail_errno(what);
  return moved;
}

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe for a container");
  Pipe result;
  result.read = Fd(ends[0]);
  result.write = TRY(out_of_the_way(ends[1], "make a pipe for a container"));
  // Only our end: the program's own end stays blocking.
  fcntl(result.read.get(), F_SETFL, O_NONBLOCK);
  return result;
}

// The program's three descriptors, and our ends of them.
struct Streams {
  Fd program_in;
  Fd program_out;
  Fd program_err;  // invalid with a terminal, which is all three
  Fd in;
  Fd out;
  Fd err;
};

Result<Streams> make_terminal(const Sandbox& sandbox) {
  Streams streams;
  streams.out = Fd(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  const int control = streams.out.get();
  std::array<char, 64> name{};
  if (control < 0 || grantpt(control) != 0 || unlockpt(control) != 0 ||
      ptsname_r(control, name.data(), name.size()) != 0)
    return fail_errno("make a terminal for a container");
  streams.program_in = TRY(out_of_the_way(open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC),
                                          "open a container's terminal"));
  // Of use to programs that open /dev/stdout anew; an ordinary user owns it already.
  [[maybe_unused]] const int given =
      fchown(streams.program_in.get(), static_cast<uid_t>(sandbox.user), static_cast<gid_t>(-1));
  if (sandbox.input) streams.in = TRY(out_of_the_way(dup(control), "keep a container's terminal"));
  return streams;
}

Result<Streams> make_streams(const Sandbox& sandbox) {
  if (sandbox.terminal) return make_terminal(sandbox);
  Streams streams;
  Pipe out = TRY(make_pipe());
  Pipe err = TRY(make_pipe());
  streams.program_out = std::move(out.write);
  streams.program_err = std::move(err.write);
  streams.out = std::move(out.read);
  streams.err = std::move(err.read);
  if (!sandbox.input) return streams;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe for a container");
  streams.in = Fd(ends[1]);
  streams.program_in = TRY(out_of_the_way(ends[0], "make a pipe for a container"));
  fcntl(streams.in.get(), F_SETFL, O_NONBLOCK);
  return streams;
}

// What the child sees as 0, 1 and 2.
void give_streams(posix_spawn_file_actions_t& actions, const Streams& streams) {
  const int in = streams.program_in.get();
  if (in >= 0) {
    posix_spawn_file_actions_adddup2(&actions, in, 0);
  } else {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  }
  const bool terminal = !streams.program_out.valid();
  posix_spawn_file_actions_adddup2(&actions, terminal ? in : streams.program_out.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, terminal ? in : streams.program_err.get(), 2);
}

Result<Fd> spec_file(const Sandbox& sandbox) {
  Fd file = TRY(out_of_the_way(memfd_create("firesteel-sandbox", MFD_CLOEXEC), "make a memfd"));
  const std::string text = encode_sandbox(sandbox);
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = write(file.get(), text.data() + done, text.size() - done);
    if (count <= 0) return fail_errno("write a container's description");
    done += static_cast<std::size_t>(count);
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

// Signals as a fresh program expects them, whatever this process ignores or blocks.
void fresh_signals(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

// What unshare(2) says to the namespaces of a sandbox, tried in a child: 0 or errno.
int try_namespaces(bool user_namespace) {
  const pid_t pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) {
    const int flags = CLONE_NEWNS | CLONE_NEWPID | (user_namespace ? CLONE_NEWUSER : 0);
    _exit(unshare(flags) == 0 ? 0 : errno);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

}  // namespace

void set_terminal_type(std::vector<std::string>& env) {
  const auto is_term = [](const std::string& variable) { return variable.starts_with("TERM="); };
  if (std::ranges::none_of(env, is_term)) env.emplace_back("TERM=xterm");
}

std::string encode_sandbox(const Sandbox& sandbox) {
  json::Array files;
  for (const SandboxFile& file : sandbox.files)
    files.push_back(
        json::Object{{"path", file.path}, {"content", file.content}, {"mode", file.mode}});
  json::Array binds;
  for (const SandboxBind& bind : sandbox.binds)
    binds.push_back(json::Object{{"source", bind.source},
                                 {"subPath", bind.sub_path},
                                 {"target", bind.target},
                                 {"readOnly", bind.read_only},
                                 {"makeSource", bind.make_source}});
  json::Array tmpfs;
  for (const SandboxTmpfs& one : sandbox.tmpfs)
    tmpfs.push_back(json::Object{{"target", one.target}, {"size", one.size}});
  return json::print(json::Object{{"imageLayers", strings(sandbox.image_layers)},
                                  {"scratch", sandbox.scratch_directory},
                                  {"hostName", sandbox.host_name},
                                  {"address", sandbox.address},
                                  {"files", std::move(files)},
                                  {"binds", std::move(binds)},
                                  {"tmpfs", std::move(tmpfs)},
                                  {"owned", strings(sandbox.owned_directories)},
                                  {"argv", strings(sandbox.argv)},
                                  {"env", strings(sandbox.env)},
                                  {"workingDirectory", sandbox.working_directory},
                                  {"user", sandbox.user},
                                  {"group", sandbox.group},
                                  {"readOnlyRoot", sandbox.read_only_root},
                                  {"cgroups", strings(sandbox.cgroups)},
                                  {"terminal", sandbox.terminal},
                                  {"joinPid", sandbox.join_pid}});
}

Result<Sandbox> decode_sandbox(std::string_view text) {
  const json::Value value = TRY(context(json::parse(text), "read a container's description"));
  Sandbox sandbox;
  sandbox.image_layers = strings_at(value, "imageLayers");
  sandbox.scratch_directory = text_at(value, "scratch");
  sandbox.host_name = text_at(value, "hostName");
  sandbox.address = text_at(value, "address");
  for (const json::Value& file : json::array_at(value, {"files"}))
    sandbox.files.push_back({text_at(file, "path"), text_at(file, "content"),
                             static_cast<unsigned>(json::int_at(file, {"mode"}, 0644))});
  for (const json::Value& bind : json::array_at(value, {"binds"}))
    sandbox.binds.push_back({text_at(bind, "source"), text_at(bind, "subPath"),
                             text_at(bind, "target"), json::bool_at(bind, {"readOnly"}, true),
                             json::bool_at(bind, {"makeSource"})});
  for (const json::Value& one : json::array_at(value, {"tmpfs"}))
    sandbox.tmpfs.push_back({text_at(one, "target"), json::int_at(one, {"size"})});
  sandbox.owned_directories = strings_at(value, "owned");
  sandbox.argv = strings_at(value, "argv");
  sandbox.env = strings_at(value, "env");
  sandbox.working_directory = text_at(value, "workingDirectory");
  sandbox.user = json::int_at(value, {"user"});
  sandbox.group = json::int_at(value, {"group"});
  sandbox.read_only_root = json::bool_at(value, {"readOnlyRoot"});
  sandbox.terminal = json::bool_at(value, {"terminal"});
  sandbox.join_pid = static_cast<int>(json::int_at(value, {"joinPid"}));
  sandbox.cgroups = strings_at(value, "cgroups");
  return sandbox;
}

Result<void> check_sandbox_support() {
  const bool root = geteuid() == 0;
  const int error = try_namespaces(!root);
  if (error == 0) return {};
  return fail(
      ErrorCode::kForbidden,
      fmt::format("pods need {}mount and pid namespaces, which this machine refuses: {}. {}",
                  root ? "" : "user, ", std::strerror(error),
                  root ? "Run outside of a container, or give it CAP_SYS_ADMIN"
                       : "Run as root, or allow user namespaces (sysctl "
                         "kernel.unprivileged_userns_clone=1, user.max_user_namespaces)"));
}

Result<SpawnedSandbox> spawn_sandbox(const Sandbox& sandbox, const std::string& binary_path) {
  Fd spec = TRY(spec_file(sandbox));
  Streams streams = TRY(make_streams(sandbox));
  Pipe status = TRY(make_pipe());

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  give_streams(actions, streams);
  posix_spawn_file_actions_adddup2(&actions, spec.get(), kSpecFd);
  posix_spawn_file_actions_adddup2(&actions, status.write.get(), kStatusFd);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  fresh_signals(attributes);

  std::string name = "firesteel";
  std::string command = kPodInitCommand;
  std::string parent = std::to_string(getpid());
  std::array<char*, 4> argv{name.data(), command.data(), parent.data(), nullptr};
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, binary_path.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    errno = error;
    return fail_errno("start " + binary_path + " for a container");
  }
  SpawnedSandbox spawned;
  spawned.pid = pid;
  spawned.pid_fd = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!spawned.pid_fd.valid()) {
    auto failure = fail_errno("pidfd_open");
    ::kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return failure;
  }
  spawned.in = std::move(streams.in);
  spawned.out = std::move(streams.out);
  spawned.err = std::move(streams.err);
  spawned.status = std::move(status.read);
  return spawned;
}

Result<void> remove_scratch(const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code error;
  // Overlayfs leaves a directory of mode 000 in its work directory, programs may leave more: what
  // cannot be entered is opened up, then all goes.
  fs::remove_all(directory, error);
  if (!error) return {};
  for (int round = 0; round < 8 && fs::exists(directory); ++round) {
    std::error_code walk;
    fs::permissions(directory, fs::perms::owner_all, fs::perm_options::add, walk);
    auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(directory, options, walk), end; !walk && it != end;
         it.increment(walk)) {
      std::error_code ignored;
      if (it->is_directory(ignored) && !it->is_symlink(ignored))
        fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
    fs::remove_all(directory, error);
    if (!error) return {};
  }
  if (!error) return {};
  return fail(ErrorCode::kIo, fmt::format("remove {}: {}", directory, error.message()));
}

}  // namespace firesteel::node
