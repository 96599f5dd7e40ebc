#include "cli/cluster_directory.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/json/json.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "client/kubeconfig.h"

namespace firesteel::cli {
namespace {

std::string state_file(const std::string& directory) {
  return directory + "/daemon.json";
}
std::string lock_file(const std::string& directory) {
  return directory + "/lock";
}

}  // namespace

Result<std::string> cluster_directory(const std::string& option) {
  if (!option.empty()) {
    std::error_code error;
    const auto path = std::filesystem::absolute(option, error);
    if (error) return fail(ErrorCode::kIo, fmt::format("--dir {}: {}", option, error.message()));
    return path.lexically_normal().string();
  }
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/') {
    return std::string(data) + "/firesteel";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return std::string(home) + "/.local/share/firesteel";
  }
  return fail(ErrorCode::kBadRequest,
              "neither XDG_DATA_HOME nor HOME is set: say with --dir where to keep the data");
}

std::string user_kubeconfig(const std::string& option) {
  return option.empty() ? client::kubeconfig_paths().front() : option;
}

Result<Fd> lock_cluster_directory(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return fail(ErrorCode::kIo,
                fmt::format("create the data directory {}: {}", directory, error.message()));
  }
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  Fd file(::open(lock_file(directory).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) return fail_errno("open " + lock_file(directory));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kConflict,
                fmt::format("another firesteel daemon runs on {}: stop it with `firesteel down`, "
                            "or choose another directory with --dir",
                            directory));
  }
  return file;
}

bool is_cluster_running(const std::string& directory) {
  const Fd file(::open(lock_file(directory).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return false;
  return ::flock(file.get(), LOCK_SH | LOCK_NB) != 0;
}

Result<std::optional<DaemonState>> read_daemon_state(const std::string& directory) {
  const std::string path = state_file(directory);
  const auto text = read_file(path);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  const auto value = TRY(context(json::parse(*text), path + " is damaged (remove it)"));
  DaemonState state;
  state.pid = static_cast<int>(json::int_at(value, {"pid"}));
  state.port = static_cast<int>(json::int_at(value, {"port"}));
  state.version = json::string_at(value, "version");
  state.started = parse_time(json::string_at(value, "started")).value_or(TimePoint());
  return state;
}

Result<void> write_daemon_state(const std::string& directory, const DaemonState& state) {
  const json::Object value{{"pid", state.pid},
                           {"port", state.port},
                           {"version", state.version},
                           {"started", format_micro_time(state.started)}};
  return write_file_atomically(state_file(directory), json::print_pretty(value) + "\n");
}

}  // namespace firesteel::cli
