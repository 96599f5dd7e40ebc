#include "operator/metrics.h"

#include <unistd.h>

#include <fstream>

#include "kube/conditions.h"
#include "kube/object.h"

namespace firesteel::operators {
namespace {

using decide::State;
using decide::Status;
using metrics::Labels;
using metrics::Sample;
using metrics::Type;

constexpr std::string_view kController = "spark-application-controller";
constexpr std::string_view kOldest = "spark_app_";  // 1.1.27
constexpr std::string_view kV2 = "spark_application_";

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

Labels queue_labels() {
  return {{"name", std::string(kController)}};
}

std::string_view text(Metrics::Round round) {
  switch (round) {
    case Metrics::Round::kDone:
      return "success";
    case Metrics::Round::kLater:
      return "requeue_after";
    case Metrics::Round::kFailed:
      return "error";
  }
  std::unreachable();
}

std::optional<TimePoint> created_at(const json::Value& application) {
  return parse_time(json::string_at(application, {"metadata", "creationTimestamp"}));
}

// When the application came into the state it has, as far as its status tells.
std::optional<TimePoint> entered_at(const json::Value& application, const Status& status) {
  switch (status.state) {
    case State::kNew:
      return created_at(application);
    case State::kSubmitted:
    case State::kSubmissionFailed:
      return status.last_submission_attempt_time;
    case State::kRunning: {
      const json::Value* own = json::find(application, "status");
      const json::Value* running = own ? kube::find_condition(*own, "Running") : nullptr;
      if (running == nullptr) return std::nullopt;
      return parse_time(json::string_at(*running, "lastTransitionTime"));
    }
    case State::kSucceeding:
    case State::kFailing:
      return status.termination_time;
    case State::kCompleted:
    case State::kFailed:
    case State::kPendingRerun:
    case State::kInvalidating:
    case State::kSuspending:
    case State::kSuspended:
    case State::kResuming:
    case State::kUnknown:
      return std::nullopt;
  }
  std::unreachable();
}

std::vector<Sample> process_memory() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  if (!(file >> total >> resident)) return {};
  return {{{}, resident * static_cast<double>(::sysconf(_SC_PAGESIZE))}};
}

std::vector<Sample> process_cpu() {
  timespec used{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return {};
  return {{{}, static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9}};
}

}  // namespace

struct Metrics::Change {
  const json::Value& earlier;
  const json::Value& application;
  Status before;
  Status after;
  TimePoint now;
  Labels labels;
  // Neither retried, nor edited, nor suspended before: its times say something about the platform.
  bool first = false;
};

Metrics::Metrics(Options options) : options_(std::move(options)) {
  declare_applications();
  declare_queue();
  declare_process();
}

void Metrics::declare_applications() {
  const auto declare = [&](Type type, std::string_view name, std::string_view help,
                           std::vector<double> buckets = {}) {
    registry_.declare(type, prefixed(name), std::string(help), std::move(buckets));
  };
  for (const std::string_view era : {kOldest, kV2}) {
    const auto count = [&](std::string_view name, std::string_view help) {
      declare(Type::kCounter, std::string(era) + std::string(name), help);
    };
    count("count", "SparkApplications handled by this operator.");
    count("submit_count", "Submissions: drivers created.");
    count("failed_submission_count", "Submissions that failed.");
    count("success_count", "SparkApplications that completed.");
    count("failure_count", "SparkApplications that failed.");
    registry_.declare_gauge(prefixed(std::string(era) + "running_count"),
                            "SparkApplications in state RUNNING.",
                            [this] { return running_applications(); });
  }
  for (const std::string_view name : {"spark_app_executor_", "spark_executor_"}) {
    declare(Type::kCounter, std::string(name) + "success_count", "Executors that completed.");
    declare(Type::kCounter, std::string(name) + "failure_count", "Executors that failed.");
    registry_.declare_gauge(prefixed(std::string(name) + "running_count"),
                            "Executors in state RUNNING.", [this] { return running_executors(); });
  }
  for (const std::string_view end : {"success", "failure"}) {
    const std::string name = std::string(end) + "_execution_time_";
    constexpr std::string_view kHelp = "From the last submission to the end.";
    declare(Type::kSummary, std::string(kV2) + name + "seconds", kHelp);
    declare(Type::kSummary, std::string(kOldest) + name + "microseconds", kHelp);
  }
  const std::vector<double> submit = metrics::exponential_buckets(0.5, 2, 10);
  std::vector<double> start;
  for (double bound = 30; bound <= 300; bound += 30) start.push_back(bound);
  constexpr std::string_view kSubmit =
      "From creation to the driver's creation; first attempts only.";
  constexpr std::string_view kStart = "From creation to a running driver; first attempts only.";
  declare(Type::kSummary, "spark_application_submit_latency_seconds", kSubmit);
  declare(Type::kHistogram, "spark_application_submit_latency_seconds_histogram", kSubmit, submit);
  declare(Type::kSummary, "spark_application_start_latency_seconds", kStart);
  declare(Type::kHistogram, "spark_application_start_latency_seconds_histogram", kStart, start);
  declare(Type::kSummary, "spark_app_start_latency_microseconds", kStart);
  declare(Type::kHistogram, "spark_app_start_latency_seconds", kStart, start);
  registry_.declare(Type::kHistogram, "firesteel_application_transition_seconds",
                    "Time in the state that was left, by transition.",
                    metrics::exponential_buckets(0.125, 2, 20));
}

void Metrics::declare_queue() {
  const std::vector<double> buckets = metrics::exponential_buckets(0.001, 4, 10);
  const auto depth = [this]() -> std::vector<Sample> {
    const std::scoped_lock lock(sources_);
    return {{queue_labels(), depth_ ? static_cast<double>(depth_()) : 0}};
  };
  const auto bare = [](std::vector<Sample> samples, double factor) {
    for (Sample& sample : samples) {
      sample.labels.clear();
      sample.value *= factor;
    }
    return samples;
  };
  registry_.declare_gauge(
      "firesteel_queued_applications",
      "Applications that wait for a quota or a limit to leave them room.", [this] {
        const std::scoped_lock lock(sources_);
        std::vector<Sample> samples;
        if (!waiting_) return samples;
        for (const auto& [space, count] : waiting_()) {
          samples.push_back({{{"namespace", space}}, static_cast<double>(count)});
        }
        return samples;
      });
  registry_.declare_gauge("workqueue_depth", "Applications waiting to be worked on.", depth);
  registry_.declare_gauge("spark_application_controller_depth",
                          "Applications waiting to be worked on.",
                          [=] { return bare(depth(), 1); });
  registry_.declare_gauge("workqueue_unfinished_work_seconds", "Of all that is worked on now.",
                          [this] { return work_seconds(false); });
  registry_.declare_gauge("workqueue_longest_running_processor_seconds",
                          "Of what is worked on for longest.",
                          [this] { return work_seconds(true); });
  registry_.declare_gauge("spark_application_controller_unfinished_work_seconds",
                          "Of all that is worked on now.",
                          [=, this] { return bare(work_seconds(false), 1); });
  registry_.declare_gauge("spark_application_controller_longest_running_processor_microseconds",
                          "Of what is worked on for longest.",
                          [=, this] { return bare(work_seconds(true), 1e6); });
  for (const std::string_view name :
       {"workqueue_adds_total", "workqueue_retries_total", "spark_application_controller_adds",
        "spark_application_controller_retries"}) {
    registry_.declare(Type::kCounter, std::string(name), "Keys added, or tried again.");
  }
  registry_.declare(Type::kHistogram, "workqueue_queue_duration_seconds", "Wait in the queue.",
                    buckets);
  registry_.declare(Type::kHistogram, "workqueue_work_duration_seconds", "Time of a reconcile.",
                    buckets);
  registry_.declare(Type::kSummary, "spark_application_controller_latency", "Wait, microseconds.");
  registry_.declare(Type::kSummary, "spark_application_controller_work_duration",
                    "Time of a reconcile, microseconds.");
  registry_.declare(Type::kCounter, "controller_runtime_reconcile_total", "Reconciles by result.");
  registry_.declare(Type::kCounter, "controller_runtime_reconcile_errors_total",
                    "Reconciles that failed.");
  registry_.declare(Type::kHistogram, "controller_runtime_reconcile_time_seconds",
                    "Time of a reconcile.", buckets);
  registry_.declare(Type::kGauge, "controller_runtime_active_workers", "Reconciles under way.");
  registry_.declare(Type::kGauge, "controller_runtime_max_concurrent_reconciles",
                    "Reconciles at once, at most.");
}

void Metrics::declare_process() {
  registry_.declare(Type::kCounter, "rest_client_requests_total",
                    "Requests to the API server; code 0: no answer.");
  registry_.declare(Type::kHistogram, "rest_client_request_duration_seconds",
                    "Time of requests to the API server.",
                    metrics::exponential_buckets(0.001, 4, 8));
  registry_.declare(Type::kGauge, "leader_election_master_status", "1: this process leads.");
  registry_.declare(Type::kGauge, "firesteel_build_info", "1, with the version as label.");
  registry_.set("firesteel_build_info", {{"version", options_.version}}, 1);
  registry_.declare_gauge("process_resident_memory_bytes", "Resident memory.", process_memory);
  registry_.declare_counter("process_cpu_seconds_total", "Processor time used.", process_cpu);
}

Labels Metrics::labels_of(const json::Value& application) const {
  Labels labels;
  for (const std::string& key : options_.labels) {
    std::string value(key == "namespace" ? kube::namespace_of(application)
                                         : kube::label_of(application, key));
    labels.emplace_back(metrics::label_name(key), value.empty() ? "Unknown" : std::move(value));
  }
  return labels;
}

void Metrics::count_both(std::string_view name, const Labels& labels) {
  for (const std::string_view era : {kOldest, kV2}) {
    registry_.add(prefixed(std::string(era) + std::string(name)), labels);
  }
}

void Metrics::wrote(const json::Value& before, const json::Value& after, TimePoint now) {
  Change change{
      before,           after, decide::decode_status(before), decide::decode_status(after), now,
      labels_of(after), false};
  change.first = change.after.execution_attempts <= 1 && change.after.submission_attempts <= 1 &&
                 json::int_at(after, {"metadata", "generation"}, 1) <= 1;
  if (change.before.state == State::kNew && change.after.state != State::kNew) {
    count_both("count", change.labels);
  }
  count_submission(change);
  count_end(change);
  count_executors(change);
  if (change.before.state != change.after.state) time_transition(change);
}

void Metrics::count_submission(const Change& change) {
  const auto created = created_at(change.application);
  const double since = created ? seconds(change.now - *created) : 0;
  const State from = change.before.state;
  const State to = change.after.state;
  const bool acknowledged = to == State::kSubmitted && change.before.creating();
  if (acknowledged && !change.after.creating()) {
    count_both("submit_count", change.labels);
    if (change.first && created) {
      const std::string name = prefixed("spark_application_submit_latency_seconds");
      registry_.observe(name, change.labels, since);
      registry_.observe(name + "_histogram", change.labels, since);
    }
  }
  // Without a retry left our applications go from a failed submission to FAILED in one step.
  const bool another = change.after.submission_attempts > change.before.submission_attempts;
  const bool failed = (to == State::kSubmissionFailed && (from != to || another)) ||
                      (to == State::kFailed && from != to && from != State::kFailing &&
                       (from != State::kSubmissionFailed || another));
  if (failed) count_both("failed_submission_count", change.labels);
  if (to != State::kRunning || from != State::kSubmitted || !change.first || !created) return;
  const std::string latency = prefixed("spark_application_start_latency_seconds");
  registry_.observe(latency, change.labels, since);
  registry_.observe(latency + "_histogram", change.labels, since);
  registry_.observe(prefixed("spark_app_start_latency_microseconds"), change.labels, since * 1e6);
  registry_.observe(prefixed("spark_app_start_latency_seconds"), change.labels, since);
}

void Metrics::count_end(const Change& change) {
  const State to = change.after.state;
  if (change.before.state == to || !decide::is_terminal(to)) return;
  const std::string_view end = to == State::kCompleted ? "success" : "failure";
  count_both(std::string(end) + "_count", change.labels);
  const auto& from = change.after.last_submission_attempt_time;
  const auto& until = change.after.termination_time;
  if (!from || !until) return;
  const double took = seconds(*until - *from);
  const std::string name = std::string(end) + "_execution_time_";
  registry_.observe(prefixed(std::string(kV2) + name + "seconds"), change.labels, took);
  registry_.observe(prefixed(std::string(kOldest) + name + "microseconds"), change.labels,
                    took * 1e6);
}

void Metrics::count_executors(const Change& change) {
  for (const auto& [pod, state] : change.after.executor_state) {
    const auto old = change.before.executor_state.find(pod);
    if (old != change.before.executor_state.end() && old->second == state) continue;
    const bool completed = state == decide::ExecutorState::kCompleted;
    if (!completed && state != decide::ExecutorState::kFailed) continue;
    for (const std::string_view name : {"spark_app_executor_", "spark_executor_"}) {
      registry_.add(prefixed(std::string(name) + (completed ? "success_count" : "failure_count")),
                    change.labels);
    }
  }
}

void Metrics::time_transition(const Change& change) {
  const std::optional<TimePoint> entered = entered_at(change.earlier, change.before);
  if (!entered) return;
  const auto name = [](State state) {
    return state == State::kNew ? std::string("NEW") : std::string(decide::text(state));
  };
  registry_.observe("firesteel_application_transition_seconds",
                    {{"from", name(change.before.state)},
                     {"to", name(change.after.state)},
                     {"attempt", change.first ? "first" : "retry"}},
                    std::max(0.0, seconds(change.now - *entered)));
}

void Metrics::queued(const std::string& key, TimePoint now) {
  registry_.add("workqueue_adds_total", queue_labels());
  registry_.add("spark_application_controller_adds");
  const std::scoped_lock lock(mutex_);
  queued_.emplace(key, now);
}

void Metrics::began(const std::string& key, TimePoint now) {
  std::optional<double> waited;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = queued_.find(key);
    if (found != queued_.end()) {
      waited = seconds(now - found->second);
      queued_.erase(found);
    }
    working_[key] = now;
    registry_.set("controller_runtime_active_workers", {{"controller", std::string(kController)}},
                  static_cast<double>(working_.size()));
  }
  if (!waited) return;
  registry_.observe("workqueue_queue_duration_seconds", queue_labels(), *waited);
  registry_.observe("spark_application_controller_latency", {}, *waited * 1e6);
}

void Metrics::ended(const std::string& key, Round round, TimePoint now) {
  const Labels controller{{"controller", std::string(kController)}};
  double took = 0;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = working_.find(key);
    if (found != working_.end()) {
      took = std::max(0.0, seconds(now - found->second));
      working_.erase(found);
    }
    registry_.set("controller_runtime_active_workers", controller,
                  static_cast<double>(working_.size()));
  }
  registry_.add("controller_runtime_reconcile_total",
                {{"controller", std::string(kController)}, {"result", std::string(text(round))}});
  registry_.observe("controller_runtime_reconcile_time_seconds", controller, took);
  registry_.observe("workqueue_work_duration_seconds", queue_labels(), took);
  registry_.observe("spark_application_controller_work_duration", {}, took * 1e6);
  if (round != Round::kFailed) return;
  registry_.add("controller_runtime_reconcile_errors_total", controller);
  registry_.add("workqueue_retries_total", queue_labels());
  registry_.add("spark_application_controller_retries");
}

void Metrics::requested(std::string_view method, int code, std::chrono::nanoseconds took) {
  registry_.add("rest_client_requests_total",
                {{"code", std::to_string(code)}, {"method", std::string(method)}});
  registry_.observe("rest_client_request_duration_seconds", {{"verb", std::string(method)}},
                    seconds(took));
}

void Metrics::read_applications(std::function<std::vector<json::Document>()> list) {
  const std::scoped_lock lock(sources_);
  list_ = std::move(list);
}

void Metrics::read_queue_depth(std::function<std::size_t()> depth) {
  const std::scoped_lock lock(sources_);
  depth_ = std::move(depth);
}

void Metrics::read_waiting(std::function<std::map<std::string, std::size_t>()> waiting) {
  const std::scoped_lock lock(sources_);
  waiting_ = std::move(waiting);
}

void Metrics::set_workers(int count) {
  registry_.set("controller_runtime_max_concurrent_reconciles",
                {{"controller", std::string(kController)}}, count);
}

void Metrics::set_leading(std::string_view lease, bool leading) {
  registry_.set("leader_election_master_status", {{"name", std::string(lease)}}, leading ? 1 : 0);
}

std::vector<Sample> Metrics::running_applications() const {
  const std::scoped_lock lock(sources_);
  std::vector<Sample> samples;
  if (options_.labels.empty()) samples.push_back({{}, 0});
  for (const json::Document& application : list_ ? list_() : std::vector<json::Document>()) {
    const auto state = json::string_at(*application, {"status", "applicationState", "state"});
    if (state == "RUNNING") samples.push_back({labels_of(*application), 1});
  }
  return samples;
}

std::vector<Sample> Metrics::running_executors() const {
  const std::scoped_lock lock(sources_);
  std::vector<Sample> samples;
  if (options_.labels.empty()) samples.push_back({{}, 0});
  for (const json::Document& application : list_ ? list_() : std::vector<json::Document>()) {
    for (const auto& [pod, state] : json::object_at(*application, {"status", "executorState"})) {
      if (state.is_string() && json::view(state.get_string()) == "RUNNING") {
        samples.push_back({labels_of(*application), 1});
      }
    }
  }
  return samples;
}

std::vector<Sample> Metrics::work_seconds(bool longest) const {
  const std::scoped_lock lock(mutex_);
  const TimePoint now = SystemClock().now();
  double total = 0;
  for (const auto& [key, since] : working_) {
    const double took = std::max(0.0, seconds(now - since));
    total = longest ? std::max(total, took) : total + took;
  }
  return {{queue_labels(), total}};
}

}  // namespace firesteel::operators
