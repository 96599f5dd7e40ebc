// `firesteel operator`: the controller, on whatever cluster the process finds itself in (or the
// current context).
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "base/fd.h"
#include "base/log.h"
#include "base/stop.h"
#include "cli/commands.h"
#include "cli/version.h"
#include "client/http_api.h"
#include "client/kubeconfig.h"
#include "client/lease.h"
#include "operator/controller.h"
#include "operator/endpoints.h"
#include "operator/guarded_api.h"
#include "operator/metrics.h"
#include "operator/webhook.h"

namespace firesteel::cli {
namespace {

// A pod's own account comes first: a kubeconfig that happens to be in the image must not win.
Result<client::Connection> in_pod_or_kubeconfig() {
  auto pod = client::in_cluster();
  if (pod || pod.error().code != ErrorCode::kNotFound) return pod;
  return client::default_connection();
}

std::string own_namespace() {
  if (const char* space = std::getenv("POD_NAMESPACE")) return space;
  std::ifstream file("/var/run/secrets/kubernetes.io/serviceaccount/namespace");
  std::string space;
  return std::getline(file, space) && !space.empty() ? space : "default";
}

// Another one in each process, also of the same pod.
std::string identity() {
  char host[256] = {};
  (void)::gethostname(host, sizeof(host) - 1);
  const char* pod = std::getenv("POD_NAME");
  std::random_device random;
  return fmt::format("{}_{:08x}{:08x}", pod != nullptr ? pod : host, random(), random());
}

operators::Controller::Options controller_options(const OperatorOptions& options,
                                                  const std::string& master,
                                                  operators::Metrics& metrics) {
  operators::Controller::Options all;
  all.namespaces = options.namespaces;
  all.workers = options.workers;
  all.kubernetes_master = master;
  all.default_service_account = options.default_service_account;
  all.ui_service = options.ui_service;
  all.ingress_url_format = options.ingress_url_format;
  all.ingress_class_name = options.ingress_class_name;
  all.driver_start_timeout = options.driver_start_timeout;
  all.executor_start_timeout = options.executor_start_timeout;
  all.run_timeout = options.run_timeout;
  all.metrics = &metrics;
  return all;
}

// One process from its start to its end. What is declared later uses what is before it, and goes
// first.
class Operation {
 public:
  Operation(const OperatorOptions& options, client::HttpApi& api, std::string master,
            operators::decide::QueueLimits limits)
      : options_(options),
        master_(std::move(master)),
        limits_(std::move(limits)),
        metrics_({options.metrics_prefix, options.metrics_labels, std::string(kVersion)}),
        api_(api),
        logs_(api),
        guarded_(api, metrics_, [this] { return election_ == nullptr || election_->may_act(); }) {}

  ~Operation() {
    // The lease goes last, when nothing acts any more.
    endpoints_.reset();
    webhook_.reset();
    controller_.reset();
  }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // Until a signal comes. Errors: it cannot start, or the lead is lost.
  Result<void> run(int signals);

 private:
  [[nodiscard]] Result<void> serve();
  [[nodiscard]] Result<void> serve_webhook();
  [[nodiscard]] Result<void> elect();
  [[nodiscard]] Result<void> control();
  [[nodiscard]] std::string not_ready() const;

  const OperatorOptions& options_;
  const std::string master_;
  const operators::decide::QueueLimits limits_;
  const SystemClock clock_;
  operators::Metrics metrics_;
  kube::Api& api_;
  operators::HttpDriverLogs logs_;
  StopSource leads_;
  StopSource lost_;
  operators::GuardedApi guarded_;
  std::unique_ptr<client::LeaderElection> election_;
  std::unique_ptr<operators::Controller> controller_;
  std::atomic<operators::Controller*> controlling_ = nullptr;  // for the endpoints' threads
  std::unique_ptr<operators::Endpoints> endpoints_;
  std::unique_ptr<operators::Webhook> webhook_;
};

std::string Operation::not_ready() const {
  const operators::Controller* controller = controlling_.load();
  // One that waits to lead is as ready as it will be: a rollout must not wait for it.
  if (controller == nullptr) return options_.leader_election ? "" : "starting";
  return controller->is_synced() ? "" : "SparkApplications and pods have not been listed yet";
}

Result<void> Operation::serve() {
  if (options_.metrics_port == 0) return {};
  endpoints_ = TRY(operators::Endpoints::start({options_.metrics_address, options_.metrics_port},
                                               metrics_, [this] { return not_ready(); }));
  log::info("metrics are served",
            {{"address", options_.metrics_address}, {"port", std::to_string(endpoints_->port())}});
  return {};
}

// Every replica answers, whoever leads.
Result<void> Operation::serve_webhook() {
  if (options_.webhook_port == 0) return {};
  operators::Webhook::Options webhook;
  webhook.address = options_.webhook_address;
  webhook.port = options_.webhook_port;
  webhook.name = options_.webhook_name;
  webhook.space = own_namespace();
  webhook_ = TRY(operators::Webhook::start(api_, clock_, std::move(webhook)));
  log::info("the admission webhook is served",
            {{"address", options_.webhook_address}, {"port", std::to_string(webhook_->port())}});
  return {};
}

Result<void> Operation::elect() {
  client::LeaseOptions lease;
  lease.space = options_.lease_namespace.empty() ? own_namespace() : options_.lease_namespace;
  lease.name = options_.lease_name;
  lease.identity = identity();
  lease.duration = options_.lease_duration;
  lease.renew_deadline = options_.lease_renew_deadline;
  lease.retry_period = options_.lease_retry_period;
  metrics_.set_leading(lease.name, false);
  log::info("waiting to lead",
            {{"lease", lease.space + "/" + lease.name}, {"identity", lease.identity}});
  election_ = TRY(client::LeaderElection::start(api_, clock_, lease, [this](bool leading) {
    metrics_.set_leading(options_.lease_name, leading);
    (leading ? leads_ : lost_).request_stop();
  }));
  return {};
}

Result<void> Operation::control() {
  operators::Controller::Options options = controller_options(options_, master_, metrics_);
  options.driver_logs = &logs_;
  options.limits = limits_;
  controller_ = TRY(operators::Controller::start(guarded_, clock_, options));
  controlling_ = controller_.get();
  log::info("operator started", {{"kubernetes", master_}});
  return {};
}

Result<void> Operation::run(int signals) {
  TRY(serve());
  TRY(serve_webhook());
  if (options_.leader_election) {
    TRY(elect());
  } else {
    TRY(control());
  }
  while (true) {
    // A descriptor below zero is not waited for.
    pollfd wait[] = {{signals, POLLIN, 0},
                     {lost_.token().fd(), POLLIN, 0},
                     {controller_ == nullptr ? leads_.token().fd() : -1, POLLIN, 0}};
    if (::poll(wait, std::size(wait), -1) <= 0) continue;
    if (wait[0].revents != 0) break;
    if (wait[1].revents != 0) {
      return fail(ErrorCode::kUnavailable,
                  "the lease could not be renewed: another operator may lead now, this one ends");
    }
    if (wait[2].revents != 0) TRY(control());
  }
  log::info("operator stopping");
  return {};
}

// What is under way when the process is asked to end may end too, but not at the pace of a server
// that does not answer.
class LastWords {
 public:
  static constexpr std::chrono::seconds kPatience{3};

  explicit LastWords(StopSource& cut) : thread_([this, &cut] { wait(cut); }) {}
  ~LastWords() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_all();
  }
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

 private:
  void wait(StopSource& cut) {
    std::unique_lock lock(mutex_);
    if (!wake_.wait_for(lock, kPatience, [this] { return over_; })) cut.request_stop();
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::jthread thread_;
};

Result<void> operate(const OperatorOptions& options) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const Fd signals(::signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals.valid()) return fail_errno("signalfd");

  auto limits =
      TRY(operators::decide::parse_queue_limits(options.max_drivers, options.max_executors));
  const client::Connection connection = TRY(in_pod_or_kubeconfig());
  StopSource cut;
  const auto api = TRY(client::connect(connection, "firesteel-operator", cut.token()));
  std::optional<LastWords> last_words;  // begun before the operation ends, over when it has ended
  Operation operation(options, *api, connection.url, std::move(limits));
  auto ended = operation.run(signals.get());
  last_words.emplace(cut);
  return ended;
}

}  // namespace

int command_operator(const OperatorOptions& options) {
  log::configure(log::Level::kInfo,
                 options.log_format == "json" ? log::Format::kJson : log::Format::kText);
  const auto done = operate(options);
  if (done) return kExitOk;
  log::error(done.error().message);
  return kExitFailed;
}

}  // namespace firesteel::cli
