#include "node/node_status.h"

#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/fd.h"
#include "base/log.h"
#include "kube/quantity.h"

namespace firesteel::node {
namespace {

constexpr std::string_view kLeaseNamespace = "kube-node-lease";
constexpr std::string_view kVersion = "v1.32.0-firesteel";
// The whole status is written again this often, whatever happens (kubelet: 5 minutes).
constexpr int kLeasesPerStatus = 30;

std::string first_line(const std::string& path) {
  Result<std::string> text = read_file(path);
  return text ? text->substr(0, text->find('\n')) : "";
}

std::string os_name() {
  const Result<std::string> text = read_file("/etc/os-release");
  constexpr std::string_view kKey = "PRETTY_NAME=\"";
  const std::size_t at = text ? text->find(kKey) : std::string::npos;
  if (at == std::string::npos) return "Linux";
  const std::size_t start = at + kKey.size();
  return text->substr(start, text->find('"', start) - start);
}

json::Value condition(std::string_view type, bool status, std::string_view reason,
                      std::string_view message, const std::string& now) {
  return json::Object{{"type", type},
                      {"status", status ? "True" : "False"},
                      {"lastHeartbeatTime", now},
                      {"lastTransitionTime", now},
                      {"reason", reason},
                      {"message", message}};
}

std::string architecture() {
  utsname name{};
  uname(&name);
  const std::string_view machine(name.machine);
  if (machine == "x86_64") return "amd64";
  return machine == "aarch64" ? "arm64" : std::string(machine);
}

}  // namespace

NodeFacts look_at_machine(NodeFacts facts, const std::string& data_directory) {
  if (facts.cpu_milli <= 0)
    facts.cpu_milli =
        1000L * std::max<long>(kLeastCpus, kCpuOvercommit * sysconf(_SC_NPROCESSORS_ONLN));
  if (facts.memory_bytes <= 0) facts.memory_bytes = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  struct statvfs disk{};
  if (statvfs(data_directory.c_str(), &disk) == 0)
    facts.disk_bytes = static_cast<std::int64_t>(disk.f_blocks * disk.f_frsize);
  utsname name{};
  uname(&name);
  facts.kernel = name.release;
  facts.os_image = os_name();
  facts.machine_id = first_line("/etc/machine-id");
  facts.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  return facts;
}

json::Value node_object(const NodeFacts& facts, TimePoint now) {
  const std::string time = format_time(now);
  const std::string arch = architecture();
  const json::Object resources{{"cpu", kube::Quantity::of_milli(facts.cpu_milli).text()},
                               {"memory", fmt::format("{}Ki", facts.memory_bytes / 1024)},
                               {"ephemeral-storage", fmt::format("{}Ki", facts.disk_bytes / 1024)},
                               {"pods", std::to_string(kMaxPods)}};
  json::Object labels{
      {"kubernetes.io/hostname", facts.name}, {"kubernetes.io/os", "linux"},
      {"kubernetes.io/arch", arch},           {"beta.kubernetes.io/os", "linux"},
      {"beta.kubernetes.io/arch", arch},      {"node.kubernetes.io/instance-type", "firesteel"}};
  json::Object info{{"architecture", arch},
                    {"bootID", facts.boot_id},
                    {"containerRuntimeVersion", "firesteel://0.1.0"},
                    {"kernelVersion", facts.kernel},
                    {"kubeProxyVersion", kVersion},
                    {"kubeletVersion", kVersion},
                    {"machineID", facts.machine_id},
                    {"operatingSystem", "linux"},
                    {"osImage", facts.os_image},
                    {"systemUUID", facts.machine_id}};
  json::Array conditions{
      condition("MemoryPressure", false, "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available", time),
      condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure",
                time),
      condition("PIDPressure", false, "KubeletHasSufficientPID",
                "kubelet has sufficient PID available", time),
      condition("MemoryLimitsByKernel", !facts.cgroups.empty(),
                facts.cgroups.empty() ? "NoCgroup" : "Cgroup",
                facts.cgroups.empty()
                    ? "the agent watches the resident memory of containers with a limit"
                    : facts.cgroups,
                time),
      condition("Ready", true, "KubeletReady", "the node agent is running", time)};
  json::Array addresses{json::Object{{"type", "InternalIP"}, {"address", facts.address}},
                        json::Object{{"type", "Hostname"}, {"address", facts.name}}};
  return json::Object{
      {"apiVersion", "v1"},
      {"kind", "Node"},
      {"metadata", json::Object{{"name", facts.name}, {"labels", std::move(labels)}}},
      {"spec", json::Object{}},
      {"status",
       json::Object{{"capacity", resources},
                    {"allocatable", resources},
                    {"conditions", std::move(conditions)},
                    {"addresses", std::move(addresses)},
                    {"daemonEndpoints",
                     json::Object{{"kubeletEndpoint", json::Object{{"Port", facts.kubelet_port}}}}},
                    {"nodeInfo", std::move(info)}}}};
}

struct NodeHeartbeat::State {
  kube::Api& api;
  const Clock& clock;
  NodeFacts facts;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::string last_error;
  std::jthread thread;

  State(kube::Api& to, const Clock& time, NodeFacts known)
      : api(to), clock(time), facts(std::move(known)) {}

  Result<void> register_node() {
    const json::Value node = node_object(facts, clock.now());
    const auto created = api.create(kube::resources::kNodes, "", node, {});
    if (!created && created.error().code != ErrorCode::kAlreadyExists)
      return std::unexpected(created.error());
    if (!created) {
      json::Object labels{{"metadata", json::Object{{"labels", node.at("metadata").at("labels")}}}};
      TRY(api.patch(kube::resources::kNodes, "", facts.name, kube::PatchType::kMerge, labels, {}));
    }
    json::Object status{{"status", node.at("status")}};
    TRY(api.patch(
        kube::resources::kNodes, "", facts.name, kube::PatchType::kMerge, status,
        {.subresource = "status", .field_manager = "", .force = false, .dry_run = false}));
    return {};
  }

  Result<void> renew_lease() {
    json::Object spec{{"holderIdentity", facts.name},
                      {"leaseDurationSeconds", kLeaseSeconds},
                      {"renewTime", format_micro_time(clock.now())}};
    const auto patched = api.patch(kube::resources::kLeases, kLeaseNamespace, facts.name,
                                   kube::PatchType::kMerge, json::Object{{"spec", spec}}, {});
    if (patched || patched.error().code != ErrorCode::kNotFound)
      return patched ? Result<void>() : std::unexpected(patched.error());
    json::Object lease{
        {"apiVersion", "coordination.k8s.io/v1"},
        {"kind", "Lease"},
        {"metadata", json::Object{{"name", facts.name}, {"namespace", kLeaseNamespace}}},
        {"spec", spec}};
    TRY(api.create(kube::resources::kLeases, kLeaseNamespace, lease, {}));
    return {};
  }

  void complain(const Result<void>& result, std::string_view what) {
    const std::string error = result ? "" : result.error().message;
    if (error == last_error) return;  // said already
    last_error = error;
    if (!error.empty()) log::warning(what, {{"node", facts.name}, {"error", error}});
  }

  void run(const std::stop_token& stop) {
    for (int round = 1; !stop.stop_requested(); ++round) {
      complain(renew_lease(), "the node's lease was not renewed");
      std::unique_lock lock(mutex);
      changed.wait_for(lock, stop, kLeaseInterval, [] { return false; });
      if (stop.stop_requested()) return;
      lock.unlock();
      if (round % kLeasesPerStatus == 0)
        complain(register_node(), "the node's status was not written");
    }
  }
};

NodeHeartbeat::NodeHeartbeat(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<NodeHeartbeat>> NodeHeartbeat::start(kube::Api& api, const Clock& clock,
                                                            NodeFacts facts) {
  auto state = std::make_unique<State>(api, clock, std::move(facts));
  TRY(context(state->register_node(), "register the node"));
  State* raw = state.get();
  state->thread = std::jthread([raw](const std::stop_token& stop) { raw->run(stop); });
  return std::unique_ptr<NodeHeartbeat>(new NodeHeartbeat(std::move(state)));
}

NodeHeartbeat::~NodeHeartbeat() {
  state_->thread.request_stop();
  state_->thread.join();
}

}  // namespace firesteel::node
