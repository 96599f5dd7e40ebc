#include "node/agent.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/stop.h"
#include "client/events.h"
#include "client/informer.h"
#include "kube/object.h"
#include "node/actions.h"
#include "node/cgroups.h"
#include "node/container_exec.h"
#include "node/images.h"
#include "node/kubelet_server.h"
#include "node/node_status.h"
#include "node/own_binary.h"
#include "node/pods.h"
#include "node/sandbox.h"
#include "node/service_proxy.h"
#include "node/supervisor.h"
#include "node/usage.h"

namespace firesteel::node {
namespace {

constexpr std::chrono::seconds kFirstListTimeout{30};
// Progress of an image is worth a write to the API this often.
constexpr std::chrono::seconds kProgressInterval{2};
const kube::Resource kEndpointSlices{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"};
// How much of the output of a probe or hook is told.
constexpr std::size_t kMaxActionOutput = 1024;

// Work for the agent's thread, from all others.
using Task = std::function<void()>;

class Mailbox {
 public:
  void post(Task task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_all();
  }
  // What is there; waits until there is something, `due`, or a stop.
  std::deque<Task> take(std::optional<TimePoint> due, const Clock& clock,
                        const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return !tasks_.empty(); };
    if (due) {
      const auto wait = std::max(*due - clock.now(), TimePoint::duration::zero());
      changed_.wait_for(lock, stop, wait, ready);
    } else {
      changed_.wait(lock, stop, ready);
    }
    return std::exchange(tasks_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Task> tasks_;
};

struct ImageJob {
  std::string uid;
  std::string container;
  std::string reference;
};

class RunningAgent final : public Agent {
 public:
  RunningAgent(kube::Api& api, const Clock& clock, Options options)
      : api_(api), clock_(clock), options_(std::move(options)) {}
  ~RunningAgent() override;

  Result<void> begin();
  int kubelet_port() const override { return kubelet_->port(); }
  std::size_t running_containers() const override { return pods_->running_containers(); }

 private:
  Result<void> make_parts();
  StreamSources stream_sources();
  PodsOptions pods_options(const std::string& directory, int address_block);
  std::unique_ptr<client::Informer> watch_objects(const kube::Resource& resource, bool secret);
  std::unique_ptr<Cgroups> open_cgroups(const std::string& data_directory);
  void watch();
  void tell_services();
  Result<void> start_proxy();
  void run(const std::stop_token& stop);
  void assemble_images(const std::stop_token& stop);
  void assemble(const ImageJob& job);

  kube::Api& api_;
  const Clock& clock_;
  Options options_;
  std::string cgroups_;  // what they are, "" for none
  Mailbox mailbox_;
  StopSource stop_images_;
  std::mutex jobs_mutex_;
  std::condition_variable_any jobs_changed_;
  std::deque<ImageJob> jobs_;  // guarded by jobs_mutex_

  std::unique_ptr<ImageStore> images_;
  std::unique_ptr<client::EventRecorder> events_;
  std::unique_ptr<Supervisor> supervisor_;
  std::unique_ptr<Pods> pods_;
  UsageHistory usage_;
  std::unique_ptr<KubeletServer> kubelet_;
  std::unique_ptr<NodeHeartbeat> heartbeat_;
  std::unique_ptr<client::Informer> pod_informer_;
  std::unique_ptr<ServiceProxy> proxy_;
  std::unique_ptr<client::Informer> service_informer_;
  std::unique_ptr<client::Informer> slice_informer_;
  std::unique_ptr<client::Informer> config_map_informer_;
  std::unique_ptr<client::Informer> secret_informer_;
  std::unique_ptr<Actions> actions_ = std::make_unique<Actions>();
  std::jthread image_thread_;
  std::jthread thread_;
};

std::unique_ptr<Cgroups> RunningAgent::open_cgroups(const std::string& data_directory) {
  Result<std::unique_ptr<Cgroups>> cgroups = Cgroups::open(data_directory, {});
  if (cgroups) {
    cgroups_ = (*cgroups)->description();
    log::info("the kernel enforces memory and processor limits", {{"by", cgroups_}});
    return std::move(*cgroups);
  }
  log::info("the agent watches the memory of containers; processors are not limited",
            {{"why", cgroups.error().message}});
  return nullptr;
}

PodsOptions RunningAgent::pods_options(const std::string& directory, int address_block) {
  const auto background = [this](Actions::Work work, Actions::Done done) {
    actions_->run(std::move(work), [this, done](const Result<void>& result) {
      mailbox_.post([done, result] { done(result); });
    });
  };
  const auto exec = [this](const std::string& process, const plan::ExecAction& action,
                           std::chrono::seconds timeout, const StopToken& stop) -> Result<void> {
    const std::optional<RunningProcess> running = supervisor_->find(process);
    if (!running) return fail(ErrorCode::kNotFound, "the container does not run");
    const ExecOutcome ended =
        TRY(run_in_container(*running, action.argv, options_.binary_path, timeout, stop));
    if (ended.exit_code == 0) return {};
    return fail(ErrorCode::kUnavailable, fmt::format("command exited with {}: {}", ended.exit_code,
                                                     ended.output.substr(0, kMaxActionOutput)));
  };
  return {directory,
          options_.node_name,
          options_.api_host,
          options_.api_port,
          address_block,
          background,
          exec};
}

StreamSources RunningAgent::stream_sources() {
  StreamSources sources;
  sources.find_process = [this](std::string_view space, std::string_view pod,
                                std::string_view container) {
    return pods_->locate_process(space, pod, container);
  };
  sources.find_address = [this](std::string_view space, std::string_view pod) {
    return pods_->locate_address(space, pod);
  };
  sources.summary = [this] {
    std::vector<MeasuredContainer> containers;
    for (const Pods::Running& one : pods_->running())
      if (const std::optional<RunningProcess> found = supervisor_->find(one.process))
        containers.push_back({one.space, one.pod, one.container, one.process, found->pid});
    return measure_summary(options_.node_name, containers, usage_, clock_.now());
  };
  sources.supervisor = supervisor_.get();
  sources.binary_path = options_.binary_path;
  return sources;
}

Result<void> RunningAgent::make_parts() {
  TRY(check_sandbox_support());
  std::error_code error;
  const std::string data_directory =
      std::filesystem::absolute(options_.data_directory, error).string();
  const std::string pods_directory = data_directory + "/pods";
  std::filesystem::create_directories(pods_directory, error);
  if (error)
    return fail(ErrorCode::kIo, fmt::format("make {}: {}", pods_directory, error.message()));
  options_.binary_path = TRY(keep_binary(options_.binary_path, data_directory));
  images_ = TRY(
      ImageStore::open({options_.image_directory, options_.binary_path, options_.image_extras}));
  events_ = std::make_unique<client::EventRecorder>(api_, "kubelet", clock_);
  supervisor_ = TRY(Supervisor::start(
      options_.binary_path, clock_,
      [this](const ProcessEvent& e) { mailbox_.post([this, e] { pods_->process_event(e); }); },
      open_cgroups(data_directory)));
  const int port = std::atoi(options_.api_port.c_str());
  const int block = options_.address_block > 0 ? options_.address_block : kube::address_block(port);
  pods_ = std::make_unique<Pods>(
      api_, clock_, pods_options(pods_directory, block), *images_, *supervisor_, *events_,
      [this](const std::string& uid, const std::string& container, const std::string& reference) {
        {
          const std::lock_guard lock(jobs_mutex_);
          jobs_.push_back({uid, container, reference});
        }
        jobs_changed_.notify_all();
      });
  kubelet_ = TRY(KubeletServer::start(
      options_.serving, options_.client_ca_pem,
      [this](std::string_view space, std::string_view pod, std::string_view container,
             bool previous) { return pods_->locate_log(space, pod, container, previous); },
      stream_sources()));
  return {};
}

std::unique_ptr<client::Informer> RunningAgent::watch_objects(const kube::Resource& resource,
                                                              bool secret) {
  client::InformerOptions options;
  options.resource = resource;
  auto informer = std::make_unique<client::Informer>(api_, options, clock_);
  informer->on_change([this, secret](const client::Change& change) {
    if (!change.after) return;  // kept as it was
    mailbox_.post([this, secret, object = change.after] {
      pods_->object_changed(secret, kube::namespace_of(*object), kube::name_of(*object));
    });
  });
  informer->start();
  return informer;
}

void RunningAgent::watch() {
  client::InformerOptions pods;
  pods.resource = kube::resources::kPods;
  pods.field_selector = "spec.nodeName=" + options_.node_name;
  pod_informer_ = std::make_unique<client::Informer>(api_, pods, clock_);
  pod_informer_->on_change([this](const client::Change& change) {
    mailbox_.post([this, change] {
      const bool same = change.before && change.after &&
                        kube::uid_of(*change.before) == kube::uid_of(*change.after);
      if (change.before && !same) pods_->pod_gone(change.before);
      if (change.after) pods_->pod_changed(change.after);
    });
  });
  client::InformerOptions services;
  services.resource = kube::resources::kServices;
  service_informer_ = std::make_unique<client::Informer>(api_, services, clock_);
  client::InformerOptions slices;
  slices.resource = kEndpointSlices;
  slice_informer_ = std::make_unique<client::Informer>(api_, slices, clock_);
  service_informer_->on_change([this](const client::Change&) {
    proxy_->update(plan::routes_of(service_informer_->list(), slice_informer_->list()));
    mailbox_.post([this] { tell_services(); });
  });
  slice_informer_->on_change([this](const client::Change& change) {
    proxy_->update(plan::routes_of(service_informer_->list(), slice_informer_->list()));
    const json::Document& slice = change.after != nullptr ? change.after : change.before;
    if (!plan::is_of_selector(*slice)) mailbox_.post([this] { tell_services(); });
  });
  config_map_informer_ = watch_objects(kube::resources::kConfigMaps, false);
  secret_informer_ = watch_objects(kube::resources::kSecrets, true);
  service_informer_->start();
  slice_informer_->start();
  pod_informer_->start();
}

void RunningAgent::tell_services() {
  std::vector<json::Document> slices = slice_informer_->list();
  std::erase_if(slices, [](const json::Document& slice) { return plan::is_of_selector(*slice); });
  pods_->services_changed(service_informer_->list(), std::move(slices));
}

Result<void> RunningAgent::start_proxy() {
  proxy_ = TRY(ServiceProxy::start([this](const plan::Route& route, const std::string& why) {
    log::warning("a Service cannot be reached at its address",
                 {{"service", route.service}, {"error", why}});
    if (const json::Document service = service_informer_->get(route.service))
      events_->record(*service, client::EventKind::kWarning, "FailedToListen", why);
  }));
  return {};
}

Result<void> RunningAgent::begin() {
  TRY(make_parts());
  NodeFacts facts;
  facts.name = options_.node_name;
  facts.cpu_milli = options_.cpu_milli;
  facts.memory_bytes = options_.memory_bytes;
  facts.kubelet_port = kubelet_->port();
  facts.cgroups = cgroups_;
  heartbeat_ = TRY(NodeHeartbeat::start(
      api_, clock_, look_at_machine(std::move(facts), options_.data_directory)));
  image_thread_ = std::jthread([this](const std::stop_token& stop) { assemble_images(stop); });
  TRY(start_proxy());
  watch();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  if (pod_informer_->wait_for_sync(kFirstListTimeout))
    mailbox_.post([this] { pods_->remove_strangers(); });
  return {};
}

void RunningAgent::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    for (const Task& task : mailbox_.take(pods_->next_due(), clock_, stop)) task();
    if (!stop.stop_requested()) pods_->tick();
  }
}

void RunningAgent::assemble_images(const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(jobs_mutex_);
    if (!jobs_changed_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
    const ImageJob job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    if (stop.stop_requested()) return;
    assemble(job);
  }
}

void RunningAgent::assemble(const ImageJob& job) {
  TimePoint told{};
  const auto progress = [&](std::string_view stage, double fraction) {
    if (clock_.now() - told < kProgressInterval) return;
    told = clock_.now();
    std::string message =
        fmt::format("assembling image \"{}\": {}, {:.0f}%", job.reference, stage, fraction * 100);
    mailbox_.post([this, job, message] { pods_->image_progress(job.uid, job.container, message); });
  };
  Result<plan::ImageConfig> image =
      images_->assemble(job.reference, progress, stop_images_.token());
  if (!image)
    log::warning("an image was not assembled",
                 {{"image", job.reference}, {"error", image.error().message}});
  mailbox_.post([this, job, image] { pods_->image_done(job.uid, image, job.container); });
}

RunningAgent::~RunningAgent() {
  // First the thread that uses all the rest; what others still post to it is not done any more.
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  stop_images_.request_stop();
  image_thread_.request_stop();
  if (image_thread_.joinable()) image_thread_.join();
  actions_.reset();
  config_map_informer_.reset();
  secret_informer_.reset();
  pod_informer_.reset();
  proxy_.reset();  // its thread asks the informer
  slice_informer_.reset();
  service_informer_.reset();
  heartbeat_.reset();
  kubelet_.reset();
  supervisor_.reset();
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::start(kube::Api& api, const Clock& clock, Options options) {
  auto agent = std::make_unique<RunningAgent>(api, clock, std::move(options));
  TRY(agent->begin());
  return agent;
}

}  // namespace firesteel::node
