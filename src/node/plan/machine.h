#pragma once
// The life of one pod on this node as a step function: state and event in, effects out. Pure.
// Source of the rules: kubelet (SyncPod, computePodActions, back-off), the Pod Lifecycle document.
#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "node/plan/probe.h"

namespace firesteel::node::plan {

inline constexpr std::chrono::seconds kFirstBackoff{10};
inline constexpr std::chrono::seconds kMaxBackoff{300};
inline constexpr std::chrono::minutes kBackoffReset{10};  // ran that long: the next is the first
// A volume's ConfigMap or Secret that is missing is looked for again: 250 ms doubling to 10 s
// (kubelet: 500 ms to 2 min; a driver's ConfigMap follows its pod within milliseconds).
inline constexpr std::chrono::milliseconds kFirstRetry{250};
inline constexpr std::chrono::seconds kMaxRetry{10};
inline constexpr std::chrono::seconds kDefaultGrace{30};
// Of a pod that is evicted. Source: kubelet's immediateEvictionGracePeriodSeconds.
inline constexpr std::chrono::seconds kEvictionGrace{1};

enum class RestartPolicy { kAlways, kOnFailure, kNever };

struct Ended {
  int exit_code = 0;
  int signal = 0;
  std::string reason;  // Completed, Error, OOMKilled, StartError, ContainerStatusUnknown
  std::string message;
  TimePoint started_at{};
  TimePoint finished_at{};
  std::string container_id;
};

enum class ContainerPhase { kWaiting, kStarting, kRunning, kEnded };

struct ContainerState {
  std::string name;
  std::string image;
  ContainerPhase phase = ContainerPhase::kWaiting;
  std::string waiting_reason = "ContainerCreating";
  std::string waiting_message;
  int restart_count = 0;
  int attempt = 0;  // how many times it was started; names its log and its directories
  TimePoint started_at{};
  std::string container_id;
  std::string image_id;
  std::optional<Ended> ended;       // kEnded: how
  std::optional<Ended> last_ended;  // the attempt before
  std::chrono::seconds backoff{0};
  std::optional<TimePoint> restart_at;
  bool terminating = false;  // it was asked to end, or its preStop hook runs
  // Of its own: a failed probe ends this container alone.
  std::optional<TimePoint> kill_at;
  bool sidecar = false;      // an init container that runs beside the others (restartPolicy Always)
  bool initialized = false;  // a sidecar that has been started once: the next one may follow
  bool started = false;      // its postStart hook is done, its startup probe has passed
  bool ready = false;
  bool hook_under_way = false;  // postStart
  std::vector<Probe> probes;
};

enum class Preparation { kImages, kConfig, kReady };

// Everything that is remembered of a pod between steps.
struct PodState {
  json::Document pod;
  RestartPolicy restart_policy = RestartPolicy::kAlways;
  std::vector<ContainerState> init;
  std::vector<ContainerState> main;
  Preparation preparation = Preparation::kImages;
  bool preparing = false;  // an effect for it is under way
  std::chrono::milliseconds retry{0};
  std::optional<TimePoint> retry_at;
  std::optional<TimePoint> started_at;  // status.startTime
  std::optional<TimePoint> kill_at;     // SIGKILL for what is left then
  bool deleting = false;
  bool seen = false;          // the first PodChanged has been
  bool gone = false;          // no longer in the API
  bool removed = false;       // RemovePod was asked for
  bool forgotten = false;     // Forget was asked for
  bool already_over = false;  // Succeeded or Failed when this agent first saw it
  std::string failed_reason;  // the pod as a whole failed: Evicted, DeadlineExceeded
  std::string failed_message;
  std::string pod_ip;
};

// Events.
struct PodChanged {
  json::Document pod;
};  // first sight of it too
struct PodGone {};  // deleted from the API without grace
struct ImagesReady {
  std::vector<std::pair<std::string, std::string>> digests;
};  // name, digest
struct ImagesFailed {
  std::string container, reason, message;
};  // reason ErrImagePull
struct ImageProgress {
  std::string container, message;
};
struct ConfigReady {};
struct ConfigFailed {
  std::string message;
  bool permanent = false;
};
struct ContainerStarted {
  bool init = false;
  std::size_t index = 0;
  std::string container_id;
};
struct ContainerNotStarted {
  bool init = false;
  std::size_t index = 0;
  std::string message;
};
struct ContainerEnded {
  bool init = false;
  std::size_t index = 0;
  int exit_code = 0;
  int signal = 0;
  bool out_of_memory = false;
  std::string message{};  // from its termination message file
};
// A probe or a hook that RunAction asked for.
struct ActionDone {
  bool init = false;
  std::size_t index = 0;
  int attempt = 0;
  ActionKind kind = ActionKind::kReadiness;
  bool success = false;
  std::string message;
};
// The pod as a whole has to go: "Evicted" with why.
struct PodFailed {
  std::string reason, message;
};
struct Tick {};
using Event = std::variant<PodChanged, PodGone, ImagesReady, ImagesFailed, ImageProgress,
                           ConfigReady, ConfigFailed, ContainerStarted, ContainerNotStarted,
                           ContainerEnded, ActionDone, PodFailed, Tick>;

// Effects, to be carried out in order.
struct PrepareImages {};
struct PrepareConfig {};
struct StartContainer {
  bool init = false;
  std::size_t index = 0;
  int attempt = 0;
};
struct SignalContainer {
  bool init = false;
  std::size_t index = 0;
  bool kill = false;
};
struct RunAction {
  bool init = false;
  std::size_t index = 0;
  int attempt = 0;
  ActionKind kind = ActionKind::kReadiness;
};
struct PublishStatus {};
struct RemovePod {};  // delete it from the API with grace 0
struct Forget {};     // release its address and directories
struct RecordEvent {
  bool warning = false;
  std::string reason, message;
};
using Effect = std::variant<PrepareImages, PrepareConfig, StartContainer, SignalContainer,
                            RunAction, PublishStatus, RemovePod, Forget, RecordEvent>;

// How far a pod had come before this agent started: containers that left traces on disk.
struct Trace {
  std::string container;
  int attempts = 0;
};

// A pod that this agent sees first. What its status (and `traces`) say has run and not ended is
// taken as lost with the agent before: ContainerStatusUnknown, exit code 137.
[[nodiscard]] PodState first_state(const json::Document& pod, const std::vector<Trace>& traces,
                                   TimePoint now);

// The next state is written to `state`.
[[nodiscard]] std::vector<Effect> step(PodState& state, const Event& event, TimePoint now);

// When the next Tick is due, if any.
[[nodiscard]] std::optional<TimePoint> wake_at(const PodState& state);

// All containers ended for good: the pod is Succeeded or Failed.
[[nodiscard]] bool is_over(const PodState& state);

}  // namespace firesteel::node::plan
