// The threads of persistent volume claims.
#include <filesystem>

#include "client/events.h"
#include "client/informer.h"
#include "client/workers.h"
#include "cluster/claims.h"
#include "cluster/controller.h"
#include "kube/object.h"

namespace firesteel::cluster {
namespace {

using client::Change;
using kube::resources::kPersistentVolumeClaims;
using kube::resources::kPods;
using Again = std::optional<std::chrono::nanoseconds>;

// A volume whose claim is gone is looked at again while a pod still mounts it.
constexpr std::chrono::seconds kInUseInterval{2};
constexpr std::string_view kVolumeKey = "volume:";
constexpr std::string_view kPodKey = "pod:";

class Claims final : public Controller {
 public:
  Claims(const Surroundings& around, std::string directory)
      : api_(around.api),
        directory_(std::move(directory)),
        events_(api_, "persistentvolume-controller", around.clock),
        workers_(queue_named("persistentvolumeclaim", around.workers), around.clock,
                 [this](const std::string& key) { return sync(key); }),
        claims_(around.informers.of(kPersistentVolumeClaims)),
        volumes_(around.informers.of(kPersistentVolumes)),
        pods_(around.informers.of(kPods)) {
    claims_.on_change([this](const Change& change) {
      workers_.add(change.key);
      if (change.after != nullptr) return;
      const std::string_view volume = json::string_at(*change.before, {"spec", "volumeName"});
      if (!volume.empty()) workers_.add(fmt::format("{}{}", kVolumeKey, volume));
    });
    volumes_.on_change([this](const Change& change) {
      workers_.add(fmt::format("{}{}", kVolumeKey, change.key));
      // A claim may have waited for it.
      for (const json::Document& claim : claims_.list()) workers_.add(kube::key_of(*claim));
    });
    pods_.on_change([this](const Change& change) {
      if (change.after != nullptr && change.before == nullptr &&
          !ephemeral_claims(*change.after).empty())
        workers_.add(fmt::format("{}{}", kPodKey, change.key));
    });
  }
  void start() override { workers_.start(); }
  void stop() override { workers_.stop(); }

 private:
  Result<Again> sync(const std::string& key) {
    if (!claims_.has_synced() || !volumes_.has_synced() || !pods_.has_synced())
      return std::chrono::milliseconds(20);
    if (key.starts_with(kVolumeKey)) return sync_volume(key.substr(kVolumeKey.size()));
    if (key.starts_with(kPodKey)) return sync_pod(key.substr(kPodKey.size()));
    return sync_claim(key);
  }

  Result<Again> sync_claim(const std::string& key) {
    const json::Document claim = claims_.get(key);
    if (claim == nullptr) return std::nullopt;
    const ClaimDecision decision = decide_claim(*claim, volumes_.list(), directory_);
    if (decision.create) {
      const auto created = api_.create(kPersistentVolumes, "", *decision.create, {});
      if (!created && !is_settled(created.error())) return std::unexpected(created.error());
      events_.record(*claim, client::EventKind::kNormal, "ProvisioningSucceeded",
                     fmt::format("Successfully provisioned volume {}", decision.volume));
    }
    if (decision.reserve)
      TRY(api_.patch(kPersistentVolumes, "", decision.volume, kube::PatchType::kMerge,
                     *decision.reserve, {}));
    const std::string_view space = kube::namespace_of(*claim);
    const std::string_view name = kube::name_of(*claim);
    const auto patch = [&](const json::Value& change,
                           const kube::WriteOptions& options) -> Result<void> {
      const auto written = api_.patch(kPersistentVolumeClaims, space, name, kube::PatchType::kMerge,
                                      change, options);
      if (!written && !is_settled(written.error())) return std::unexpected(written.error());
      return {};
    };
    if (decision.spec) TRY(patch(*decision.spec, {}));
    if (decision.status) TRY(patch(*decision.status, to_subresource("status")));
    return std::nullopt;
  }

  // Asked of the API itself, for data hang on it.
  Result<bool> claim_lives(const json::Value& volume) {
    const std::string_view uid = json::string_at(volume, {"spec", "claimRef", "uid"});
    if (uid.empty()) return false;
    const auto claim = api_.get(kPersistentVolumeClaims,
                                json::string_at(volume, {"spec", "claimRef", "namespace"}),
                                json::string_at(volume, {"spec", "claimRef", "name"}));
    if (claim) return kube::uid_of(**claim) == uid;
    if (claim.error().code == ErrorCode::kNotFound) return false;
    return std::unexpected(claim.error());
  }

  Result<Again> sync_volume(const std::string& name) {
    const json::Document volume = volumes_.get(name);
    if (volume == nullptr) return std::nullopt;
    const bool lives = TRY(claim_lives(*volume));
    const std::string_view space = json::string_at(*volume, {"spec", "claimRef", "namespace"});
    const std::string_view claim = json::string_at(*volume, {"spec", "claimRef", "name"});
    const auto pods = pods_.list(space);
    const bool in_use = !lives && !claim.empty() && std::ranges::any_of(pods, [&](const auto& pod) {
      return mounts_claim(*pod, claim);
    });
    const VolumeDecision decision = decide_volume(*volume, lives, in_use);
    if (decision.remove) {
      TRY(remove_data(*volume));
      const auto removed =
          api_.remove(kPersistentVolumes, "", name, only_uid(kube::uid_of(*volume)));
      if (!removed && !is_settled(removed.error())) return std::unexpected(removed.error());
      return std::nullopt;
    }
    if (json::string_at(*volume, {"status", "phase"}) != decision.phase) {
      const json::Value patch = json::Object{{"status", json::Object{{"phase", decision.phase}}}};
      const auto written = api_.patch(kPersistentVolumes, "", name, kube::PatchType::kMerge, patch,
                                      to_subresource("status"));
      if (!written && !is_settled(written.error())) return std::unexpected(written.error());
    }
    return in_use ? Again(kInUseInterval) : std::nullopt;
  }

  // Only what this controller would have made: the path in the object may have been written over.
  [[nodiscard]] Result<void> remove_data(const json::Value& volume) const {
    const std::string path = fmt::format("{}/{}", directory_, kube::name_of(volume));
    if (json::string_at(volume, {"spec", "hostPath", "path"}) != path) return {};
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error)
      return fail(ErrorCode::kIo, fmt::format("remove the data of volume {}: {}: {}",
                                              kube::name_of(volume), path, error.message()));
    return {};
  }

  Result<Again> sync_pod(const std::string& key) {
    const json::Document pod = pods_.get(key);
    if (pod == nullptr || kube::is_deleting(*pod)) return std::nullopt;
    for (const json::Value& claim : ephemeral_claims(*pod)) {
      const auto created =
          api_.create(kPersistentVolumeClaims, kube::namespace_of(*pod), claim, {});
      if (!created && !is_settled(created.error())) return std::unexpected(created.error());
    }
    return std::nullopt;
  }

  kube::Api& api_;
  std::string directory_;
  client::EventRecorder events_;
  client::Workers workers_;
  client::Informer& claims_;
  client::Informer& volumes_;
  client::Informer& pods_;
};

}  // namespace

std::unique_ptr<Controller> make_claims(const Surroundings& around, std::string directory) {
  return std::make_unique<Claims>(around, std::move(directory));
}

}  // namespace firesteel::cluster
