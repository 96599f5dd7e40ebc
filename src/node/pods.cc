#include "node/pods.h"

#include <filesystem>

#include "base/log.h"
#include "kube/object.h"
#include "net/tls.h"
#include "node/plan/pod_status.h"
#include "node/pod_record.h"

namespace firesteel::node {
namespace {

using json::string_at;
namespace fs = std::filesystem;

std::string process_id(const std::string& uid, bool init, std::size_t index, int attempt) {
  return fmt::format("{}/{}{}/{}", uid, init ? "init-" : "", index, attempt);
}

struct ProcessName {
  std::string uid;
  bool init = false;
  std::size_t index = 0;
  int attempt = 0;
};

ProcessName parse_process_id(const std::string& id) {
  ProcessName name;
  const std::size_t first = id.find('/');
  const std::size_t second = id.find('/', first + 1);
  name.uid = id.substr(0, first);
  std::string middle = id.substr(first + 1, second - first - 1);
  if (middle.starts_with("init-")) {
    name.init = true;
    middle.erase(0, 5);
  }
  name.index = static_cast<std::size_t>(std::atol(middle.c_str()));
  name.attempt = std::atoi(id.c_str() + second + 1);
  return name;
}

bool is_input_once(const json::Value& pod, std::string_view container) {
  for (const json::Value& one : json::array_at(pod, {"spec", "containers"}))
    if (string_at(one, "name") == container) return json::bool_at(one, {"stdinOnce"});
  return false;
}

std::string container_id(const std::string& id) {
  // Stable and unlike any other; the shape that tools expect after the scheme.
  return "firesteel://" + net::sha256_hex(id);
}

}  // namespace

Pods::Pods(kube::Api& api, const Clock& clock, PodsOptions options, ImageStore& images,
           Supervisor& supervisor, client::EventRecorder& events, ImageRequest request_image)
    : api_(api),
      clock_(clock),
      options_(std::move(options)),
      images_(images),
      supervisor_(supervisor),
      events_(events),
      request_image_(std::move(request_image)),
      addresses_(options_.address_block),
      index_(std::make_unique<Index>()) {}

Pods::~Pods() = default;

std::string Pods::process_name(const Pod& pod, bool init, std::size_t index, int attempt) {
  return process_id(pod.uid, init, index, attempt);
}

Pods::Pod& Pods::pod_of(const json::Document& document) {
  const std::string uid(kube::uid_of(*document));
  auto& slot = pods_[uid];
  if (slot) return *slot;
  const PodDirectory directory(options_.pods_directory, *document);
  slot = std::make_unique<Pod>(plan::first_state(document, directory.traces(), clock_.now()),
                               directory);
  slot->uid = uid;
  if (const json::Value* status = json::find(*document, "status")) slot->published = *status;
  if (!slot->state.pod_ip.empty() && !addresses_.reserve(slot->state.pod_ip) &&
      slot->state.pod_ip != kHostIp)
    slot->state.pod_ip.clear();
  return *slot;
}

void Pods::pod_changed(const json::Document& document) {
  Pod& pod = pod_of(document);
  drive(pod, plan::PodChanged{document});
}

void Pods::pod_gone(const json::Document& document) {
  const auto found = pods_.find(std::string(kube::uid_of(*document)));
  if (found != pods_.end()) drive(*found->second, plan::PodGone{});
}

void Pods::services_changed(std::vector<json::Document> services,
                            std::vector<json::Document> slices) {
  services_ = std::move(services);
  slices_ = std::move(slices);
  write_hosts();
}

void Pods::process_event(const ProcessEvent& event) {
  const ProcessName name = parse_process_id(event.id);
  const auto found = pods_.find(name.uid);
  if (found == pods_.end()) return;
  Pod& pod = *found->second;
  const auto& list = name.init ? pod.state.init : pod.state.main;
  if (name.index >= list.size()) return;
  const std::string container = list[name.index].name;
  if (std::holds_alternative<ProcessStarted>(event.what)) {
    drive(pod, plan::ContainerStarted{name.init, name.index, container_id(event.id)});
  } else if (const auto* failed = std::get_if<ProcessNotStarted>(&event.what)) {
    pod.directory.remove_container_scratch(container, name.attempt);
    drive(pod, plan::ContainerNotStarted{name.init, name.index, failed->message});
  } else if (const auto* ended = std::get_if<ProcessEnded>(&event.what)) {
    std::string message =
        termination_message(pod, name.init, name.index, name.attempt, ended->exit_code != 0);
    pod.directory.remove_container_scratch(container, name.attempt);
    drive(pod, plan::ContainerEnded{name.init, name.index, ended->exit_code, ended->signal,
                                    ended->out_of_memory, std::move(message)});
  }
}

void Pods::image_progress(const std::string& uid, const std::string& container,
                          const std::string& message) {
  if (const auto found = pods_.find(uid); found != pods_.end())
    drive(*found->second, plan::ImageProgress{container, message});
}

void Pods::image_done(const std::string& uid, const Result<plan::ImageConfig>& image,
                      const std::string& container) {
  const auto found = pods_.find(uid);
  if (found == pods_.end() || found->second->images_missing.erase(container) == 0) return;
  Pod& pod = *found->second;
  if (!image) {
    pod.images_missing.clear();
    return drive(pod, plan::ImagesFailed{container, "ErrImagePull", image.error().message});
  }
  pod.resolved.images[container] = *image;
  std::deque<plan::Event> more;
  images_settled(pod, more);
  for (const plan::Event& event : more) drive(pod, event);
}

// One event and all that follows from it at once.
void Pods::drive(Pod& pod, plan::Event event) {
  std::deque<plan::Event> events{std::move(event)};
  while (!events.empty()) {
    const plan::Event next = std::move(events.front());
    events.pop_front();
    for (const plan::Effect& effect : plan::step(pod.state, next, clock_.now()))
      carry_out(pod, effect, events);
  }
  update_index(pod);
  if (!pod.cleaned && !pod.done && plan::is_over(pod.state)) {
    pod.cleaned = true;
    pod.directory.remove_volumes();
  }
  if (hosts_dirty_) write_hosts();
  if (pod.done) pods_.erase(std::string(pod.uid));
}

void Pods::carry_out(Pod& pod, const plan::Effect& effect, std::deque<plan::Event>& more) {
  if (std::holds_alternative<plan::PrepareImages>(effect)) {
    prepare_images(pod, more);
  } else if (std::holds_alternative<plan::PrepareConfig>(effect)) {
    prepare_config(pod, more);
  } else if (const auto* start = std::get_if<plan::StartContainer>(&effect)) {
    start_container(pod, *start, more);
  } else if (const auto* signal = std::get_if<plan::SignalContainer>(&effect)) {
    const auto& list = signal->init ? pod.state.init : pod.state.main;
    const std::string id =
        process_id(pod.uid, signal->init, signal->index, list[signal->index].attempt);
    signal->kill ? supervisor_.kill(id) : supervisor_.terminate(id);
  } else if (const auto* action = std::get_if<plan::RunAction>(&effect)) {
    run_action(pod, *action, more);
  } else if (std::holds_alternative<plan::PublishStatus>(effect)) {
    publish(pod);
  } else if (std::holds_alternative<plan::RemovePod>(effect)) {
    remove_pod(pod);
  } else if (std::holds_alternative<plan::Forget>(effect)) {
    forget(pod);
  } else if (const auto* event = std::get_if<plan::RecordEvent>(&effect)) {
    events_.record(*pod.state.pod,
                   event->warning ? client::EventKind::kWarning : client::EventKind::kNormal,
                   event->reason, event->message);
  }
}

void Pods::start_container(Pod& pod, const plan::StartContainer& start,
                           std::deque<plan::Event>& more) {
  const plan::Container& container =
      start.init ? pod.plan->init_containers[start.index] : pod.plan->containers[start.index];
  Result<Sandbox> sandbox = pod.directory.make_sandbox(
      *pod.plan, container, pod.resolved.images[container.name], start.attempt);
  if (!sandbox) {
    more.emplace_back(plan::ContainerNotStarted{start.init, start.index, sandbox.error().message});
    return;
  }
  if (pod.state.pod_ip != kHostIp) sandbox->address = pod.state.pod_ip;
  // Neither is of the plan: they say who is connected, not what is run.
  const json::Array& specs =
      json::array_at(*pod.state.pod, {"spec", start.init ? "initContainers" : "containers"});
  if (start.index < specs.size()) {
    sandbox->input = json::bool_at(specs[start.index], {"stdin"});
    sandbox->terminal = json::bool_at(specs[start.index], {"tty"});
  }
  if (sandbox->terminal) set_terminal_type(sandbox->env);
  supervisor_.launch({process_id(pod.uid, start.init, start.index, start.attempt),
                      std::move(*sandbox), pod.directory.log_path(container.name, start.attempt),
                      container.memory_limit, container.cpu_limit});
}

void Pods::publish(Pod& pod) {
  pod.publish_again = false;
  hosts_dirty_ = true;
  const json::Value& document = *pod.state.pod;
  json::Value status = plan::make_status(pod.state, kHostIp, clock_.now());
  if (status == pod.published) return;
  kube::WriteOptions options;
  options.subresource = "status";
  const json::Value patch =
      json::Object{{"metadata", json::Object{{"uid", kube::uid_of(document)}}}, {"status", status}};
  const auto written = api_.patch(kube::resources::kPods, kube::namespace_of(document),
                                  kube::name_of(document), kube::PatchType::kMerge, patch, options);
  if (written) {
    pod.published = std::move(status);
  } else if (written.error().code != ErrorCode::kNotFound &&
             written.error().code != ErrorCode::kConflict) {
    log::warning("a pod's status was not written",
                 {{"pod", kube::key_of(document)}, {"error", written.error().message}});
    pod.publish_again = true;
    pod.retry_at = clock_.now() + kApiRetry;
  }
}

void Pods::remove_pod(Pod& pod) {
  pod.remove_again = false;
  const json::Value& document = *pod.state.pod;
  kube::DeleteOptions options;
  options.grace_period_seconds = 0;
  options.uid = kube::uid_of(document);
  const Result<void> removed = api_.remove(kube::resources::kPods, kube::namespace_of(document),
                                           kube::name_of(document), options);
  if (removed || removed.error().code == ErrorCode::kNotFound ||
      removed.error().code == ErrorCode::kConflict)
    return;
  log::warning("an ended pod was not deleted",
               {{"pod", kube::key_of(document)}, {"error", removed.error().message}});
  pod.remove_again = true;
  pod.retry_at = clock_.now() + kApiRetry;
}

void Pods::forget(Pod& pod) {
  if (!pod.state.pod_ip.empty()) addresses_.release(pod.state.pod_ip);
  pod.directory.remove();
  const std::lock_guard lock(index_->mutex);
  index_->pods.erase(kube::key_of(*pod.state.pod));
  index_->addresses.erase(kube::key_of(*pod.state.pod));
  pod.done = true;
  hosts_dirty_ = true;
}

void Pods::tick() {
  const TimePoint now = clock_.now();
  std::vector<std::string> uids;
  for (const auto& [uid, pod] : pods_) uids.push_back(uid);
  for (const std::string& uid : uids) {
    Pod& pod = *pods_.at(uid);
    if (pod.retry_at && now >= *pod.retry_at) {
      pod.retry_at.reset();
      if (pod.publish_again) publish(pod);
      if (pod.remove_again) remove_pod(pod);
    }
    if (pod.tokens_due && now >= *pod.tokens_due && !plan::is_over(pod.state)) renew_tokens(pod);
    if (pod.sizes_due && now >= *pod.sizes_due && !plan::is_over(pod.state)) check_sizes(pod);
    const std::optional<TimePoint> due = plan::wake_at(pod.state);
    if (due && now >= *due) drive(pod, plan::Tick{});
  }
}

std::optional<TimePoint> Pods::next_due() const {
  std::optional<TimePoint> earliest;
  const auto consider = [&earliest](const std::optional<TimePoint>& time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  for (const auto& [uid, pod] : pods_) {
    consider(plan::wake_at(pod->state));
    consider(pod->retry_at);
    if (plan::is_over(pod->state)) continue;
    consider(pod->tokens_due);
    consider(pod->sizes_due);
  }
  return earliest;
}

void Pods::remove_strangers() {
  std::set<std::string> known;
  for (const auto& [uid, pod] : pods_) known.insert(pod->directory.path());
  std::error_code error;
  std::vector<std::string> strangers;
  for (const auto& entry : fs::directory_iterator(options_.pods_directory, error))
    if (!known.contains(entry.path().string())) strangers.push_back(entry.path().string());
  for (const std::string& path : strangers)
    if (const Result<void> removed = remove_scratch(path); !removed)
      log::warning("a pod's files were not removed", {{"error", removed.error().message}});
}

void Pods::update_index(const Pod& pod) {
  if (pod.done) return;
  const std::lock_guard lock(index_->mutex);
  auto& containers = index_->pods[kube::key_of(*pod.state.pod)];
  index_->addresses[kube::key_of(*pod.state.pod)] = pod.state.pod_ip;
  for (const auto* list : {&pod.state.init, &pod.state.main}) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      const plan::ContainerState& container = (*list)[i];
      Index::Container& entry = containers[container.name];
      entry.input_once = is_input_once(*pod.state.pod, container.name);
      entry.process = process_id(pod.uid, list == &pod.state.init, i, container.attempt);
      entry.running = container.phase == plan::ContainerPhase::kRunning ||
                      container.phase == plan::ContainerPhase::kStarting;
      entry.path =
          container.attempt > 0 ? pod.directory.log_path(container.name, container.attempt) : "";
      entry.previous = container.attempt > 1
                           ? pod.directory.log_path(container.name, container.attempt - 1)
                           : "";
      entry.waiting = container.waiting_reason;
    }
  }
}

Result<LogLocation> Pods::locate_log(std::string_view space, std::string_view pod,
                                     std::string_view container, bool previous) const {
  const std::string key = fmt::format("{}/{}", space, pod);
  const std::string name(container);
  const std::lock_guard lock(index_->mutex);
  const auto found = index_->pods.find(key);
  if (found == index_->pods.end())
    return fail(ErrorCode::kNotFound, fmt::format("pod \"{}\" not found on this node\n", key));
  const auto one = found->second.find(name);
  if (one == found->second.end())
    return fail(ErrorCode::kNotFound,
                fmt::format("container {} is not valid for pod {}\n", container, pod));
  if (previous && one->second.previous.empty())
    return fail(ErrorCode::kBadRequest,
                fmt::format("previous terminated container \"{}\" in pod \"{}\" not found",
                            container, pod));
  if (!previous && one->second.path.empty())
    return fail(ErrorCode::kBadRequest,
                fmt::format("container \"{}\" in pod \"{}\" is waiting to start: {}", container,
                            pod, one->second.waiting));
  if (previous) return LogLocation{one->second.previous, [] { return true; }};
  const std::string path = one->second.path;
  return LogLocation{path, [this, key, name, path] {
                       const std::lock_guard again(index_->mutex);
                       const auto now = index_->pods.find(key);
                       if (now == index_->pods.end()) return true;
                       const auto entry = now->second.find(name);
                       return entry == now->second.end() || !entry->second.running ||
                              entry->second.path != path;
                     }};
}

std::size_t Pods::running_containers() const {
  const std::lock_guard lock(index_->mutex);
  std::size_t count = 0;
  for (const auto& [key, containers] : index_->pods)
    for (const auto& [name, container] : containers) count += container.running ? 1 : 0;
  return count;
}

}  // namespace firesteel::node
