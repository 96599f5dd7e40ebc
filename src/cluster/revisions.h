#pragma once
// ControllerRevisions: the templates that a StatefulSet or DaemonSet has had, oldest first, which
// `kubectl rollout history` and `undo` read. Pure. Source: kube-controller-manager,
// pkg/controller/history. Hash collisions are not provided for.
#include <span>
#include <string>
#include <vector>

#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::cluster {

inline const kube::Resource kControllerRevisions{"apps", "v1", "controllerrevisions",
                                                 "ControllerRevision"};
inline constexpr std::string_view kRevisionHashLabel = "controller-revision-hash";  // of pods

struct RevisionDecision {
  json::Document update;  // of the present template; not stored yet when `create` is set
  bool create = false;
  std::int64_t renumber = 0;        // that the stored one gets, for it is the newest again; 0: none
  std::vector<std::string> remove;  // beyond revisionHistoryLimit
};
// `revisions` are those that the owner controls. Those in `live` (names or hashes that pods are
// labelled with, or the status names) are kept whatever the limit.
[[nodiscard]] RevisionDecision decide_revisions(const json::Value& owner,
                                                std::span<const json::Document> revisions,
                                                std::span<const std::string> live);

[[nodiscard]] std::string revision_hash(const json::Value& revision);
// The pod template in it.
[[nodiscard]] json::Value template_of(const json::Value& revision);

}  // namespace firesteel::cluster
