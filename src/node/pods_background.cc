// Pods: what is done beside the agent's thread (probes, hooks, measuring volumes), and what comes
// from outside while a pod runs (changed ConfigMaps and Secrets).
#include <sys/stat.h>

#include <filesystem>

#include "base/log.h"
#include "kube/object.h"
#include "node/logs.h"
#include "node/pod_record.h"
#include "node/pods.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBlockBytes = 512;  // of stat's st_blocks
// Kubelet's MaxContainerTerminationMessageLogLength and ...LogLines.
constexpr std::size_t kMaxMessageFromLog = 2048;
constexpr std::int64_t kMaxMessageLines = 80;

std::int64_t bytes_on_disk(const std::string& directory, const StopToken& stop) {
  std::int64_t total = 0;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator it(directory, options, error), end;
       !error && it != end && !stop.stop_requested(); it.increment(error)) {
    struct stat info{};
    if (lstat(it->path().c_str(), &info) == 0 && !S_ISDIR(info.st_mode))
      total += info.st_blocks * kBlockBytes;
  }
  return total;
}

struct Limit {
  std::string volume;
  std::string directory;
  std::string text;  // of the limit, as the user wrote it
  std::int64_t bytes = 0;
};

// Errors: kTooManyRequests with kubelet's words for the first volume that is over its limit.
Result<void> check_limits(const std::vector<Limit>& limits, const StopToken& stop) {
  for (const Limit& limit : limits)
    if (bytes_on_disk(limit.directory, stop) > limit.bytes)
      return fail(ErrorCode::kTooManyRequests,
                  fmt::format("Usage of EmptyDir volume \"{}\" exceeds the limit \"{}\". ",
                              limit.volume, limit.text));
  return {};
}

Result<void> carry_out_action(const plan::Action& action, const std::string& process,
                              std::chrono::seconds timeout, const ExecInContainer& exec,
                              const StopToken& stop) {
  if (const auto* http = std::get_if<plan::HttpAction>(&action))
    return probe_http(*http, timeout, stop);
  if (const auto* tcp = std::get_if<plan::TcpAction>(&action))
    return probe_tcp(*tcp, timeout, stop);
  if (const auto* sleep = std::get_if<plan::SleepAction>(&action))
    return sleep_for(sleep->time, stop);
  return exec(process, std::get<plan::ExecAction>(action), timeout, stop);
}

const json::Value* container_spec(const json::Value& pod, bool init, std::size_t index) {
  const json::Array& list = json::array_at(pod, {"spec", init ? "initContainers" : "containers"});
  return index < list.size() ? &list[index] : nullptr;
}

}  // namespace

void Pods::run_action(Pod& pod, const plan::RunAction& run, std::deque<plan::Event>& more) {
  plan::ActionDone done{run.init, run.index, run.attempt, run.kind, false, ""};
  const json::Value* spec = container_spec(*pod.state.pod, run.init, run.index);
  if (spec == nullptr) return;
  Result<plan::Action> action = plan::action_of(*spec, run.kind, pod.state.pod_ip);
  if (!action) {
    done.message = action.error().message;
    more.emplace_back(std::move(done));
    return;
  }
  const auto timeout = plan::timeout_of(*spec, run.kind).value_or(kLongestHook);
  const std::string process = process_name(pod, run.init, run.index, run.attempt);
  options_.background(
      [action = std::move(*action), process, timeout, exec = options_.exec](const StopToken& stop) {
        return carry_out_action(action, process, timeout, exec, stop);
      },
      [this, uid = pod.uid, done](const Result<void>& result) mutable {
        const auto found = pods_.find(uid);
        if (found == pods_.end()) return;
        done.success = result.has_value();
        if (!result) done.message = result.error().message;
        drive(*found->second, done);
      });
}

// The volumes as they should be now; what has gone from the API stays as it was.
void Pods::object_changed(bool secret, std::string_view space, std::string_view name) {
  for (const auto& [uid, pod] : pods_) {
    const json::Value& document = *pod->state.pod;
    if (!pod->plan || pod->done || plan::is_over(pod->state)) continue;
    if (kube::namespace_of(document) != space) continue;
    const plan::References needed = plan::references_of(document);
    const auto& names = secret ? needed.secrets : needed.config_maps;
    if (std::ranges::find(names, name, &plan::References::Object::name) == names.end()) continue;
    const auto refresh = [&]() -> Result<void> {
      TRY(fetch_objects(*pod));
      plan::ExecPlan changed = *pod->plan;
      changed.volumes = TRY(plan::make_volumes(document, pod->resolved));
      return pod->directory.write_volumes(changed);
    };
    if (const Result<void> done = refresh(); !done && done.error().code != ErrorCode::kNotFound)
      log::warning("a pod's volumes were not brought up to date",
                   {{"pod", kube::key_of(document)}, {"error", done.error().message}});
  }
}

void Pods::check_sizes(Pod& pod) {
  pod.sizes_due.reset();
  if (!pod.plan) return;
  std::vector<Limit> limits;
  for (const plan::Volume& volume : pod.plan->volumes) {
    if (volume.size_limit <= 0) continue;
    std::string text;
    for (const json::Value& spec : json::array_at(*pod.state.pod, {"spec", "volumes"}))
      if (json::string_at(spec, "name") == volume.name)
        text = json::string_at(spec, {"emptyDir", "sizeLimit"});
    limits.push_back({volume.name, pod.directory.volume(volume.name), text, volume.size_limit});
  }
  if (limits.empty()) return;
  options_.background(
      [limits = std::move(limits)](const StopToken& stop) { return check_limits(limits, stop); },
      [this, uid = pod.uid](const Result<void>& result) {
        const auto found = pods_.find(uid);
        if (found == pods_.end()) return;
        found->second->sizes_due = clock_.now() + kSizeInterval;
        if (!result) drive(*found->second, plan::PodFailed{"Evicted", result.error().message});
      });
}

std::string Pods::termination_message(const Pod& pod, bool init, std::size_t index, int attempt,
                                      bool failed) const {
  if (!pod.plan) return "";
  const plan::Container& container =
      init ? pod.plan->init_containers[index] : pod.plan->containers[index];
  std::string message = pod.directory.termination_message(container.name, attempt);
  if (!message.empty() || !failed || !container.message_from_log) return message;
  LogQuery query;
  query.tail_lines = kMaxMessageLines;
  const LogSink sink = [&message](std::string_view piece) {
    message += piece;
    return true;
  };
  (void)read_log(pod.directory.log_path(container.name, attempt), query, sink, [] { return true; },
                 {});
  if (message.size() > kMaxMessageFromLog) message.erase(0, message.size() - kMaxMessageFromLog);
  return message;
}

}  // namespace firesteel::node
