#include "cli/addons.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/check.h"
#include "base/json/yaml.h"
#include "cli/platform.h"
#include "net/tls.h"

namespace firesteel::cli {
namespace {

struct Addon {
  std::string_view name;
  std::vector<std::string_view> parts;  // itself alone when empty
};

const std::vector<Addon>& addons() {
  static const std::vector<Addon> kAddons = {
      {"s3", {}},
      {"hive-metastore", {"s3"}},
      {"data", {"s3", "hive-metastore"}},
  };
  return kAddons;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<void> add(std::vector<std::string>& found, std::string_view name) {
  const auto addon = std::ranges::find(addons(), name, &Addon::name);
  if (addon == addons().end()) {
    std::string known;
    for (const Addon& one : addons())
      known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
    return fail(ErrorCode::kInvalid,
                fmt::format("--with {}: there is no such add-on; there are {}", name, known));
  }
  for (const std::string_view part : addon->parts)
    if (!contains(found, part)) TRY(add(found, part));
  const bool has_manifests = !addon_objects(name).empty();
  if (has_manifests && !contains(found, name)) found.emplace_back(name);
  return {};
}

}  // namespace

Result<std::vector<std::string>> resolve_addons(const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (const std::string& name : names) TRY(add(found, name));
  return found;
}

std::vector<json::Value> addon_objects(std::string_view addon) {
  const std::string folder = fmt::format("{}/app/", addon);
  std::vector<json::Value> objects;
  for (const EmbeddedFile& file : embedded_manifests()) {
    if (!file.path.starts_with(folder)) continue;
    auto documents = json::parse_yaml(file.content);
    ASSERT(documents.has_value(), "the platform's own manifests are valid YAML");
    for (json::YamlDocument& document : *documents) {
      // Flux's and kustomize's own files say where the others are.
      if (json::string_at(document.value, "apiVersion").find("kustomize") == std::string_view::npos)
        objects.push_back(std::move(document.value));
    }
  }
  return objects;
}

std::vector<std::string> images_of(const std::vector<json::Value>& objects) {
  std::vector<std::string> images{std::string(kSparkImage)};
  for (const json::Value& object : objects) {
    for (const auto list : {"initContainers", "containers"}) {
      for (const json::Value& container :
           json::array_at(object, {"spec", "template", "spec", list})) {
        const std::string image(json::string_at(container, "image"));
        if (!contains(images, image)) images.push_back(image);
      }
    }
  }
  return images;
}

json::Value storage_secret(std::string_view random) {
  ASSERT(random.size() >= 45, "keys are of 15 and 30 random bytes");
  return json::Object{
      {"apiVersion", "v1"},
      {"kind", "Secret"},
      {"metadata", json::Object{{"name", kStorageSecret}, {"namespace", kPlatformNamespace}}},
      {"type", "Opaque"},
      {"stringData",
       json::Object{{"CEPH_S3_ENDPOINT", "http://s3.data-platform.svc.cluster.local:7070"},
                    {"S3_ACCESS_KEY", net::base64url_encode(random.substr(0, 15))},
                    {"S3_SECRET_KEY", net::base64url_encode(random.substr(15, 30))}}}};
}

}  // namespace firesteel::cli
