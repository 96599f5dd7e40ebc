// A pod that this agent sees first: what the API and the disk remember of it (declared in
// machine.h).
#include "node/plan/machine.h"

namespace firesteel::node::plan {
namespace {

using json::string_at;

constexpr int kKilled = 137;
constexpr std::string_view kLost = "ContainerStatusUnknown";

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
          std::string(kLost),
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
    // One that was lost with the agent did not crash: it owes no back-off.
    const bool crashed = container.last_ended->reason != kLost;
    container.restart_at = crashed ? now + kFirstBackoff : now;
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
    container.sidecar =
        spec_key == "initContainers" && string_at(spec, "restartPolicy") == "Always";
    container.probes = probes_of(spec);
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

}  // namespace firesteel::node::plan
