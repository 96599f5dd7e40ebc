#pragma once
// Persistent volume claims on local directories: a claim is bound to a volume that fits, or to one
// made for it. Pure. Source: kube-controller-manager, pkg/controller/volume/persistentvolume; the
// provisioner is ours and takes every storage class, for here is but one disk.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::cluster {

inline const kube::Resource kPersistentVolumes{"", "v1", "persistentvolumes", "PersistentVolume",
                                               kube::Scope::kCluster};
// Marks the volumes that this controller made, whose data goes with them.
inline constexpr std::string_view kProvisionedBy = "pv.kubernetes.io/provisioned-by";
inline constexpr std::string_view kProvisioner = "firesteel.dev/local";

struct ClaimDecision {
  std::optional<json::Value> create;   // a volume, already bound to the claim
  std::optional<json::Value> reserve;  // merge patch for the volume that is taken
  std::string volume;                  // its name, "" while there is none
  std::optional<json::Value> spec;     // merge patch of the claim
  std::optional<json::Value> status;   // merge patch of the claim's status
};
// `volumes` are all that exist; `directory` is where those that are made lie.
[[nodiscard]] ClaimDecision decide_claim(const json::Value& claim,
                                         std::span<const json::Document> volumes,
                                         const std::string& directory);

struct VolumeDecision {
  std::string phase;    // Available, Bound, Released; written when it is another one
  bool remove = false;  // with its data
};
// `claim_lives` says whether the very claim that the volume is bound to (by uid) exists, `in_use`
// whether a pod that has not ended mounts it.
[[nodiscard]] VolumeDecision decide_volume(const json::Value& volume, bool claim_lives,
                                           bool in_use);

// Whether a pod that has not ended mounts the claim.
[[nodiscard]] bool mounts_claim(const json::Value& pod, std::string_view claim);
// The claims for a pod's ephemeral volumes, owned by the pod.
[[nodiscard]] std::vector<json::Value> ephemeral_claims(const json::Value& pod);

}  // namespace firesteel::cluster
