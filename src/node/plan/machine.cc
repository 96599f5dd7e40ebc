#include "node/plan/machine.h"

#include "kube/object.h"

namespace firesteel::node::plan {
namespace {

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

bool work_is_over(const PodState& state);

bool stays_ended(const PodState& state, const ContainerState& container, bool init) {
  if (container.phase != ContainerPhase::kEnded) return false;
  if (state.deleting || state.gone || !state.failed_reason.empty()) return true;
  if (container.sidecar) return work_is_over(state);
  if (state.restart_policy == RestartPolicy::kNever) return true;
  if (state.restart_policy == RestartPolicy::kAlways && !init) return false;
  return succeeded(container);
}

// What the pod is for is done, or cannot be: only sidecars may still run.
bool work_is_over(const PodState& state) {
  if (!state.failed_reason.empty()) return true;
  for (const ContainerState& container : state.init)
    if (!container.sidecar && !succeeded(container) && stays_ended(state, container, true))
      return true;
  return !state.main.empty() && std::ranges::all_of(state.main, [&state](const auto& container) {
    return stays_ended(state, container, false);
  });
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
    begin(container->probes, now_);
    container->hook_under_way = has_hook(spec_of(event.init, event.index), ActionKind::kPostStart);
    if (container->hook_under_way) act(event.init, event.index, ActionKind::kPostStart);
    look_at(*container);
    publish_ = true;
  }

  void on(const ActionDone& event) {
    ContainerState* container = at(event.init, event.index);
    if (container == nullptr || container->attempt != event.attempt ||
        container->phase != ContainerPhase::kRunning)
      return;
    switch (event.kind) {
      case ActionKind::kPreStop:
        if (!event.success) event_of(true, "FailedPreStopHook", event.message);
        return ask_to_end(event.init, event.index);
      case ActionKind::kPostStart:
        container->hook_under_way = false;
        if (!event.success) {
          event_of(true, "FailedPostStartHook", event.message);
          stop_one(event.init, event.index, grace_of(*state_.pod));
        }
        return look_at(*container);
      case ActionKind::kStartup:
      case ActionKind::kLiveness:
      case ActionKind::kReadiness:
        return note_probe(event, *container);
    }
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
    end(*container, {event.exit_code, 0, reason, event.message, {}, {}, ""}, event.init);
  }

  void on(const PodFailed& event) {
    if (!state_.failed_reason.empty() || is_over(state_) || state_.deleting) return;
    state_.failed_reason = event.reason;
    state_.failed_message = event.message;
    event_of(true, event.reason, event.message);
    publish_ = true;
    stop_all(now_ + kEvictionGrace);
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

  [[nodiscard]] const json::Value& spec_of(bool init, std::size_t index) const {
    static const json::Value kNone = json::Object{};
    const json::Array& list =
        json::array_at(*state_.pod, {"spec", init ? "initContainers" : "containers"});
    return index < list.size() ? list[index] : kNone;
  }

  void act(bool init, std::size_t index, ActionKind kind) {
    effects_.emplace_back(RunAction{init, index, at(init, index)->attempt, kind});
  }

  // What hooks and probes say of a running container.
  void look_at(ContainerState& container) {
    const bool started = !container.hook_under_way && has_started(container.probes);
    const bool ready = started && is_ready(container.probes) && !container.terminating;
    publish_ = publish_ || started != container.started || ready != container.ready;
    container.started = started;
    container.ready = ready;
    container.initialized = container.initialized || (container.sidecar && started);
  }

  void note_probe(const ActionDone& event, ContainerState& container) {
    const auto probe = std::ranges::find(container.probes, event.kind, &Probe::kind);
    if (probe == container.probes.end() || container.terminating) return;
    const Verdict verdict = note_result(*probe, event.success, now_);
    if (!event.success)
      event_of(true, "Unhealthy",
               fmt::format("{} probe failed: {}", name_of(event.kind), event.message));
    look_at(container);
    if (verdict != Verdict::kFailed || event.kind == ActionKind::kReadiness) return;
    const std::string probe_name = event.kind == ActionKind::kLiveness ? "liveness" : "startup";
    event_of(
        false, "Killing",
        fmt::format("Container {} failed {} probe, will be restarted", container.name, probe_name));
    stop_one(event.init, event.index, probe->grace.value_or(grace_of(*state_.pod)));
  }

  void run_due_probes() {
    for (const bool init : {true, false}) {
      std::vector<ContainerState>& list = init ? state_.init : state_.main;
      for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].phase != ContainerPhase::kRunning || list[i].terminating) continue;
        for (Probe& probe : list[i].probes) {
          if (probe.under_way || now_ < probe.due || !is_active(probe, list[i].probes)) continue;
          probe.under_way = true;
          act(init, i, probe.kind);
        }
      }
    }
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
    container.terminating = container.hook_under_way = container.started = container.ready = false;
    container.kill_at.reset();
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

  // Its hook first, when it has one; SIGKILL comes at the end of the grace period in any case.
  void begin_to_end(bool init, std::size_t index, bool at_once) {
    ContainerState& container = *at(init, index);
    if (!alive(container) || container.terminating) return;
    container.terminating = true;
    container.ready = false;
    if (at_once) return;
    if (container.phase == ContainerPhase::kRunning &&
        has_hook(spec_of(init, index), ActionKind::kPreStop))
      return act(init, index, ActionKind::kPreStop);
    ask_to_end(init, index);
  }
  void ask_to_end(bool init, std::size_t index) {
    effects_.emplace_back(SignalContainer{init, index, false});
  }

  void stop_one(bool init, std::size_t index, std::chrono::seconds grace) {
    at(init, index)->kill_at = now_ + grace;
    publish_ = true;
    begin_to_end(init, index, grace.count() <= 0);
  }

  // Asks every container to end, and kills what is left at `end`. Sidecars come last.
  void stop_all(TimePoint end) {
    if (!state_.kill_at || end < *state_.kill_at) state_.kill_at = end;
    for (const bool init : {true, false}) {
      std::vector<ContainerState>& list = init ? state_.init : state_.main;
      for (std::size_t i = 0; i < list.size(); ++i) {
        list[i].restart_at.reset();
        if (alive(list[i]) && !list[i].terminating)
          event_of(false, "Killing", "Stopping container " + list[i].name);
        if (!list[i].sidecar) begin_to_end(init, i, end <= now_);
      }
    }
  }

  // One after the other, the last started first, once all others have ended.
  void stop_sidecars() {
    if (std::ranges::any_of(state_.main, alive)) return;
    for (std::size_t i = state_.init.size(); i-- > 0;) {
      if (!alive(state_.init[i])) continue;
      if (!state_.kill_at && !state_.init[i].terminating && !state_.deleting)
        state_.kill_at = now_ + grace_of(*state_.pod);
      return begin_to_end(true, i, state_.kill_at && *state_.kill_at <= now_);
    }
  }

  void kill_late() {
    const bool all = state_.kill_at && now_ >= *state_.kill_at;
    if (all) state_.kill_at.reset();
    for (const bool init : {true, false}) {
      std::vector<ContainerState>& list = init ? state_.init : state_.main;
      for (std::size_t i = 0; i < list.size(); ++i) {
        const bool own = list[i].kill_at && now_ >= *list[i].kill_at;
        if (own) list[i].kill_at.reset();
        if (!alive(list[i]) || (!all && !own)) continue;
        list[i].terminating = true;
        effects_.emplace_back(SignalContainer{init, i, true});
      }
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
    if (state_.deleting || work_is_over(state_)) stop_sidecars();
    if (state_.deleting) {
      if (quiet && !state_.removed) state_.removed = remove_ = publish_ = true;
      return;
    }
    check_deadline();
    if (!state_.failed_reason.empty() || is_over(state_)) return;
    if (state_.preparation != Preparation::kReady) return prepare();
    start_due();
    run_due_probes();
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
    if (work_is_over(state_)) return;
    const bool running = std::ranges::any_of(
        state_.main, [](const ContainerState& container) { return container.attempt > 0; });
    for (std::size_t i = 0; i < state_.init.size(); ++i) {
      const bool sidecar = state_.init[i].sidecar;
      if (!sidecar && succeeded(state_.init[i])) continue;
      start_if_due(state_.init[i], true, i);
      // In order, each after the one before; a sidecar that ends later holds nobody up.
      if (!sidecar || (!running && !state_.init[i].started)) return;
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

}  // namespace

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
  for (const auto* list : {&state.init, &state.main})
    for (const ContainerState& container : *list)
      if (alive(container)) consider(container.kill_at);
  if (state.deleting || state.gone || is_over(state)) return earliest;
  if (state.preparation != Preparation::kReady && !state.preparing) consider(state.retry_at);
  if (state.preparation == Preparation::kReady)
    for (const auto* list : {&state.init, &state.main})
      for (const ContainerState& container : *list) {
        consider(container.restart_at);
        if (container.phase != ContainerPhase::kRunning || container.terminating) continue;
        for (const Probe& probe : container.probes)
          if (!probe.under_way && is_active(probe, container.probes)) consider(probe.due);
      }
  const std::int64_t seconds = json::int_at(*state.pod, {"spec", "activeDeadlineSeconds"});
  if (seconds > 0 && state.started_at && state.failed_reason.empty())
    consider(*state.started_at + std::chrono::seconds(seconds));
  return earliest;
}

bool is_over(const PodState& state) {
  if (state.already_over) return true;
  return !any_alive(state) && work_is_over(state);
}

}  // namespace firesteel::node::plan
