#include "node/usage.h"

#include <dirent.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "base/fd.h"

namespace firesteel::node {
namespace {

struct Process {
  std::vector<int> children;
  std::int64_t ticks = 0;  // of itself and of the children it has waited for
  std::int64_t started = 0;
  bool seen = false;
};

std::int64_t nanoseconds(std::int64_t ticks) {
  static const std::int64_t kTick = 1'000'000'000 / sysconf(_SC_CLK_TCK);
  return ticks * kTick;
}

std::unordered_map<int, Process> all_processes() {
  std::unordered_map<int, Process> processes;
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return processes;
  while (const dirent* entry = readdir(proc)) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const Result<std::string> stat = read_file(fmt::format("/proc/{}/stat", pid));
    const std::size_t after_name = stat ? stat->rfind(')') : std::string::npos;
    if (after_name == std::string::npos) continue;
    int parent = 0;
    long long user = 0;
    long long system = 0;
    long long waited_user = 0;
    long long waited_system = 0;
    long long started = 0;
    const int found = std::sscanf(
        stat->c_str() + after_name + 1,
        " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld %*d %*d %*d %*d %lld",
        &parent, &user, &system, &waited_user, &waited_system, &started);
    if (found != 6) continue;
    Process& process = processes[pid];
    process.ticks = user + system + waited_user + waited_system;
    process.started = started;
    process.seen = true;
    processes[parent].children.push_back(pid);
  }
  closedir(proc);
  return processes;
}

std::int64_t anonymous_memory(int pid) {
  static const long kPage = sysconf(_SC_PAGESIZE);
  const Result<std::string> statm = read_file(fmt::format("/proc/{}/statm", pid));
  long resident = 0;
  long shared = 0;
  if (!statm || std::sscanf(statm->c_str(), "%*d %ld %ld", &resident, &shared) != 2) return 0;
  return std::max(0L, resident - shared) * kPage;
}

double uptime() {
  const Result<std::string> text = read_file("/proc/uptime");
  return text ? std::atof(text->c_str()) : 0;
}

json::Object timed(TimePoint now, const Usage& usage, const Rate& rate, bool cpu) {
  json::Object out{{"time", format_time(now)}};
  if (cpu) {
    out["usageNanoCores"] = rate.nanocores;
    out["usageCoreNanoSeconds"] = usage.cpu_nanoseconds;
    out["windowSeconds"] = std::chrono::duration<double>(rate.window).count();
  } else {
    out["workingSetBytes"] = usage.memory_bytes;
  }
  return out;
}

}  // namespace

std::vector<Usage> measure_trees(const std::vector<int>& pids) {
  const auto processes = all_processes();
  const double up = uptime();
  std::vector<Usage> result;
  for (const int root : pids) {
    Usage usage;
    std::vector<int> left{root};
    while (!left.empty()) {
      const int pid = left.back();
      left.pop_back();
      const auto found = processes.find(pid);
      if (found == processes.end() || !found->second.seen) continue;
      left.insert(left.end(), found->second.children.begin(), found->second.children.end());
      usage.cpu_nanoseconds += nanoseconds(found->second.ticks);
      usage.memory_bytes += anonymous_memory(pid);
      if (pid != root) continue;
      const double started = static_cast<double>(nanoseconds(found->second.started)) / 1e9;
      usage.age = std::chrono::nanoseconds(static_cast<std::int64_t>((up - started) * 1e9));
    }
    result.push_back(usage);
  }
  return result;
}

Usage measure_machine() {
  Usage usage;
  usage.age = std::chrono::nanoseconds(static_cast<std::int64_t>(uptime() * 1e9));
  if (const Result<std::string> stat = read_file("/proc/stat")) {
    long long user = 0;
    long long nice = 0;
    long long system = 0;
    long long irq = 0;
    long long soft = 0;
    if (std::sscanf(stat->c_str(), "cpu %lld %lld %lld %*d %*d %lld %lld", &user, &nice, &system,
                    &irq, &soft) == 5)
      usage.cpu_nanoseconds = nanoseconds(user + nice + system + irq + soft);
  }
  if (const Result<std::string> memory = read_file("/proc/meminfo")) {
    const auto kilobytes = [&memory](const char* name) {
      const std::size_t at = memory->find(name);
      return at == std::string::npos ? 0LL : std::atoll(memory->c_str() + at + strlen(name));
    };
    usage.memory_bytes = (kilobytes("MemTotal:") - kilobytes("MemAvailable:")) * 1024;
  }
  return usage;
}

Rate UsageHistory::rate(const std::string& id, const Usage& now, TimePoint at) {
  const std::lock_guard lock(mutex_);
  std::deque<Sample>& samples = samples_[id];
  while (!samples.empty() && at - samples.front().at > kMaxWindow) samples.pop_front();
  Rate rate;
  // The oldest that is not too old: a long window is a calm number.
  std::int64_t before = 0;
  rate.window = now.age;
  if (!samples.empty() && at - samples.front().at >= kLeastWindow) {
    before = samples.front().cpu_nanoseconds;
    rate.window = std::chrono::duration_cast<std::chrono::nanoseconds>(at - samples.front().at);
  }
  const double seconds = std::chrono::duration<double>(rate.window).count();
  if (seconds > 0 && now.cpu_nanoseconds > before)
    rate.nanocores =
        static_cast<std::int64_t>(static_cast<double>(now.cpu_nanoseconds - before) / seconds);
  if (samples.empty() || at - samples.back().at >= kLeastWindow)
    samples.push_back({at, now.cpu_nanoseconds});
  return rate;
}

void UsageHistory::trim(TimePoint now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(samples_, [now](const auto& entry) {
    return entry.second.empty() || now - entry.second.back().at > kMaxWindow;
  });
}

json::Value measure_summary(const std::string& node_name,
                            const std::vector<MeasuredContainer>& containers, UsageHistory& history,
                            TimePoint now) {
  history.trim(now);
  std::vector<int> pids;
  for (const MeasuredContainer& container : containers) pids.push_back(container.pid);
  const std::vector<Usage> usages = measure_trees(pids);
  std::map<std::pair<std::string, std::string>, json::Array> pods;
  for (std::size_t i = 0; i < containers.size(); ++i) {
    const MeasuredContainer& one = containers[i];
    const Rate rate = history.rate(one.process, usages[i], now);
    pods[{one.space, one.pod}].push_back(
        json::Object{{"name", one.container},
                     {"cpu", timed(now, usages[i], rate, true)},
                     {"memory", timed(now, usages[i], rate, false)}});
  }
  json::Array listed;
  for (auto& [name, measured] : pods)
    listed.push_back(
        json::Object{{"podRef", json::Object{{"name", name.second}, {"namespace", name.first}}},
                     {"containers", std::move(measured)}});
  const Usage machine = measure_machine();
  const Rate rate = history.rate("", machine, now);
  return json::Object{{"node", json::Object{{"nodeName", node_name},
                                            {"cpu", timed(now, machine, rate, true)},
                                            {"memory", timed(now, machine, rate, false)}}},
                      {"pods", std::move(listed)}};
}

}  // namespace firesteel::node
