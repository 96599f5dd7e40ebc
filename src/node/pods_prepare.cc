// Pods: what a pod needs before it can start, and keeping it fresh while it runs.
#include "base/log.h"
#include "kube/object.h"
#include "node/pod_record.h"
#include "node/pods.h"

namespace firesteel::node {

using json::string_at;

namespace {
const kube::Resource kPersistentVolumes{"", "v1", "persistentvolumes", "PersistentVolume",
                                        kube::Scope::kCluster};
}  // namespace

void Pods::prepare_images(Pod& pod, std::deque<plan::Event>& more) {
  pod.images_missing.clear();
  std::vector<std::pair<std::string, std::string>> missing;
  for (const auto* list : {&pod.state.init, &pod.state.main}) {
    for (const plan::ContainerState& container : *list) {
      Result<plan::ImageConfig> image = images_.resolve(container.image);
      if (image) {
        pod.resolved.images[container.name] = std::move(*image);
      } else if (image.error().code == ErrorCode::kUnavailable) {
        missing.emplace_back(container.name, container.image);
      } else {
        more.emplace_back(
            plan::ImagesFailed{container.name, "ErrImagePull", image.error().message});
        return;
      }
    }
  }
  for (const auto& [name, reference] : missing) pod.images_missing.insert(name);
  for (const auto& [name, reference] : missing) {
    more.emplace_back(plan::ImageProgress{name, fmt::format("assembling image \"{}\"", reference)});
    events_.record(*pod.state.pod, client::EventKind::kNormal, "Pulling",
                   fmt::format("Assembling image \"{}\"", reference));
    request_image_(pod.uid, name, reference);
  }
  images_settled(pod, more);
}

void Pods::images_settled(Pod& pod, std::deque<plan::Event>& more) {
  if (!pod.images_missing.empty()) return;
  plan::ImagesReady ready;
  for (const auto& [name, image] : pod.resolved.images)
    ready.digests.emplace_back(name, image.digest);
  more.emplace_back(std::move(ready));
}

Result<std::string> Pods::request_token(Pod& pod, const plan::References::Token& token) {
  const json::Value& document = *pod.state.pod;
  std::string_view account = string_at(document, {"spec", "serviceAccountName"});
  if (account.empty()) account = "default";
  json::Object spec{{"expirationSeconds", std::max<std::int64_t>(600, token.expiration_seconds)},
                    {"boundObjectRef", json::Object{{"kind", "Pod"},
                                                    {"apiVersion", "v1"},
                                                    {"name", kube::name_of(document)},
                                                    {"uid", kube::uid_of(document)}}}};
  spec["audiences"] = token.audience.empty() ? json::Array{} : json::Array{token.audience};
  const json::Value request = json::Object{{"apiVersion", "authentication.k8s.io/v1"},
                                           {"kind", "TokenRequest"},
                                           {"metadata", json::Object{{"name", account}}},
                                           {"spec", std::move(spec)}};
  kube::WriteOptions options;
  options.subresource = "token";
  const json::Document answer =
      TRY(context(api_.create(kube::resources::kServiceAccounts, kube::namespace_of(document),
                              request, options),
                  fmt::format("failed to fetch token of service account \"{}\"", account)));
  return std::string(string_at(*answer, {"status", "token"}));
}

Result<void> Pods::resolve(Pod& pod) {
  const json::Value& document = *pod.state.pod;
  const plan::References needed = plan::references_of(document);
  pod.resolved.node_name = options_.node_name;
  pod.resolved.api_host = options_.api_host;
  pod.resolved.api_port = options_.api_port;
  if (pod.state.pod_ip.empty())
    pod.state.pod_ip = json::bool_at(document, {"spec", "hostNetwork"})
                           ? std::string(kHostIp)
                           : TRY(addresses_.allocate());
  pod.resolved.pod_ip = pod.state.pod_ip;
  TRY(fetch_objects(pod));
  TRY(find_claims(pod, needed.claims));
  pod.tokens_due.reset();
  for (const plan::References::Token& token : needed.tokens) {
    pod.resolved.tokens[token] = TRY(request_token(pod, token));
    const auto life =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::duration<double>(
            kTokenRenewal * static_cast<double>(token.expiration_seconds)));
    const TimePoint due = clock_.now() + life;
    if (!pod.tokens_due || due < *pod.tokens_due) pod.tokens_due = due;
  }
  return {};
}

// What a claim is bound to must lie on this machine.
Result<void> Pods::find_claims(Pod& pod, const std::vector<std::string>& claims) {
  pod.resolved.claims.clear();
  for (const std::string& name : claims) {
    const auto claim = api_.get(kube::resources::kPersistentVolumeClaims,
                                kube::namespace_of(*pod.state.pod), name);
    if (!claim && claim.error().code != ErrorCode::kNotFound) return std::unexpected(claim.error());
    // What is missing is judged by make_plan.
    if (!claim || string_at(**claim, {"status", "phase"}) != "Bound") continue;
    const std::string_view volume = string_at(**claim, {"spec", "volumeName"});
    const json::Document found = TRY(api_.get(kPersistentVolumes, "", volume));
    std::string_view path = string_at(*found, {"spec", "hostPath", "path"});
    if (path.empty()) path = string_at(*found, {"spec", "local", "path"});
    if (path.empty())
      return fail(ErrorCode::kInvalid,
                  fmt::format("persistentvolume \"{}\" is neither a hostPath nor a local volume, "
                              "which is what this node has",
                              volume));
    pod.resolved.claims[name] = path;
  }
  return {};
}

Result<void> Pods::fetch_objects(Pod& pod) {
  const std::string_view space = kube::namespace_of(*pod.state.pod);
  const plan::References needed = plan::references_of(*pod.state.pod);
  const auto fetch = [&](const kube::Resource& resource, const auto& wanted,
                         auto& into) -> Result<void> {
    into.clear();
    for (const plan::References::Object& object : wanted) {
      auto found = api_.get(resource, space, object.name);
      // What is missing is judged by make_plan, which knows what for.
      if (found) {
        into[object.name] = *found;
      } else if (found.error().code != ErrorCode::kNotFound) {
        return std::unexpected(found.error());
      }
    }
    return {};
  };
  TRY(fetch(kube::resources::kConfigMaps, needed.config_maps, pod.resolved.config_maps));
  return fetch(kube::resources::kSecrets, needed.secrets, pod.resolved.secrets);
}

void Pods::prepare_config(Pod& pod, std::deque<plan::Event>& more) {
  const auto prepare = [&]() -> Result<void> {
    TRY(resolve(pod));
    plan::ExecPlan made = TRY(plan::make_plan(*pod.state.pod, pod.resolved));
    TRY(pod.directory.write_volumes(made));
    const bool limited =
        std::ranges::any_of(made.volumes, [](const auto& volume) { return volume.size_limit > 0; });
    if (limited) pod.sizes_due = clock_.now() + kSizeInterval;
    pod.plan = std::move(made);
    hosts_dirty_ = true;
    return pod.directory.write_hosts(hosts_of(pod));
  };
  const Result<void> prepared = prepare();
  if (prepared) {
    more.emplace_back(plan::ConfigReady{});
  } else {
    more.emplace_back(
        plan::ConfigFailed{prepared.error().message, prepared.error().code == ErrorCode::kInvalid});
  }
}

void Pods::renew_tokens(Pod& pod) {
  const auto renew = [&]() -> Result<void> {
    TRY(resolve(pod));
    plan::ExecPlan made = TRY(plan::make_plan(*pod.state.pod, pod.resolved));
    return pod.directory.write_volumes(made);
  };
  if (const Result<void> renewed = renew(); !renewed) {
    log::warning("a pod's token was not renewed",
                 {{"pod", kube::key_of(*pod.state.pod)}, {"error", renewed.error().message}});
    pod.tokens_due = clock_.now() + std::chrono::seconds(10);
  }
}

std::string Pods::hosts_of(const Pod& pod) const {
  std::vector<plan::Endpoint> endpoints;
  for (const auto& [uid, other] : pods_) {
    if (other->state.pod_ip.empty() || plan::is_over(other->state) || other->state.gone) continue;
    const json::Value& document = *other->state.pod;
    const bool ready = std::ranges::all_of(other->state.main, [](const auto& container) {
      return container.phase == plan::ContainerPhase::kRunning && container.ready;
    });
    endpoints.push_back({std::string(kube::namespace_of(document)),
                         std::string(kube::name_of(document)), other->state.pod_ip,
                         std::string(string_at(document, {"spec", "hostname"})),
                         std::string(string_at(document, {"spec", "subdomain"})),
                         ready && !other->state.deleting, other->state.pod});
  }
  const json::Value& own = *pod.state.pod;
  std::string names = pod.plan ? pod.plan->host_name : std::string(kube::name_of(own));
  // As kubelet's: the name that is known everywhere first, for `hostname -f`.
  if (const std::string_view subdomain = string_at(own, {"spec", "subdomain"}); !subdomain.empty())
    names =
        fmt::format("{0}.{1}.{2}.svc.cluster.local {0}", names, subdomain, kube::namespace_of(own));
  return plan::hosts_file({services_, slices_, endpoints, options_.api_host},
                          kube::namespace_of(own), pod.state.pod_ip, names);
}

void Pods::write_hosts() {
  hosts_dirty_ = false;
  for (const auto& [uid, pod] : pods_) {
    if (!pod->plan || pod->done || plan::is_over(pod->state)) continue;
    if (const Result<void> written = pod->directory.write_hosts(hosts_of(*pod)); !written)
      log::warning("a hosts file was not written", {{"error", written.error().message}});
  }
}

}  // namespace firesteel::node
