#pragma once
// What `firesteel up --with` brings up beside the operator: which neighbours a name means, their
// manifests (kubernetes/apps/data-platform, as they were at build time) and images. Pure.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "node/embedded.h"

namespace firesteel::cli {

using node::EmbeddedFile;

// Below kubernetes/apps/data-platform: "s3/app/s3.yaml".
[[nodiscard]] std::span<const EmbeddedFile> embedded_manifests();

// The Secret that applications and neighbours take the storage's address and keys from.
inline constexpr std::string_view kStorageSecret = "spark-env";

// The neighbours that the names mean, each once, what others need first: {"data"} -> s3,
// hive-metastore. Errors: kInvalid for an unknown name, with those there are.
[[nodiscard]] Result<std::vector<std::string>> resolve_addons(
    const std::vector<std::string>& names);

// The objects of one neighbour, in the order of its manifests.
[[nodiscard]] std::vector<json::Value> addon_objects(std::string_view addon);

// The image of the specification's jobs.
inline constexpr std::string_view kSparkImage = "apache/spark:v3.4.0";

// Every image of the pods among `objects`, each once, and Spark's own one first: its jobs will use
// it.
[[nodiscard]] std::vector<std::string> images_of(const std::vector<json::Value>& objects);

// Secret spark-env: CEPH_S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY of the add-on s3. `random`
// has at least 45 random bytes.
[[nodiscard]] json::Value storage_secret(std::string_view random);

}  // namespace firesteel::cli
