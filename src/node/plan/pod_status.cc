#include "node/plan/pod_status.h"

#include "kube/object.h"
#include "kube/quantity.h"

namespace firesteel::node::plan {
namespace {

using json::string_at;

// Kubelet's names for the conditions that it owns.
constexpr std::string_view kOwned[] = {"Initialized", "Ready", "ContainersReady", "PodScheduled"};

struct Condition {
  std::string_view type;
  bool status = false;
  std::string reason;
  std::string message;
};

bool ready(const ContainerState& container) {
  return container.phase == ContainerPhase::kRunning && container.ready && !container.terminating;
}

bool init_done(const ContainerState& container) {
  if (container.sidecar) return container.initialized;
  return container.ended && container.ended->exit_code == 0;
}

std::string names_of(const std::vector<ContainerState>& containers,
                     bool (*fine)(const ContainerState&)) {
  std::string names;
  for (const ContainerState& container : containers)
    if (!fine(container)) names += (names.empty() ? "" : " ") + container.name;
  return names;
}

json::Value terminated(const Ended& ended) {
  json::Object result{{"exitCode", ended.exit_code}, {"reason", ended.reason}};
  if (!ended.message.empty()) result["message"] = ended.message;
  if (ended.started_at != TimePoint{}) result["startedAt"] = format_time(ended.started_at);
  if (ended.finished_at != TimePoint{}) result["finishedAt"] = format_time(ended.finished_at);
  if (!ended.container_id.empty()) result["containerID"] = ended.container_id;
  return json::Object{{"terminated", std::move(result)}};
}

json::Value waiting(std::string_view reason, std::string_view message) {
  json::Object result{{"reason", reason}};
  if (!message.empty()) result["message"] = message;
  return json::Object{{"waiting", std::move(result)}};
}

bool backs_off(const ContainerState& container, const PodState& state) {
  return container.phase == ContainerPhase::kEnded && container.restart_at && !state.deleting &&
         container.ended && *container.restart_at > container.ended->finished_at;
}

json::Value container_status(const ContainerState& container, const PodState& state,
                             bool initializing, bool init) {
  json::Value now = json::Object{};
  const std::optional<Ended>* last = &container.last_ended;
  switch (container.phase) {
    case ContainerPhase::kWaiting:
    case ContainerPhase::kStarting: {
      const bool plain = container.waiting_reason == "ContainerCreating" && initializing;
      now =
          waiting(plain ? "PodInitializing" : container.waiting_reason, container.waiting_message);
      break;
    }
    case ContainerPhase::kRunning:
      now =
          json::Object{{"running", json::Object{{"startedAt", format_time(container.started_at)}}}};
      break;
    case ContainerPhase::kEnded:
      if (backs_off(container, state)) {
        const auto delay = std::chrono::duration_cast<std::chrono::seconds>(
            *container.restart_at - container.ended->finished_at);
        now = waiting(
            "CrashLoopBackOff",
            fmt::format("back-off {}s restarting failed container={} pod={}_{}", delay.count(),
                        container.name, kube::name_of(*state.pod), kube::namespace_of(*state.pod)));
        last = &container.ended;
      } else if (container.ended) {
        now = terminated(*container.ended);
      }
      break;
  }
  const bool running = container.phase == ContainerPhase::kRunning && container.started;
  json::Object status{{"name", container.name},
                      {"state", std::move(now)},
                      {"lastState", *last ? terminated(**last) : json::Value(json::Object{})},
                      {"ready", ready(container) || (init && init_done(container))},
                      {"restartCount", container.restart_count},
                      {"image", container.image},
                      {"imageID", container.image_id},
                      {"started", running}};
  const std::string& id = container.phase == ContainerPhase::kEnded && container.ended
                              ? container.ended->container_id
                              : container.container_id;
  if (!id.empty()) status["containerID"] = id;
  return status;
}

std::vector<Condition> conditions_of(const PodState& state, std::string_view phase) {
  const std::string uninitialized = names_of(state.init, init_done);
  std::string unready = names_of(state.main, ready);
  for (const ContainerState& container : state.init)
    if (container.sidecar && !ready(container))
      unready += (unready.empty() ? "" : " ") + container.name;
  Condition initialized{"Initialized", uninitialized.empty(), "", ""};
  Condition containers{"ContainersReady", unready.empty() && !state.main.empty(), "", ""};
  if (phase == "Succeeded") {
    initialized = {"Initialized", true, "PodCompleted", ""};
    containers = {"ContainersReady", false, "PodCompleted", ""};
  } else {
    if (!initialized.status) {
      initialized.reason = "ContainersNotInitialized";
      initialized.message = fmt::format("containers with incomplete status: [{}]", uninitialized);
    }
    if (phase == "Failed") {
      containers = {"ContainersReady", false, "PodFailed", ""};
    } else if (!containers.status) {
      containers.reason = "ContainersNotReady";
      containers.message = fmt::format("containers with unready status: [{}]", unready);
    }
  }
  Condition pod_ready = containers;
  pod_ready.type = "Ready";
  return {initialized, pod_ready, containers, {"PodScheduled", true, "", ""}};
}

json::Value render(const Condition& condition, const json::Value& pod, TimePoint now) {
  const std::string_view status = condition.status ? "True" : "False";
  std::string transition = format_time(now);
  for (const json::Value& known : json::array_at(pod, {"status", "conditions"}))
    if (string_at(known, "type") == condition.type && string_at(known, "status") == status &&
        !string_at(known, "lastTransitionTime").empty())
      transition = string_at(known, "lastTransitionTime");
  json::Object result{{"type", condition.type},
                      {"status", status},
                      {"lastProbeTime", nullptr},
                      {"lastTransitionTime", transition}};
  if (!condition.reason.empty()) result["reason"] = condition.reason;
  if (!condition.message.empty()) result["message"] = condition.message;
  return result;
}

json::Array all_conditions(const PodState& state, std::string_view phase, TimePoint now) {
  json::Array result;
  for (const Condition& condition : conditions_of(state, phase))
    result.push_back(render(condition, *state.pod, now));
  for (const json::Value& known : json::array_at(*state.pod, {"status", "conditions"}))
    if (std::ranges::find(kOwned, string_at(known, "type")) == std::end(kOwned))
      result.push_back(known);
  return result;
}

}  // namespace

std::string_view phase_of(const PodState& state) {
  if (state.already_over) return string_at(*state.pod, {"status", "phase"});
  const bool over = is_over(state);
  if (over && !state.failed_reason.empty()) return "Failed";
  for (const ContainerState& container : state.init) {
    if (init_done(container)) continue;
    return over ? "Failed" : "Pending";
  }
  bool any_new = false;
  bool all_good = !state.main.empty();
  for (const ContainerState& container : state.main) {
    const bool fresh =
        container.phase == ContainerPhase::kWaiting || container.phase == ContainerPhase::kStarting;
    any_new = any_new || (fresh && !container.last_ended);
    all_good = all_good && container.ended && container.ended->exit_code == 0;
  }
  if (over) return all_good ? "Succeeded" : "Failed";
  return any_new ? "Pending" : "Running";
}

std::string_view qos_class_of(const json::Value& pod) {
  bool any = false;
  bool guaranteed = true;
  for (const std::string_view key : {"containers", "initContainers"}) {
    for (const json::Value& container : json::array_at(pod, {"spec", key})) {
      for (const std::string_view resource : {"cpu", "memory"}) {
        const json::Value* limit = json::find(container, {"resources", "limits", resource});
        const json::Value* request = json::find(container, {"resources", "requests", resource});
        any = any || limit != nullptr || request != nullptr;
        if (limit == nullptr) {
          guaranteed = false;
          continue;
        }
        const auto most = kube::Quantity::from_json(*limit);
        const auto least = request == nullptr ? most : kube::Quantity::from_json(*request);
        if (!most || !least || *most != *least) guaranteed = false;
      }
    }
  }
  if (!any) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

json::Value make_status(const PodState& state, std::string_view host_ip, TimePoint now) {
  const std::string_view phase = phase_of(state);
  json::Object status{{"phase", phase}, {"conditions", all_conditions(state, phase, now)}};
  if (!state.failed_reason.empty()) status["reason"] = state.failed_reason;
  if (!state.failed_message.empty()) status["message"] = state.failed_message;
  status["hostIP"] = host_ip;
  status["hostIPs"] = json::Array{json::Object{{"ip", host_ip}}};
  if (!state.pod_ip.empty()) {
    status["podIP"] = state.pod_ip;
    status["podIPs"] = json::Array{json::Object{{"ip", state.pod_ip}}};
  }
  if (state.started_at) status["startTime"] = format_time(*state.started_at);
  const bool initializing = !std::ranges::all_of(state.init, init_done);
  json::Array init;
  for (const ContainerState& container : state.init)
    init.push_back(container_status(container, state, false, !container.sidecar));
  json::Array main;
  for (const ContainerState& container : state.main)
    main.push_back(container_status(container, state, initializing, false));
  if (!init.empty()) status["initContainerStatuses"] = std::move(init);
  status["containerStatuses"] = std::move(main);
  status["qosClass"] = qos_class_of(*state.pod);
  return status;
}

}  // namespace firesteel::node::plan
