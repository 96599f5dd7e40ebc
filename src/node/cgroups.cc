#include "node/cgroups.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/fd.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kCpuPeriodMicroseconds = 100'000;  // the kernel's and kubelet's default
constexpr std::int64_t kLeastCpuQuota = 1'000;            // the kernel takes no less

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool lists(std::string_view words, std::string_view wanted) {
  const auto parts = split(words, ',');
  return std::ranges::find(parts, wanted) != parts.end();
}

Result<void> write_to(const std::string& path, const std::string& text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid() || write(file.get(), text.data(), text.size()) < 0)
    return fail_errno(fmt::format("write {} to {}", text, path));
  return {};
}

bool exists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

// A data directory's own name among the groups of others. FNV-1a: short and stable is enough.
std::string parent_name(const std::string& data_directory) {
  std::uint32_t hash = 2166136261U;
  for (const char c : data_directory) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619U;
  }
  return fmt::format("firesteel-{:08x}", hash);
}

void remove_groups(const std::string& parent) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error))
    if (entry.is_directory(error)) rmdir(entry.path().c_str());
}

// Whether a process of ours can move itself into a group below `parent`: the rules for that differ
// from those for making one.
bool can_join(const std::string& parent) {
  const std::string group = parent + "/probe";
  if (mkdir(group.c_str(), 0755) != 0 && errno != EEXIST) return false;
  const std::string file = group + "/cgroup.procs";
  const pid_t pid = fork();
  if (pid == 0) {
    const int fd = ::open(file.c_str(), O_WRONLY);
    _exit(fd >= 0 && write(fd, "0", 1) == 1 ? 0 : 1);
  }
  int status = 1;
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  rmdir(group.c_str());
  return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool make_parent(const std::string& parent, const std::string& needed_file, bool version_2) {
  if (mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) return false;
  remove_groups(parent);
  bool fine = exists(parent + "/" + needed_file);
  if (fine && version_2) {
    fine = write_to(parent + "/cgroup.subtree_control", "+memory").has_value();
    (void)write_to(parent + "/cgroup.subtree_control", "+cpu");  // may be missing
  }
  if (fine && can_join(parent)) return true;
  rmdir(parent.c_str());
  return false;
}

// The nearest place to this process's own group where a parent can be made; "" when there is none.
std::string find_parent(const CgroupPlace& place, const std::string& name,
                        const std::string& needed_file, bool version_2) {
  if (place.mount.empty()) return "";
  std::string at = place.own;
  while (true) {
    if (version_2) {
      (void)write_to(at + "/cgroup.subtree_control", "+memory");
      (void)write_to(at + "/cgroup.subtree_control", "+cpu");
    }
    if (make_parent(at + "/" + name, needed_file, version_2)) return at + "/" + name;
    if (at.size() <= place.mount.size()) return "";
    at.resize(at.rfind('/'));
  }
}

std::string group_name(std::string_view name) {
  std::string result(name);
  std::ranges::replace(result, '/', '_');
  return result;
}

Result<void> limit_memory(const std::string& directory, std::int64_t bytes, int version) {
  if (version == 2) {
    TRY(write_to(directory + "/memory.max", std::to_string(bytes)));
    (void)write_to(directory + "/memory.swap.max", "0");
    // As kubelet: a container goes as a whole, no half-dead one stays.
    (void)write_to(directory + "/memory.oom.group", "1");
    return {};
  }
  TRY(write_to(directory + "/memory.limit_in_bytes", std::to_string(bytes)));
  (void)write_to(directory + "/memory.memsw.limit_in_bytes", std::to_string(bytes));
  return {};
}

Result<void> limit_cpu(const std::string& directory, std::int64_t milli, int version) {
  const std::int64_t quota = std::max(kLeastCpuQuota, milli * kCpuPeriodMicroseconds / 1000);
  if (version == 2)
    return write_to(directory + "/cpu.max", fmt::format("{} {}", quota, kCpuPeriodMicroseconds));
  TRY(write_to(directory + "/cpu.cfs_period_us", std::to_string(kCpuPeriodMicroseconds)));
  return write_to(directory + "/cpu.cfs_quota_us", std::to_string(quota));
}

}  // namespace

std::int64_t oom_kills(std::string_view events) {
  constexpr std::string_view kKey = "oom_kill ";
  for (const std::string_view line : split(events, '\n')) {
    if (!line.starts_with(kKey)) continue;
    std::int64_t count = 0;
    std::from_chars(line.data() + kKey.size(), line.data() + line.size(), count);
    return count;
  }
  return 0;
}

CgroupPlace find_cgroup(std::string_view mounts, std::string_view own_groups,
                        std::string_view controller) {
  CgroupPlace place;
  std::string root;
  for (const std::string_view line : split(mounts, '\n')) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const auto left = split(line.substr(0, dash), ' ');
    const auto right = split(line.substr(dash + 3), ' ');
    if (left.size() < 5 || right.size() < 3) continue;
    const bool wanted = controller.empty() ? right[0] == "cgroup2"
                                           : right[0] == "cgroup" && lists(right[2], controller);
    if (!wanted) continue;
    root = left[3];
    place.mount = left[4];
    break;
  }
  if (place.mount.empty()) return place;
  place.own = place.mount;
  for (const std::string_view line : split(own_groups, '\n')) {
    const auto parts = split(line, ':');
    if (parts.size() < 3 || (controller.empty() ? parts[0] != "0" : !lists(parts[1], controller)))
      continue;
    std::string_view path = parts[2];
    // A container engine shows only a part of the tree.
    if (root != "/" && path.starts_with(root)) path.remove_prefix(root.size());
    if (path != "/" && !path.empty() && !path.starts_with("/..")) place.own += path;
  }
  return place;
}

Cgroup::~Cgroup() {
  for (const std::string& directory : directories_)
    if (rmdir(directory.c_str()) != 0 && errno == EBUSY) leftovers_->push_back(directory);
}

std::vector<std::string> Cgroup::membership_files() const {
  std::vector<std::string> files;
  for (const std::string& directory : directories_) files.push_back(directory + "/cgroup.procs");
  return files;
}

bool Cgroup::out_of_memory() const {
  const Result<std::string> events = read_file(events_file_);
  return events && oom_kills(*events) > 0;
}

Result<std::unique_ptr<Cgroups>> Cgroups::open(const std::string& data_directory,
                                               const Places& places) {
  const std::string mounts = TRY(read_file(places.mounts_file));
  const std::string own = TRY(read_file(places.own_groups_file));
  const std::string name = parent_name(data_directory);
  const CgroupPlace unified = find_cgroup(mounts, own, "");
  if (const std::string parent = find_parent(unified, name, "memory.max", true); !parent.empty())
    return std::unique_ptr<Cgroups>(new Cgroups(2, parent, parent));
  const CgroupPlace memory = find_cgroup(mounts, own, "memory");
  if (std::string parent = find_parent(memory, name, "memory.limit_in_bytes", false);
      !parent.empty()) {
    std::string cpu = find_parent(find_cgroup(mounts, own, "cpu"), name, "cpu.cfs_quota_us", false);
    return std::unique_ptr<Cgroups>(new Cgroups(1, std::move(parent), std::move(cpu)));
  }
  return fail(ErrorCode::kForbidden,
              fmt::format("no control group with memory is writable for this user (tried v2 at {}, "
                          "v1 at {})",
                          unified.own.empty() ? "none" : unified.own,
                          memory.own.empty() ? "none" : memory.own));
}

Cgroups::~Cgroups() {
  for (const std::string& parent : {memory_, cpu_}) {
    if (parent.empty()) continue;
    // A killed container's processes leave its group only when the kernel has reaped them.
    constexpr int kTries = 100;
    for (int tries = 0; tries < kTries; ++tries) {
      remove_groups(parent);
      if (rmdir(parent.c_str()) == 0 || errno != EBUSY) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

Result<std::unique_ptr<Cgroup>> Cgroups::make(std::string_view name, const CgroupLimits& limits) {
  std::erase_if(*leftovers_, [](const std::string& path) { return rmdir(path.c_str()) == 0; });
  const std::string memory = memory_ + "/" + group_name(name);
  if (mkdir(memory.c_str(), 0755) != 0) return fail_errno("make cgroup " + memory);
  std::vector<std::string> directories{memory};
  if (version_ == 1 && !cpu_.empty() && limits.cpu_milli > 0) {
    directories.push_back(cpu_ + "/" + group_name(name));
    if (mkdir(directories.back().c_str(), 0755) != 0 && errno != EEXIST)
      return fail_errno("make cgroup " + directories.back());
  }
  auto group = std::make_unique<Cgroup>(
      directories, memory + (version_ == 2 ? "/memory.events" : "/memory.oom_control"), leftovers_);
  if (limits.memory_bytes > 0) TRY(limit_memory(memory, limits.memory_bytes, version_));
  const std::string& cpu = directories.back();
  if (limits.cpu_milli > 0 && !cpu_.empty()) TRY(limit_cpu(cpu, limits.cpu_milli, version_));
  return group;
}

std::string Cgroups::description() const {
  return fmt::format("cgroup v{} at {}", version_, memory_);
}

}  // namespace firesteel::node
