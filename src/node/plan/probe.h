#pragma once
// Probes and lifecycle hooks: what a pod's specification asks for, and what a probe's results mean.
// Pure. Source: kubelet's prober/worker.go and lifecycle/handlers.go; core/v1 defaults.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::node::plan {

enum class ActionKind { kStartup, kLiveness, kReadiness, kPostStart, kPreStop };
// "Startup", ..., as in the messages of events.
[[nodiscard]] std::string_view name_of(ActionKind kind);

struct HttpAction {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;

  bool operator==(const HttpAction&) const = default;
};
struct TcpAction {
  std::string host;
  int port = 0;

  bool operator==(const TcpAction&) const = default;
};
struct ExecAction {
  std::vector<std::string> argv;

  bool operator==(const ExecAction&) const = default;
};
struct SleepAction {
  std::chrono::seconds time{0};

  bool operator==(const SleepAction&) const = default;
};
using Action = std::variant<HttpAction, TcpAction, ExecAction, SleepAction>;

// What the container's probe or hook does; `pod_ip` stands for a host that is not named. Errors:
// kInvalid for a port that does not exist and for kinds that this node does not have (grpc).
[[nodiscard]] Result<Action> action_of(const json::Value& container, ActionKind kind,
                                       std::string_view pod_ip);
// How long it may take; none for hooks, which the grace period bounds.
[[nodiscard]] std::optional<std::chrono::seconds> timeout_of(const json::Value& container,
                                                             ActionKind kind);
[[nodiscard]] bool has_hook(const json::Value& container, ActionKind kind);

struct Probe {
  ActionKind kind = ActionKind::kReadiness;
  std::chrono::seconds delay{0};
  std::chrono::seconds period{10};
  int success_threshold = 1;
  int failure_threshold = 3;
  std::optional<std::chrono::seconds> grace;  // of a container that this probe kills

  bool passes = false;  // the verdict so far
  bool last_result = false;
  int run = 0;  // how often last_result came in a row
  bool under_way = false;
  TimePoint due{};
};

// Those of a container's specification, startup first.
[[nodiscard]] std::vector<Probe> probes_of(const json::Value& container);
// For a container that started at `now`: a liveness probe passes until it fails.
void begin(std::vector<Probe>& probes, TimePoint now);
// Whether this probe is to be asked while the others stand as they do: all wait for the startup
// probe, which ends with its first success.
[[nodiscard]] bool is_active(const Probe& probe, const std::vector<Probe>& probes);

enum class Verdict { kUnchanged, kPassed, kFailed };
// A result has come; the next is due one period after `now`. kPassed and kFailed are said once,
// when a threshold is reached.
[[nodiscard]] Verdict note_result(Probe& probe, bool success, TimePoint now);

// What the probes together say.
[[nodiscard]] bool has_started(const std::vector<Probe>& probes);
[[nodiscard]] bool is_ready(const std::vector<Probe>& probes);

}  // namespace firesteel::node::plan
