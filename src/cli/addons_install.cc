#include "cli/addons_install.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/check.h"
#include "base/fd.h"
#include "cli/addons.h"
#include "cli/platform.h"
#include "kube/object.h"
#include "kube/resource.h"
#include "net/tls.h"
#include "node/images.h"

namespace firesteel::cli {
namespace {

namespace resources = kube::resources;

constexpr std::chrono::seconds kLongestStart{300};

std::string file_of(const std::string& directory) {
  return directory + "/addons";
}

const kube::Resource& resource_of(const json::Value& object) {
  static const kube::Resource* const kKinds[] = {&resources::kConfigMaps, &resources::kSecrets,
                                                 &resources::kPersistentVolumeClaims,
                                                 &resources::kServices, &resources::kDeployments};
  const std::string_view kind = json::string_at(object, "kind");
  for (const kube::Resource* resource : kKinds)
    if (resource->kind == kind) return *resource;
  ASSERT(false, "the add-ons' kinds are all listed");
  std::unreachable();
}

Result<void> make_storage_secret(kube::Api& api) {
  const auto made = api.create(resources::kSecrets, kPlatformNamespace,
                               storage_secret(net::random_bytes(45)), {});
  if (made || made.error().code == ErrorCode::kAlreadyExists) return {};
  return context(Result<void>(std::unexpected(made.error())), "make Secret spark-env");
}

Result<void> apply(kube::Api& api, const json::Value& object) {
  kube::WriteOptions options;
  options.field_manager = "firesteel";
  options.force = true;
  const kube::Resource& resource = resource_of(object);
  TRY(context(api.patch(resource, kube::namespace_of(object), kube::name_of(object),
                        kube::PatchType::kApply, object, options),
              fmt::format("apply {} {}", resource.kind, kube::name_of(object))));
  return {};
}

// What the pods of an add-on wait for or ended with.
std::string why_not(kube::Api& api, const std::string& addon) {
  kube::ListOptions options;
  options.label_selector = "app.kubernetes.io/name=" + addon;
  const auto pods = api.list(resources::kPods, kPlatformNamespace, options);
  if (!pods) return pods.error().message;
  for (const json::Document& pod : pods->items) {
    for (const auto list : {"initContainerStatuses", "containerStatuses"}) {
      for (const json::Value& one : json::array_at(*pod, {"status", list})) {
        for (const auto kind : {"terminated", "waiting"}) {
          const std::string_view reason = json::string_at(one, {"state", kind, "reason"});
          if (reason.empty() || reason == "Completed") continue;
          return fmt::format("container {}: {} {}", json::string_at(one, "name"), reason,
                             json::string_at(one, {"state", kind, "message"}));
        }
      }
    }
  }
  return fmt::format("see `kubectl describe pods -n {} -l {}`", kPlatformNamespace,
                     options.label_selector);
}

bool is_available(const json::Value& deployment) {
  return json::int_at(deployment, {"status", "availableReplicas"}) >= 1 &&
         json::int_at(deployment, {"status", "observedGeneration"}) >=
             json::int_at(deployment, {"metadata", "generation"});
}

Result<void> wait_for_deployment(kube::Api& api, const std::string& addon, StopToken stop) {
  kube::WatchOptions options;
  options.field_selector = "metadata.name=" + addon;
  options.timeout = kLongestStart;
  auto stream = TRY(api.watch(resources::kDeployments, kPlatformNamespace, options));
  while (true) {
    const auto event = TRY(stream->next(stop));
    if (!event) break;
    const bool state =
        event->type == kube::EventType::kAdded || event->type == kube::EventType::kModified;
    if (state && is_available(*event->object)) return {};
  }
  if (stop.stop_requested()) return fail(ErrorCode::kUnavailable, "stopped");
  return fail(ErrorCode::kTimeout,
              fmt::format("Deployment {}/{} is not available after {} s: {}", kPlatformNamespace,
                          addon, kLongestStart.count(), why_not(api, addon)));
}

}  // namespace

Result<std::vector<std::string>> read_addons(const std::string& directory) {
  const Result<std::string> text = read_file(file_of(directory));
  std::vector<std::string> names;
  if (!text) {
    if (text.error().code == ErrorCode::kNotFound) return names;
    return std::unexpected(text.error());
  }
  std::size_t at = 0;
  while (at < text->size()) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    if (end > at) names.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return names;
}

Result<void> write_addons(const std::string& directory, const std::vector<std::string>& addons) {
  std::string text;
  for (const std::string& name : addons) text += name + "\n";
  return write_file_atomically(file_of(directory), text, 0600);
}

std::vector<std::string> image_extras_for(const std::vector<std::string>& addons) {
  if (addons.empty()) return {};
  return {"lakehouse"};
}

Result<void> assemble_addon_images(const std::vector<std::string>& addons, Progress& progress,
                                   StopToken stop) {
  if (addons.empty()) return {};
  std::vector<json::Value> objects;
  for (const std::string& addon : addons)
    for (json::Value& object : addon_objects(addon)) objects.push_back(std::move(object));
  auto store = TRY(node::ImageStore::open({"", "/proc/self/exe", image_extras_for(addons)}));
  for (const std::string& image : images_of(objects)) {
    TRY(store->assemble(
        image,
        [&](std::string_view stage, double fraction) {
          progress.part(fmt::format("{}: {}", image, stage), fraction);
        },
        stop));
  }
  progress.clear();
  return {};
}

Result<void> install_addons(kube::Api& api, const std::vector<std::string>& addons,
                            Progress& progress, StopToken stop) {
  if (addons.empty()) return {};
  TRY(make_storage_secret(api));
  for (const std::string& addon : addons)
    for (const json::Value& object : addon_objects(addon)) TRY(apply(api, object));
  for (const std::string& addon : addons) {
    progress.state("starting", Tone::kPlain, addon);
    TRY(wait_for_deployment(api, addon, stop));
    progress.step("ready", Tone::kGood, addon);
  }
  return {};
}

}  // namespace firesteel::cli
