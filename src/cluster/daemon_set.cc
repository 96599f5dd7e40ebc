#include "cluster/daemon_set.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "cluster/deployment.h"
#include "cluster/pods.h"
#include "cluster/revisions.h"
#include "cluster/scheduler.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

constexpr std::string_view kRequired = "requiredDuringSchedulingIgnoredDuringExecution";

struct Counts {
  int scheduled = 0, misscheduled = 0, desired = 0, ready = 0, updated = 0, available = 0;
};

// What every daemon endures. Source: AddOrUpdateDaemonPodTolerations.
void add_tolerations(json::Object& spec) {
  struct Toleration {
    std::string_view key, effect;
  };
  constexpr Toleration kAll[] = {{"node.kubernetes.io/not-ready", "NoExecute"},
                                 {"node.kubernetes.io/unreachable", "NoExecute"},
                                 {"node.kubernetes.io/disk-pressure", "NoSchedule"},
                                 {"node.kubernetes.io/memory-pressure", "NoSchedule"},
                                 {"node.kubernetes.io/pid-pressure", "NoSchedule"},
                                 {"node.kubernetes.io/unschedulable", "NoSchedule"}};
  json::Value* list = spec.if_contains("tolerations");
  json::Array all = list != nullptr && list->is_array() ? list->get_array() : json::Array{};
  for (const Toleration& one : kAll) {
    const json::Value wanted =
        json::Object{{"effect", one.effect}, {"key", one.key}, {"operator", "Exists"}};
    if (std::ranges::find(all, wanted) == all.end()) all.push_back(wanted);
  }
  spec["tolerations"] = std::move(all);
}

// In place of whatever node names the template's own affinity asks for, as upstream: the scheduler
// binds it, with all its other checks.
void pin_to_node(json::Value& pod, std::string_view node) {
  const json::Value field =
      json::Object{{"key", "metadata.name"}, {"operator", "In"}, {"values", json::Array{node}}};
  json::Object& affinity = json::make_object(pod, {"spec", "affinity", "nodeAffinity"});
  json::Array terms;
  if (const json::Value* required = affinity.if_contains(kRequired)) {
    for (const json::Value& term : json::array_at(*required, {"nodeSelectorTerms"})) {
      json::Value pinned = term;
      pinned.as_object()["matchFields"] = json::Array{field};
      terms.push_back(std::move(pinned));
    }
  }
  if (terms.empty()) terms.push_back(json::Object{{"matchFields", json::Array{field}}});
  affinity[kRequired] = json::Object{{"nodeSelectorTerms", std::move(terms)}};
}

json::Value make_pod(const json::Value& set, std::string_view hash) {
  json::Value pod = pod_from_template(set, json::Value(json::object_at(set, {"spec", "template"})));
  json::Object& labels = json::make_object(pod, {"metadata", "labels"});
  labels[kRevisionHashLabel] = hash;
  labels["pod-template-generation"] = std::to_string(json::int_at(set, {"metadata", "generation"}));
  add_tolerations(json::make_object(pod, {"spec"}));
  return pod;
}

struct Pass {
  const json::Value& set;
  std::string_view hash;
  TimePoint now;
  std::chrono::seconds min_ready;
  DaemonSetDecision& decision;
  Counts counts;
  std::vector<json::Document> old;  // the one active pod of a node, of another template
  int unavailable = 0;              // nodes without an available pod
};

// One node: `here` are the set's pods for it.
void look_at_node(Pass& pass, const json::Value& node, std::vector<json::Document> here,
                  bool is_expected, const json::Value& prototype) {
  const bool wanted = may_run_on(prototype, node);
  if (!wanted) {
    pass.counts.misscheduled += here.empty() ? 0 : 1;
    for (const json::Document& pod : here)
      if (!kube::is_deleting(*pod)) pass.decision.remove.emplace_back(kube::name_of(*pod));
    return;
  }
  ++pass.counts.desired;
  std::erase_if(here, [&](const json::Document& pod) {
    // A daemon never ends: what has, is made anew when it is gone.
    if (is_finished(*pod) && !kube::is_deleting(*pod))
      pass.decision.remove.emplace_back(kube::name_of(*pod));
    return false;
  });
  if (here.empty()) {
    ++pass.unavailable;
    if (is_expected) return;
    json::Value pod = prototype;
    pin_to_node(pod, kube::name_of(node));
    pass.decision.create.push_back(std::move(pod));
    return;
  }
  std::ranges::sort(here, {}, [](const json::Document& pod) {
    return std::pair(json::string_at(*pod, {"metadata", "creationTimestamp"}), kube::name_of(*pod));
  });
  std::vector<json::Document> active;
  for (const json::Document& pod : here)
    if (is_active(*pod)) active.push_back(pod);
  for (std::size_t surplus = 1; surplus < active.size(); ++surplus)
    pass.decision.remove.emplace_back(kube::name_of(*active[surplus]));
  const json::Value& pod = active.empty() ? *here.front() : *active.front();
  ++pass.counts.scheduled;
  const auto left = available_in(pod, pass.min_ready, pass.now);
  if (left) ++pass.counts.ready;
  const bool available = left && left->count() <= 0;
  if (left && !available && (!pass.decision.again || *left < *pass.decision.again))
    pass.decision.again = left;
  if (available) ++pass.counts.available;
  if (!available || active.empty()) ++pass.unavailable;
  const bool updated = kube::label_of(pod, kRevisionHashLabel) == pass.hash;
  if (updated) ++pass.counts.updated;
  if (!updated && !active.empty()) pass.old.push_back(active.front());
}

// Old pods that serve nobody go at once, others as far as enough nodes stay served.
void roll(Pass& pass) {
  if (json::string_at(pass.set, {"spec", "updateStrategy", "type"}) == "OnDelete") return;
  const int allowed = std::max(
      1, int_or_percent(
             json::find(pass.set, {"spec", "updateStrategy", "rollingUpdate", "maxUnavailable"}),
             pass.counts.desired, true, "1"));
  for (const json::Document& pod : pass.old) {
    const auto left = available_in(*pod, pass.min_ready, pass.now);
    const bool serves = left && left->count() <= 0;
    if (serves && pass.unavailable >= allowed) continue;
    if (serves) ++pass.unavailable;
    pass.decision.remove.emplace_back(kube::name_of(*pod));
  }
}

void decide_status(Pass& pass) {
  const Counts& counts = pass.counts;
  const json::Value* given = json::find(pass.set, "status");
  json::Value status =
      given != nullptr && given->is_object() ? *given : json::Value(json::Object{});
  json::Object& object = status.as_object();
  object["currentNumberScheduled"] = counts.scheduled;
  object["numberMisscheduled"] = counts.misscheduled;
  object["desiredNumberScheduled"] = counts.desired;
  object["numberReady"] = counts.ready;
  object["observedGeneration"] = json::int_at(pass.set, {"metadata", "generation"});
  put_count(object, "updatedNumberScheduled", counts.updated);
  put_count(object, "numberAvailable", counts.available);
  put_count(object, "numberUnavailable", counts.desired - counts.available);
  if (given == nullptr || status != *given) pass.decision.status = std::move(status);
}

}  // namespace

std::string node_of_daemon(const json::Value& pod) {
  const std::string_view bound = json::string_at(pod, {"spec", "nodeName"});
  if (!bound.empty()) return std::string(bound);
  const json::Value* required = json::find(pod, {"spec", "affinity", "nodeAffinity", kRequired});
  if (required == nullptr) return "";
  for (const json::Value& term : json::array_at(*required, {"nodeSelectorTerms"})) {
    for (const json::Value& field : json::array_at(term, {"matchFields"})) {
      const json::Array& values = json::array_at(field, {"values"});
      if (json::string_at(field, "key") == "metadata.name" && values.size() == 1 &&
          values[0].is_string())
        return std::string(json::view(values[0].get_string()));
    }
  }
  return "";
}

DaemonSetDecision decide_daemon_set(const json::Value& set, std::span<const json::Document> nodes,
                                    std::span<const json::Document> pods,
                                    std::span<const std::string> expected, std::string_view hash,
                                    TimePoint now) {
  DaemonSetDecision decision;
  Pass pass{.set = set,
            .hash = hash,
            .now = now,
            .min_ready = std::chrono::seconds(json::int_at(set, {"spec", "minReadySeconds"})),
            .decision = decision,
            .counts = {},
            .old = {}};
  std::map<std::string, std::vector<json::Document>> by_node;
  for (const json::Document& pod : pods) by_node[node_of_daemon(*pod)].push_back(pod);
  const json::Value prototype = make_pod(set, hash);
  for (const json::Document& node : nodes) {
    const std::string name(kube::name_of(*node));
    const bool is_expected = std::ranges::find(expected, name) != expected.end();
    look_at_node(pass, *node, std::move(by_node[name]), is_expected, prototype);
    by_node.erase(name);
  }
  for (const auto& [node, left] : by_node) {  // of nodes that are gone
    for (const json::Document& pod : left)
      if (!kube::is_deleting(*pod)) decision.remove.emplace_back(kube::name_of(*pod));
  }
  if (decision.remove.empty() && decision.create.empty()) roll(pass);
  decide_status(pass);
  if (kube::is_deleting(set)) {
    decision.create.clear();
    decision.remove.clear();
  }
  return decision;
}

}  // namespace firesteel::cluster
