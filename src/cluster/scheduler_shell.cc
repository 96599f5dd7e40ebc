// The scheduler's threads: pods that wait for a node are placed one after the other; when room may
// have appeared, those that found none are tried again.
#include <mutex>
#include <set>

#include "client/events.h"
#include "client/informer.h"
#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/pods.h"
#include "cluster/scheduler.h"
#include "kube/conditions.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using client::Change;
using kube::resources::kNodes;
using kube::resources::kPods;

// How long to wait for the first lists before placing anything: without them the room is not known.
constexpr std::chrono::milliseconds kSyncRetry{20};

class Scheduler final : public Controller {
 public:
  explicit Scheduler(const Surroundings& around)
      : api_(around.api),
        clock_(around.clock),
        events_(api_, "default-scheduler", clock_),
        // One thread: placements depend on each other.
        workers_(queue_named("scheduler", 1, std::chrono::seconds(10)), clock_,
                 [this](const std::string& key) { return schedule(key); }),
        pods_(around.informers.of(kPods)),
        nodes_(around.informers.of(kNodes)) {
    pods_.on_change([this](const Change& change) { pod_changed(change); });
    nodes_.on_change([this](const Change&) { retry_waiting(); });
  }
  void start() override { workers_.start(); }
  void stop() override { workers_.stop(); }

 private:
  void pod_changed(const Change& change) {
    if (change.after != nullptr && needs_a_node(*change.after)) {
      workers_.add(change.key);
      return;
    }
    const std::lock_guard lock(mutex_);
    waiting_.erase(change.key);
    assumed_.erase(change.key);
    const bool gives_room = change.after == nullptr || is_finished(*change.after);
    if (gives_room) {
      for (const std::string& key : waiting_) workers_.add(key);
    }
  }

  void retry_waiting() {
    const std::lock_guard lock(mutex_);
    for (const std::string& key : waiting_) workers_.add(key);
  }

  // What the bound pods take, those that this scheduler has just bound included.
  std::map<std::string, Room> used_room() {
    std::map<std::string, Room> used;
    const auto take = [&](const std::string& node, const json::Value& pod) {
      Room& room = used[node];
      const Room more = requested_by(pod);
      room.cpu_milli += more.cpu_milli;
      room.memory_bytes += more.memory_bytes;
      room.pods += more.pods;
    };
    const std::lock_guard lock(mutex_);
    for (const json::Document& pod : pods_.list()) {
      if (is_finished(*pod)) continue;
      const std::string_view bound = json::string_at(*pod, {"spec", "nodeName"});
      const auto assumed = assumed_.find(kube::key_of(*pod));
      if (!bound.empty()) {
        take(std::string(bound), *pod);
      } else if (assumed != assumed_.end() && assumed->second.uid == kube::uid_of(*pod)) {
        take(assumed->second.node, *pod);
      }
    }
    return used;
  }

  Result<std::optional<std::chrono::nanoseconds>> schedule(const std::string& key) {
    if (!pods_.has_synced() || !nodes_.has_synced()) return kSyncRetry;
    const json::Document pod = pods_.get(key);
    if (pod == nullptr || !needs_a_node(*pod)) return std::nullopt;
    {
      const std::lock_guard lock(mutex_);
      const auto assumed = assumed_.find(key);
      if (assumed != assumed_.end() && assumed->second.uid == kube::uid_of(*pod)) {
        return std::nullopt;  // bound; the watch has not told yet
      }
      waiting_.insert(key);  // before looking, so that room that appears meanwhile is not missed
    }
    const Placement placement = place_pod(*pod, nodes_.list(), used_room());
    if (placement.node.empty()) return tell_unschedulable(*pod, placement.message);
    return bind(key, *pod, placement.node);
  }

  Result<std::optional<std::chrono::nanoseconds>> bind(const std::string& key,
                                                       const json::Value& pod,
                                                       const std::string& node) {
    const std::string space(kube::namespace_of(pod));
    const json::Value binding = {
        {"apiVersion", "v1"},
        {"kind", "Binding"},
        {"metadata",
         {{"name", kube::name_of(pod)}, {"namespace", space}, {"uid", kube::uid_of(pod)}}},
        {"target", {{"apiVersion", "v1"}, {"kind", "Node"}, {"name", node}}}};
    {
      const std::lock_guard lock(mutex_);
      assumed_[key] = {std::string(kube::uid_of(pod)),
                       node};  // before the call: the watch may be faster than the answer
    }
    const auto bound = api_.create(kPods, space, binding, to_subresource("binding"));
    if (!bound) {
      const std::lock_guard lock(mutex_);
      assumed_.erase(key);
      waiting_.erase(key);
      const ErrorCode code = bound.error().code;
      if (code == ErrorCode::kNotFound || code == ErrorCode::kConflict) return std::nullopt;
      return std::unexpected(bound.error());
    }
    {
      const std::lock_guard lock(mutex_);
      waiting_.erase(key);
    }
    events_.record(pod, client::EventKind::kNormal, "Scheduled",
                   fmt::format("Successfully assigned {} to {}", key, node));
    return std::nullopt;
  }

  Result<std::optional<std::chrono::nanoseconds>> tell_unschedulable(const json::Value& pod,
                                                                     const std::string& message) {
    const json::Value* present = json::find(pod, "status");
    json::Value status = present == nullptr ? json::Value(json::Object{}) : *present;
    if (!kube::set_condition(status, "PodScheduled", "False", "Unschedulable", message,
                             clock_.now())) {
      return std::nullopt;
    }
    events_.record(pod, client::EventKind::kWarning, "FailedScheduling", message);
    const json::Value* condition = kube::find_condition(status, "PodScheduled");
    const json::Value patch = {{"status", {{"conditions", json::Array{*condition}}}}};
    const auto patched =
        api_.patch(kPods, kube::namespace_of(pod), kube::name_of(pod),
                   kube::PatchType::kStrategicMerge, patch, to_subresource("status"));
    if (!patched && !is_settled(patched.error())) return std::unexpected(patched.error());
    return std::nullopt;
  }

  kube::Api& api_;
  const Clock& clock_;
  client::EventRecorder events_;
  std::mutex mutex_;
  std::set<std::string> waiting_;  // keys of pods that found no node
  struct Assumed {
    std::string uid;
    std::string node;
  };
  std::map<std::string, Assumed> assumed_;  // by key: bound by us, but not yet seen to be
  client::Workers workers_;
  client::Informer& pods_;
  client::Informer& nodes_;
};

}  // namespace

std::unique_ptr<Controller> make_scheduler(const Surroundings& around) {
  return std::make_unique<Scheduler>(around);
}

}  // namespace firesteel::cluster
