#include "node/plan/machine.h"

#include "kube/object.h"

namespace firesteel::node::plan {
namespace {

using json::string_at;

constexpr int kKilled = 137;
constexpr int kNotStarted = 128;

bool alive(const ContainerState& container) {
  return container.phase == ContainerPhase::kStarting ||
         container.phase == ContainerPhase::kRunning;
}

bool any_alive(const PodState& state) {
  return std::ranges::any_of(state.init, alive) || std::ranges::any_of(state.main, alive);
}

bool succeeded(const ContainerState& container) {
  return container.phase == ContainerPhase::kEnded && container.ended &&
         container.ended->exit_code == 0;
}

bool stays_ended(const PodState& state, const ContainerState& container, bool init) {
  if (container.phase != ContainerPhase::kEnded) return false;
  if (state.deleting || state.gone || !state.failed_reason.empty()) return true;
  if (state.restart_policy == RestartPolicy::kNever) return true;
  if (state.restart_policy == RestartPolicy::kAlways && !init) return false;
  return succeeded(container);
}

std::chrono::seconds grace_of(const json::Value& pod) {
  const std::int64_t own =
      json::int_at(pod, {"spec", "terminationGracePeriodSeconds"}, kDefaultGrace.count());
  return std::chrono::seconds(json::int_at(pod, {"metadata", "deletionGracePeriodSeconds"}, own));
}

class Step {
 public:
  Step(PodState& state, TimePoint now) : state_(state), now_(now) {}

  void on(const PodChanged& event) {
    state_.pod = event.pod;
    if (!state_.started_at) state_.started_at = now_;
    // What was lost with the agent before is told at first sight.
    publish_ = publish_ || (!state_.seen && !state_.already_over);
    state_.seen = true;
    if (!kube::is_deleting(*event.pod)) return;
    const TimePoint end = now_ + grace_of(*event.pod);
    if (!state_.deleting) {
      state_.deleting = true;
      stop_all(end);
    } else if (state_.kill_at && end < *state_.kill_at) {
      state_.kill_at = end;  // deleted again with a shorter grace
    }
  }

  void on(const PodGone& /*event*/) {
    state_.gone = true;
    state_.kill_at = now_;
  }

  void on(const ImagesReady& event) {
    state_.preparing = false;
    for (const auto& [name, digest] : event.digests)
      for (auto* list : {&state_.init, &state_.main})
        for (ContainerState& container : *list)
          if (container.name == name) container.image_id = digest;
    if (state_.preparation == Preparation::kImages) state_.preparation = Preparation::kConfig;
    state_.retry = {};
    state_.retry_at.reset();
    wait_with("ContainerCreating", "");
  }

  void on(const ImagesFailed& event) {
    state_.preparing = false;
    const bool again = state_.retry.count() > 0;
    state_.retry = again ? std::min<std::chrono::milliseconds>(state_.retry * 2, kMaxBackoff)
                         : std::chrono::milliseconds(kFirstBackoff);
    state_.retry_at = now_ + state_.retry;
    for (auto* list : {&state_.init, &state_.main}) {
      for (ContainerState& container : *list) {
        if (container.name != event.container || container.phase != ContainerPhase::kWaiting)
          continue;
        container.waiting_reason =
            again && event.reason == "ErrImagePull" ? "ImagePullBackOff" : event.reason;
        container.waiting_message = event.message;
      }
    }
    event_of(true, "Failed", event.message);
    publish_ = true;
  }

  void on(const ImageProgress& event) {
    for (auto* list : {&state_.init, &state_.main})
      for (ContainerState& container : *list)
        if (container.name == event.container && container.phase == ContainerPhase::kWaiting)
          container.waiting_message = event.message;
    publish_ = true;
  }

  void on(const ConfigReady& /*event*/) {
    state_.preparing = false;
    state_.retry = {};
    state_.retry_at.reset();
    state_.preparation = Preparation::kReady;
    wait_with("ContainerCreating", "");
  }

  void on(const ConfigFailed& event) {
    state_.preparing = false;
    state_.retry = state_.retry.count() == 0 ? kFirstRetry : state_.retry * 2;
    if (event.permanent || state_.retry > kMaxRetry) state_.retry = kMaxRetry;
    state_.retry_at = now_ + state_.retry;
    // The driver's ConfigMap comes right after its pod: worth an event only when it does not.
    if (state_.retry >= std::chrono::seconds(1))
      event_of(true, event.permanent ? "Failed" : "FailedMount", event.message);
    wait_with(event.permanent ? "CreateContainerConfigError" : "ContainerCreating", event.message);
  }

  void on(const ContainerStarted& event) {
    ContainerState* container = at(event.init, event.index);
    if (container == nullptr || container->phase != ContainerPhase::kStarting) return;
    container->phase = ContainerPhase::kRunning;
    container->started_at = now_;
    container->container_id = event.container_id;
    event_of(false, "Started", "Started container " + container->name);
    publish_ = true;
  }

  void on(const ContainerNotStarted& event) {
    ContainerState* container = at(event.init, event.index);
    if (container == nullptr) return;
    container->started_at = now_;
    event_of(true, "Failed", "Error: " + event.message);
    end(*container, {kNotStarted, 0, "StartError", event.message, {}, {}, ""}, event.init);
  }

  void on(const ContainerEnded& event) {
    ContainerState* container = at(event.init, event.index);
    if (container == nullptr) return;
    if (container->phase == ContainerPhase::kStarting) container->started_at = now_;
    std::string reason = event.exit_code == 0 ? "Completed" : "Error";
    if (event.out_of_memory) reason = "OOMKilled";
    end(*container, {event.exit_code, 0, reason, "", {}, {}, ""}, event.init);
  }

  void on(const Tick& /*event*/) {}

  std::vector<Effect> finish() {
    advance();
    if (publish_) effects_.emplace_back(PublishStatus{});
    if (remove_) effects_.emplace_back(RemovePod{});
    if (forget_) effects_.emplace_back(Forget{});
    return std::move(effects_);
  }

 private:
  ContainerState* at(bool init, std::size_t index) {
    std::vector<ContainerState>& list = init ? state_.init : state_.main;
    return index < list.size() ? &list[index] : nullptr;
  }

  void event_of(bool warning, std::string reason, std::string message) {
    effects_.emplace_back(RecordEvent{warning, std::move(reason), std::move(message)});
  }

  void wait_with(std::string_view reason, std::string_view message) {
    for (auto* list : {&state_.init, &state_.main}) {
      for (ContainerState& container : *list) {
        if (container.phase != ContainerPhase::kWaiting) continue;
        if (container.waiting_reason == reason && container.waiting_message == message) continue;
        container.waiting_reason = reason;
        container.waiting_message = message;
        publish_ = true;
      }
    }
  }

  void end(ContainerState& container, Ended ended, bool init) {
    ended.started_at = container.started_at;
    ended.finished_at = now_;
    ended.container_id = container.container_id;
    container.phase = ContainerPhase::kEnded;
    container.ended = std::move(ended);
    container.terminating = false;
    container.restart_at.reset();
    publish_ = true;
    if (stays_ended(state_, container, init)) return;
    if (now_ - container.started_at >= kBackoffReset) container.backoff = {};
    container.restart_at = now_ + container.backoff;
    if (container.backoff.count() > 0)
      event_of(true, "BackOff",
               fmt::format("Back-off restarting failed container {} in pod {}", container.name,
                           kube::name_of(*state_.pod)));
    container.backoff = container.backoff.count() == 0
                            ? kFirstBackoff
                            : std::min(container.backoff * 2, kMaxBackoff);
  }

  // Asks every container to end, and kills what is left at `end`.
  void stop_all(TimePoint end) {
    if (!state_.kill_at || end < *state_.kill_at) state_.kill_at = end;
    for (const bool init : {true, false}) {
      std::vector<ContainerState>& list = init ? state_.init : state_.main;
      for (std::size_t i = 0; i < list.size(); ++i) {
        list[i].restart_at.reset();
        if (!alive(list[i]) || list[i].terminating) continue;
        list[i].terminating = true;
        event_of(false, "Killing", "Stopping container " + list[i].name);
        if (end > now_) effects_.emplace_back(SignalContainer{init, i, false});
      }
    }
  }

  void kill_late() {
    if (!state_.kill_at || now_ < *state_.kill_at) return;
    state_.kill_at.reset();
    for (const bool init : {true, false}) {
      const std::vector<ContainerState>& list = init ? state_.init : state_.main;
      for (std::size_t i = 0; i < list.size(); ++i)
        if (alive(list[i])) effects_.emplace_back(SignalContainer{init, i, true});
    }
  }

  void check_deadline() {
    const std::int64_t seconds = json::int_at(*state_.pod, {"spec", "activeDeadlineSeconds"});
    if (seconds <= 0 || !state_.failed_reason.empty() || is_over(state_)) return;
    if (!state_.started_at || now_ < *state_.started_at + std::chrono::seconds(seconds)) return;
    state_.failed_reason = "DeadlineExceeded";
    state_.failed_message = "Pod was active on the node longer than the specified deadline";
    publish_ = true;
    stop_all(now_ + grace_of(*state_.pod));
  }

  void advance() {
    if (state_.forgotten) return;
    kill_late();
    const bool quiet = !any_alive(state_);
    if (state_.gone) {
      if (quiet) state_.forgotten = forget_ = true;
      return;
    }
    if (state_.deleting) {
      if (quiet && !state_.removed) state_.removed = remove_ = publish_ = true;
      return;
    }
    check_deadline();
    if (!state_.failed_reason.empty() || is_over(state_)) return;
    if (state_.preparation != Preparation::kReady) return prepare();
    start_due();
  }

  void prepare() {
    if (state_.preparing || (state_.retry_at && now_ < *state_.retry_at)) return;
    state_.preparing = true;
    if (state_.preparation == Preparation::kImages) {
      effects_.emplace_back(PrepareImages{});
    } else {
      effects_.emplace_back(PrepareConfig{});
    }
  }

  void start_due() {
    for (std::size_t i = 0; i < state_.init.size(); ++i) {
      if (succeeded(state_.init[i])) continue;
      start_if_due(state_.init[i], true, i);
      return;  // in order, each after the one before
    }
    for (std::size_t i = 0; i < state_.main.size(); ++i) start_if_due(state_.main[i], false, i);
  }

  void start_if_due(ContainerState& container, bool init, std::size_t index) {
    if (alive(container) || stays_ended(state_, container, init)) return;
    if (container.phase == ContainerPhase::kEnded) {
      if (container.restart_at && now_ < *container.restart_at) return;
      container.last_ended = std::move(container.ended);
      container.ended.reset();
      container.restart_at.reset();
      ++container.restart_count;
    }
    container.phase = ContainerPhase::kStarting;
    container.waiting_reason = "ContainerCreating";
    container.waiting_message.clear();
    ++container.attempt;
    effects_.emplace_back(StartContainer{init, index, container.attempt});
    publish_ = publish_ || container.attempt > 1;
  }

  PodState& state_;
  TimePoint now_;
  std::vector<Effect> effects_;
  bool publish_ = false;
  bool remove_ = false;
  bool forget_ = false;
};

RestartPolicy policy_of(const json::Value& pod) {
  const std::string_view text = string_at(pod, {"spec", "restartPolicy"});
  if (text == "Never") return RestartPolicy::kNever;
  return text == "OnFailure" ? RestartPolicy::kOnFailure : RestartPolicy::kAlways;
}

Ended ended_from(const json::Value& terminated) {
  Ended ended;
  ended.exit_code = static_cast<int>(json::int_at(terminated, {"exitCode"}));
  ended.reason = string_at(terminated, "reason");
  ended.message = string_at(terminated, "message");
  ended.container_id = string_at(terminated, "containerID");
  ended.started_at = parse_time(string_at(terminated, "startedAt")).value_or(TimePoint{});
  ended.finished_at = parse_time(string_at(terminated, "finishedAt")).value_or(TimePoint{});
  return ended;
}

Ended lost(TimePoint started, std::string container_id, TimePoint now) {
  return {kKilled,
          0,
          "ContainerStatusUnknown",
          "The container was lost: the node agent that ran it was restarted",
          started,
          now,
          std::move(container_id)};
}

// What the API and the disk remember of one container.
void recall(ContainerState& container, const json::Value* status, int traces, TimePoint now) {
  static const json::Value kNone = json::Object{};
  const json::Value& known = status == nullptr ? kNone : *status;
  container.restart_count = static_cast<int>(json::int_at(known, {"restartCount"}));
  container.image_id = string_at(known, "imageID");
  if (const json::Value* last = json::find(known, {"lastState", "terminated"}))
    container.last_ended = ended_from(*last);
  int seen = container.restart_count;
  if (const json::Value* terminated = json::find(known, {"state", "terminated"})) {
    container.phase = ContainerPhase::kEnded;
    container.ended = ended_from(*terminated);
    ++seen;
  } else if (const json::Value* running = json::find(known, {"state", "running"})) {
    container.phase = ContainerPhase::kEnded;
    container.ended = lost(parse_time(string_at(*running, "startedAt")).value_or(now),
                           std::string(string_at(known, "containerID")), now);
    ++seen;
  } else if (traces > container.restart_count + (container.last_ended ? 1 : 0)) {
    // It was started, and the agent died before it could tell.
    container.phase = ContainerPhase::kEnded;
    container.ended = lost(now, "", now);
  } else if (container.last_ended) {
    // It waited to be started again.
    container.phase = ContainerPhase::kEnded;
    container.ended = container.last_ended;
    container.restart_at = now + kFirstBackoff;
    ++seen;
  }
  container.attempt = std::max(seen, traces);
}

std::vector<ContainerState> containers_of(const json::Value& pod, std::string_view spec_key,
                                          std::string_view status_key,
                                          const std::vector<Trace>& traces, TimePoint now) {
  std::vector<ContainerState> result;
  for (const json::Value& spec : json::array_at(pod, {"spec", spec_key})) {
    ContainerState container;
    container.name = string_at(spec, "name");
    container.image = string_at(spec, "image");
    const json::Value* status = nullptr;
    for (const json::Value& one : json::array_at(pod, {"status", status_key}))
      if (string_at(one, "name") == container.name) status = &one;
    int attempts = 0;
    for (const Trace& trace : traces)
      if (trace.container == container.name) attempts = trace.attempts;
    recall(container, status, attempts, now);
    result.push_back(std::move(container));
  }
  return result;
}

}  // namespace

PodState first_state(const json::Document& pod, const std::vector<Trace>& traces, TimePoint now) {
  PodState state;
  state.pod = pod;
  state.restart_policy = policy_of(*pod);
  state.init = containers_of(*pod, "initContainers", "initContainerStatuses", traces, now);
  state.main = containers_of(*pod, "containers", "containerStatuses", traces, now);
  const std::string_view phase = string_at(*pod, {"status", "phase"});
  state.already_over = phase == "Succeeded" || phase == "Failed";
  if (!string_at(*pod, {"status", "startTime"}).empty())
    state.started_at = parse_time(string_at(*pod, {"status", "startTime"}));
  if (state.already_over) {
    state.failed_reason = string_at(*pod, {"status", "reason"});
    state.failed_message = string_at(*pod, {"status", "message"});
  }
  state.pod_ip = string_at(*pod, {"status", "podIP"});
  return state;
}

std::vector<Effect> step(PodState& state, const Event& event, TimePoint now) {
  Step one(state, now);
  std::visit([&one](const auto& what) { one.on(what); }, event);
  return one.finish();
}

std::optional<TimePoint> wake_at(const PodState& state) {
  std::optional<TimePoint> earliest;
  const auto consider = [&earliest](const std::optional<TimePoint>& time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  if (state.forgotten) return std::nullopt;
  if (any_alive(state)) consider(state.kill_at);
  if (state.deleting || state.gone || is_over(state)) return earliest;
  if (state.preparation != Preparation::kReady && !state.preparing) consider(state.retry_at);
  if (state.preparation == Preparation::kReady)
    for (const auto* list : {&state.init, &state.main})
      for (const ContainerState& container : *list) consider(container.restart_at);
  const std::int64_t seconds = json::int_at(*state.pod, {"spec", "activeDeadlineSeconds"});
  if (seconds > 0 && state.started_at && state.failed_reason.empty())
    consider(*state.started_at + std::chrono::seconds(seconds));
  return earliest;
}

bool is_over(const PodState& state) {
  if (state.already_over) return true;
  if (any_alive(state)) return false;
  if (!state.failed_reason.empty()) return true;
  for (const ContainerState& container : state.init)
    if (!succeeded(container) && stays_ended(state, container, true)) return true;
  return !state.main.empty() && std::ranges::all_of(state.main, [&state](const auto& container) {
    return stays_ended(state, container, false);
  });
}

}  // namespace firesteel::node::plan
