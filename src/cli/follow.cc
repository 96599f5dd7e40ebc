#include "cli/follow.h"

#include <fmt/core.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "cli/application_view.h"
#include "cli/interruption.h"
#include "kube/object.h"
#include "spark/names.h"

namespace firesteel::cli {

namespace {

using kube::resources::kSparkApplications;

constexpr std::chrono::milliseconds kRetry{300};
constexpr std::chrono::milliseconds kWatchRetry{1000};
constexpr std::chrono::milliseconds kPendingInterval{1000};
constexpr int kMaxWatchFailures = 15;
// How long the end of the log may take once the application is at rest.
constexpr std::chrono::seconds kLogDrain{10};

// The driver's log, attempt after attempt, on a thread of its own.
class LogFollower {
 public:
  LogFollower(client::HttpApi& api, std::string space, Progress& progress)
      : api_(api), space_(std::move(space)), progress_(progress), thread_([this] { run(); }) {}
  ~LogFollower() { finish(std::chrono::seconds(0)); }
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;

  // Whenever the application changed.
  void observe(const json::Value& application) {
    const std::string_view state = state_of(application);
    const bool started = state != "NEW" && state != "SUBMITTED" && state != "PENDING_RERUN" &&
                         state != "SUBMISSION_FAILED" && state != "UNKNOWN";
    if (!started || driver_pod_of(application).empty()) return;
    {
      const std::lock_guard lock(mutex_);
      pod_ = driver_pod_of(application);
      attempt_ = json::string_at(application, {"status", "submissionID"});
    }
    changed_.notify_all();
  }

  // No further attempt comes: waits for the end of the log, but not for ever.
  void finish(std::chrono::seconds limit) {
    std::unique_lock lock(mutex_);
    last_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, limit, [&] { return ended_; });
    lock.unlock();
    stop_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::string printed;
    for (;;) {
      std::string pod;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return last_ || attempt_ != printed; });
        if (attempt_ == printed) break;
        printed = attempt_;
        pod = pod_;
      }
      print(pod, printed);
      progress_.end_log();
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  void print(const std::string& pod, const std::string& attempt) {
    client::LogOptions options;
    options.container = spark::kDriverContainer;
    options.follow = true;
    for (;;) {
      const auto stream = api_.open_log(space_, pod, options);
      if (stream) {
        for (;;) {
          const Result<std::string> piece = (*stream)->read(stop_.token());
          if (!piece || piece->empty()) return;
          progress_.log(*piece);
        }
      }
      // The container is about to start, or the pod has gone already, perhaps for the next attempt.
      {
        const std::lock_guard lock(mutex_);
        if (last_ || attempt_ != attempt) return;
      }
      if (!wait_for(kRetry, stop_.token())) return;
    }
  }

  client::HttpApi& api_;
  const std::string space_;
  Progress& progress_;
  StopSource stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string pod_;
  std::string attempt_;
  bool last_ = false;
  bool ended_ = false;
  std::jthread thread_;  // last: starts when all else is there
};

// Tells what changed and remembers it.
class Teller {
 public:
  explicit Teller(Progress& progress) : progress_(progress) {}
  void tell(const json::Value& application) {
    const std::lock_guard lock(mutex_);
    state_ = state_of(application);
    if (state_ != "NEW") say(progress_text(application));
  }
  // What the driver's pod waits for; of no interest once it runs.
  void tell_waiting(std::string text) {
    const std::lock_guard lock(mutex_);
    if (state_ != "SUBMITTED" || text.empty()) return;
    // In a pipe that the image is assembled is said once, not for every percent.
    if (!progress_.is_live()) text = text.substr(0, text.find("\": "));
    say(text);
  }

 private:
  void say(const std::string& text) {
    if (state_ == told_ && text == text_) return;
    told_ = state_;
    text_ = text;
    progress_.state(told_, tone_of(told_), text_);
  }

  Progress& progress_;
  std::mutex mutex_;
  std::string state_;
  std::string told_;
  std::string text_;
};

// What the driver's pod waits for (its image, room on a node), asked now and then on a thread of
// its own while the application is submitted.
class PendingDriver {
 public:
  PendingDriver(client::HttpApi& api, std::string space, Teller& teller)
      : api_(api), space_(std::move(space)), teller_(teller), thread_([this] { run(); }) {}
  ~PendingDriver() { stop_.request_stop(); }
  PendingDriver(const PendingDriver&) = delete;
  PendingDriver& operator=(const PendingDriver&) = delete;

  void observe(const json::Value& application) {
    const std::lock_guard lock(mutex_);
    pod_ = state_of(application) == "SUBMITTED" ? driver_pod_of(application) : "";
  }

 private:
  void run() {
    while (wait_for(kPendingInterval, stop_.token())) {
      std::string pod;
      {
        const std::lock_guard lock(mutex_);
        pod = pod_;
      }
      if (pod.empty()) continue;
      const auto found = api_.get(kube::resources::kPods, space_, pod);
      if (found) teller_.tell_waiting(waiting_text(**found));
    }
  }

  client::HttpApi& api_;
  const std::string space_;
  Teller& teller_;
  StopSource stop_;
  std::mutex mutex_;
  std::string pod_;
  std::jthread thread_;  // last: starts when all else is there
};

Error interrupted() {
  return {ErrorCode::kUnavailable, "interrupted", {}};
}

}  // namespace

Result<json::Document> follow_application(client::HttpApi& api, const std::string& space,
                                          const std::string& name, Progress& progress,
                                          StopToken stop) {
  LogFollower log(api, space, progress);
  Teller teller(progress);
  PendingDriver pending(api, space, teller);
  kube::WatchOptions options;
  options.field_selector = "metadata.name=" + name;
  int failures = 0;
  while (!stop.stop_requested()) {
    auto stream = api.watch(kSparkApplications, space, options);
    if (!stream) {
      if (++failures > kMaxWatchFailures) return std::unexpected(stream.error());
      if (!wait_for(kWatchRetry, stop)) break;
      continue;
    }
    for (;;) {
      const Result<std::optional<kube::WatchEvent>> event = (*stream)->next(stop);
      if (!event || !*event) break;
      const kube::WatchEvent& what = **event;
      if (what.type == kube::EventType::kError) break;
      if (what.type == kube::EventType::kBookmark) continue;
      if (what.type == kube::EventType::kDeleted) {
        return fail(ErrorCode::kNotFound, fmt::format("{} was deleted", name));
      }
      failures = 0;
      teller.tell(*what.object);
      pending.observe(*what.object);
      log.observe(*what.object);
      if (is_at_rest(state_of(*what.object))) {
        log.finish(kLogDrain);
        return what.object;
      }
    }
    if (++failures > kMaxWatchFailures) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("the watch of {} ends again and again", name));
    }
    if (failures > 1 && !wait_for(kWatchRetry, stop)) break;
  }
  return std::unexpected(interrupted());
}

}  // namespace firesteel::cli
