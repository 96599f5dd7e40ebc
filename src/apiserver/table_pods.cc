// Pods: READY, STATUS and RESTARTS by the rules of kube-apiserver's printPod.
#include <boost/json/array.hpp>

#include "apiserver/human_duration.h"
#include "apiserver/table_columns.h"
#include "kube/object.h"

namespace firesteel::apiserver::tables {
namespace {

// What the walk over the containers finds.
struct PodSummary {
  std::string reason;  // the STATUS cell
  std::int64_t total = 0;
  std::int64_t ready = 0;
  std::int64_t restarts = 0;
  std::optional<TimePoint> last_restart;
};

bool condition_is_true(const json::Value& pod, std::string_view type) {
  for (const json::Value& condition : json::array_at(pod, {"status", "conditions"})) {
    if (json::string_at(condition, "type") == type) {
      return json::string_at(condition, "status") == "True";
    }
  }
  return false;
}

// A sidecar: an init container that runs along with the others.
bool is_restartable_init(const json::Value& pod, std::string_view name) {
  for (const json::Value& container : json::array_at(pod, {"spec", "initContainers"})) {
    if (json::string_at(container, "name") == name) {
      return json::string_at(container, "restartPolicy") == "Always";
    }
  }
  return false;
}

void note_restart(const json::Value& status, std::optional<TimePoint>& last) {
  const std::string_view text = json::string_at(status, {"lastState", "terminated", "finishedAt"});
  const std::optional<TimePoint> finished = parse_time(text);
  if (finished && (!last || *last < *finished)) last = finished;
}

std::string termination(const json::Value& terminated) {
  const std::string_view reason = json::string_at(terminated, "reason");
  if (!reason.empty()) return std::string(reason);
  const std::int64_t signal = json::int_at(terminated, {"signal"});
  if (signal != 0) return fmt::format("Signal:{}", signal);
  return fmt::format("ExitCode:{}", json::int_at(terminated, {"exitCode"}));
}

// The init container's part of STATUS ("Init:0/2"), or "" when it does not hold the pod back.
std::string init_state(const json::Value& status, bool sidecar, std::size_t index,
                       std::size_t count) {
  const json::Value* terminated = json::find(status, {"state", "terminated"});
  const bool ended = terminated != nullptr && terminated->is_object();
  if (ended && json::int_at(*terminated, {"exitCode"}) == 0) return {};
  if (sidecar && json::bool_at(status, {"started"})) return {};
  if (ended) return "Init:" + termination(*terminated);
  const std::string_view waiting = json::string_at(status, {"state", "waiting", "reason"});
  if (!waiting.empty() && waiting != "PodInitializing") return fmt::format("Init:{}", waiting);
  return fmt::format("Init:{}/{}", index, count);
}

// Walks the init containers; true when one of them is not through yet.
bool walk_init(const json::Value& pod, PodSummary& out) {
  const json::Array& containers = json::array_at(pod, {"spec", "initContainers"});
  std::int64_t sidecar_restarts = 0;
  std::optional<TimePoint> last_sidecar_restart;
  bool initializing = false;
  std::size_t index = 0;
  for (const json::Value& status : json::array_at(pod, {"status", "initContainerStatuses"})) {
    const bool sidecar = is_restartable_init(pod, json::string_at(status, "name"));
    const std::int64_t restarts = json::int_at(status, {"restartCount"});
    out.restarts += restarts;
    note_restart(status, out.last_restart);
    if (sidecar) {
      sidecar_restarts += restarts;
      note_restart(status, last_sidecar_restart);
    }
    const std::string held = init_state(status, sidecar, index++, containers.size());
    if (!held.empty()) {
      out.reason = held;
      initializing = true;
      break;
    }
    const json::Value* terminated = json::find(status, {"state", "terminated"});
    if (sidecar && terminated == nullptr && json::bool_at(status, {"ready"})) ++out.ready;
  }
  if (!initializing || condition_is_true(pod, "Initialized")) {
    // From here on only sidecars count: restarts of finished init containers are history.
    out.restarts = sidecar_restarts;
    out.last_restart = last_sidecar_restart;
    return false;
  }
  return true;
}

void walk_containers(const json::Value& pod, PodSummary& out) {
  bool running = false;
  const json::Array& statuses = json::array_at(pod, {"status", "containerStatuses"});
  for (auto at = statuses.rbegin(); at != statuses.rend(); ++at) {
    const json::Value& status = *at;
    out.restarts += json::int_at(status, {"restartCount"});
    note_restart(status, out.last_restart);
    const std::string_view waiting = json::string_at(status, {"state", "waiting", "reason"});
    const json::Value* terminated = json::find(status, {"state", "terminated"});
    if (!waiting.empty()) {
      out.reason = waiting;
    } else if (terminated != nullptr && terminated->is_object()) {
      out.reason = termination(*terminated);
    } else if (json::bool_at(status, {"ready"}) &&
               json::find(status, {"state", "running"}) != nullptr) {
      running = true;
      ++out.ready;
    }
  }
  // One container has completed while another still runs.
  if (out.reason == "Completed" && running) {
    out.reason = condition_is_true(pod, "Ready") ? "Running" : "NotReady";
  }
}

PodSummary summarize(const json::Value& pod) {
  PodSummary out;
  const std::string_view phase = json::string_at(pod, {"status", "phase"});
  const std::string_view reason = json::string_at(pod, {"status", "reason"});
  out.reason = reason.empty() ? phase : reason;
  for (const json::Value& condition : json::array_at(pod, {"status", "conditions"})) {
    if (json::string_at(condition, "type") == "PodScheduled" &&
        json::string_at(condition, "reason") == "SchedulingGated") {
      out.reason = "SchedulingGated";
    }
  }
  out.total = static_cast<std::int64_t>(json::array_at(pod, {"spec", "containers"}).size());
  for (const json::Value& container : json::array_at(pod, {"spec", "initContainers"})) {
    if (json::string_at(container, "restartPolicy") == "Always") ++out.total;
  }
  if (!walk_init(pod, out)) walk_containers(pod, out);
  if (kube::is_deleting(pod)) {
    if (reason == "NodeLost") {
      out.reason = "Unknown";
    } else if (phase != "Failed" && phase != "Succeeded") {
      out.reason = "Terminating";
    }
  }
  return out;
}

std::string readiness_gates(const json::Value& pod) {
  const json::Array& gates = json::array_at(pod, {"spec", "readinessGates"});
  if (gates.empty()) return "<none>";
  const auto open = std::ranges::count_if(gates, [&](const json::Value& gate) {
    return condition_is_true(pod, json::string_at(gate, "conditionType"));
  });
  return fmt::format("{}/{}", open, gates.size());
}

json::Array pod_cells(const json::Value& pod, TimePoint now) {
  const PodSummary summary = summarize(pod);
  std::string restarts = fmt::format("{}", summary.restarts);
  if (summary.restarts != 0 && summary.last_restart) {
    restarts += fmt::format(" ({} ago)", human_duration(now - *summary.last_restart));
  }
  const json::Array& addresses = json::array_at(pod, {"status", "podIPs"});
  std::string_view address = json::string_at(pod, {"status", "podIP"});
  if (!addresses.empty()) address = json::string_at(addresses.front(), "ip");
  return {json::Value(kube::name_of(pod)),
          json::Value(fmt::format("{}/{}", summary.ready, summary.total)),
          json::Value(summary.reason),
          json::Value(restarts),
          json::Value(age(pod, now)),
          json::Value(or_none(address)),
          json::Value(or_none(json::string_at(pod, {"spec", "nodeName"}))),
          json::Value(or_none(json::string_at(pod, {"status", "nominatedNodeName"}))),
          json::Value(readiness_gates(pod))};
}

}  // namespace

void add_pods(ByResource& out) {
  out["pods"] = {
      {name_column(), column("Ready"), column("Status"), column("Restarts"), column("Age"),
       wide("IP"), wide("Node"), wide("Nominated Node"), wide("Readiness Gates")},
      pod_cells};
}

}  // namespace firesteel::apiserver::tables
