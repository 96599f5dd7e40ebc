#include "cluster/claims.h"

#include "kube/object.h"
#include "kube/quantity.h"

namespace firesteel::cluster {
namespace {

using json::string_at;

kube::Quantity storage_at(const json::Value& object, std::initializer_list<std::string_view> path) {
  const json::Value* value = &object;
  for (const std::string_view part : path) {
    value = json::find(*value, part);
    if (value == nullptr) return {};
  }
  const Result<kube::Quantity> quantity = kube::Quantity::from_json(*value);
  return quantity ? *quantity : kube::Quantity{};
}

bool is_reserved_for(const json::Value& volume, const json::Value& claim) {
  const std::string_view uid = string_at(volume, {"spec", "claimRef", "uid"});
  return string_at(volume, {"spec", "claimRef", "name"}) == kube::name_of(claim) &&
         string_at(volume, {"spec", "claimRef", "namespace"}) == kube::namespace_of(claim) &&
         (uid.empty() || uid == kube::uid_of(claim));
}

bool has_modes(const json::Value& volume, const json::Value& claim) {
  const json::Array& offered = json::array_at(volume, {"spec", "accessModes"});
  return std::ranges::all_of(json::array_at(claim, {"spec", "accessModes"}), [&](const auto& mode) {
    return std::ranges::find(offered, mode) != offered.end();
  });
}

bool fits(const json::Value& volume, const json::Value& claim) {
  if (kube::is_deleting(volume)) return false;
  const std::string_view named = string_at(claim, {"spec", "volumeName"});
  if (!named.empty() && named != kube::name_of(volume)) return false;
  if (json::find(volume, {"spec", "claimRef"}) != nullptr) return is_reserved_for(volume, claim);
  if (!named.empty()) return true;
  return string_at(volume, {"spec", "storageClassName"}) ==
             string_at(claim, {"spec", "storageClassName"}) &&
         has_modes(volume, claim) &&
         storage_at(claim, {"spec", "resources", "requests", "storage"}).to_bytes() <=
             storage_at(volume, {"spec", "capacity", "storage"}).to_bytes();
}

json::Value reference_to(const json::Value& claim) {
  return json::Object{{"apiVersion", "v1"},
                      {"kind", "PersistentVolumeClaim"},
                      {"name", kube::name_of(claim)},
                      {"namespace", kube::namespace_of(claim)},
                      {"uid", kube::uid_of(claim)}};
}

json::Value volume_for(const json::Value& claim, const std::string& directory) {
  const std::string name = fmt::format("pvc-{}", kube::uid_of(claim));
  json::Object spec{
      {"capacity",
       json::Object{
           {"storage", storage_at(claim, {"spec", "resources", "requests", "storage"}).text()}}},
      {"accessModes", json::array_at(claim, {"spec", "accessModes"})},
      {"claimRef", reference_to(claim)},
      {"persistentVolumeReclaimPolicy", "Delete"},
      {"volumeMode", "Filesystem"},
      {"hostPath", json::Object{{"path", directory + "/" + name}, {"type", "DirectoryOrCreate"}}}};
  const std::string_view storage_class = string_at(claim, {"spec", "storageClassName"});
  if (!storage_class.empty()) spec["storageClassName"] = storage_class;
  return json::Object{
      {"apiVersion", "v1"},
      {"kind", "PersistentVolume"},
      {"metadata",
       json::Object{{"name", name}, {"annotations", json::Object{{kProvisionedBy, kProvisioner}}}}},
      {"spec", std::move(spec)}};
}

json::Value bound_status(const json::Value& volume) {
  json::Object status{{"phase", "Bound"}, {"accessModes", volume.at("spec").at("accessModes")}};
  if (const json::Value* capacity = json::find(volume, {"spec", "capacity"}))
    status["capacity"] = *capacity;
  return json::Object{{"status", std::move(status)}};
}

}  // namespace

ClaimDecision decide_claim(const json::Value& claim, std::span<const json::Document> volumes,
                           const std::string& directory) {
  ClaimDecision decision;
  if (kube::is_deleting(claim) || string_at(claim, {"status", "phase"}) == "Bound") return decision;
  const json::Value* chosen = nullptr;
  for (const json::Document& volume : volumes) {
    if (!fits(*volume, claim)) continue;
    const bool better = chosen == nullptr || is_reserved_for(*volume, claim) ||
                        storage_at(*volume, {"spec", "capacity", "storage"}).to_bytes() <
                            storage_at(*chosen, {"spec", "capacity", "storage"}).to_bytes();
    if (better) chosen = volume.get();
    if (is_reserved_for(*volume, claim)) break;
  }
  // An empty class that is said asks for a volume that somebody made; so does a volume's name.
  const json::Value* storage_class = json::find(claim, {"spec", "storageClassName"});
  const bool by_hand =
      !string_at(claim, {"spec", "volumeName"}).empty() ||
      (storage_class != nullptr && string_at(claim, {"spec", "storageClassName"}).empty());
  if (chosen == nullptr && by_hand) {
    if (string_at(claim, {"status", "phase"}) != "Pending")
      decision.status = json::Object{{"status", json::Object{{"phase", "Pending"}}}};
    return decision;
  }
  if (chosen == nullptr) {
    decision.create = volume_for(claim, directory);
    chosen = &*decision.create;
  } else if (string_at(*chosen, {"spec", "claimRef", "uid"}).empty()) {
    decision.reserve = json::Object{{"spec", json::Object{{"claimRef", reference_to(claim)}}}};
  }
  decision.volume = kube::name_of(*chosen);
  decision.spec = json::Object{
      {"metadata",
       json::Object{{"annotations", json::Object{{"pv.kubernetes.io/bind-completed", "yes"}}}}},
      {"spec", json::Object{{"volumeName", decision.volume}}}};
  decision.status = bound_status(*chosen);
  return decision;
}

VolumeDecision decide_volume(const json::Value& volume, bool claim_lives, bool in_use) {
  if (string_at(volume, {"spec", "claimRef", "uid"}).empty()) return {"Available", false};
  if (claim_lives) return {"Bound", false};
  const json::Value* by = json::find(kube::annotations_of(volume), kProvisionedBy);
  const bool ours =
      by != nullptr && by->is_string() && json::view(by->get_string()) == kProvisioner;
  const bool goes =
      ours && !in_use && string_at(volume, {"spec", "persistentVolumeReclaimPolicy"}) == "Delete";
  return {"Released", goes};
}

bool mounts_claim(const json::Value& pod, std::string_view claim) {
  const std::string_view phase = string_at(pod, {"status", "phase"});
  if (phase == "Succeeded" || phase == "Failed") return false;
  return std::ranges::any_of(json::array_at(pod, {"spec", "volumes"}), [&](const auto& volume) {
    if (json::find(volume, "ephemeral") != nullptr)
      return fmt::format("{}-{}", kube::name_of(pod), string_at(volume, "name")) == claim;
    return string_at(volume, {"persistentVolumeClaim", "claimName"}) == claim;
  });
}

std::vector<json::Value> ephemeral_claims(const json::Value& pod) {
  std::vector<json::Value> claims;
  for (const json::Value& volume : json::array_at(pod, {"spec", "volumes"})) {
    const json::Value* wanted = json::find(volume, {"ephemeral", "volumeClaimTemplate"});
    if (wanted == nullptr) continue;
    json::Object metadata = json::object_at(*wanted, {"metadata"});
    metadata["name"] = fmt::format("{}-{}", kube::name_of(pod), string_at(volume, "name"));
    metadata["namespace"] = kube::namespace_of(pod);
    metadata["ownerReferences"] = json::Array{kube::owner_reference(pod, true, true)};
    claims.push_back(json::Object{{"apiVersion", "v1"},
                                  {"kind", "PersistentVolumeClaim"},
                                  {"metadata", std::move(metadata)},
                                  {"spec", json::object_at(*wanted, {"spec"})}});
  }
  return claims;
}

}  // namespace firesteel::cluster
