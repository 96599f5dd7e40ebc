#pragma once
// What a pod's containers become on this machine: the pod and everything it refers to, resolved to
// argv, environment, files, mounts and limits. Pure. Source of the rules: kubelet's
// kubelet_pods.go (environment), volume plugins configmap, secret, projected, downwardapi,
// emptydir, hostpath, and third_party/forked/golang/expansion ($(VAR)).
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::node::plan {

// What an image brings (node/images.h resolves a reference to it).
struct ImageConfig {
  std::vector<std::string> layers;  // directories of the image's own files, the lowest first
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;  // CMD
  std::vector<std::pair<std::string, std::string>> env;
  std::string working_directory = "/";
  std::int64_t user = 0;
  std::int64_t group = 0;
  std::string user_name = "root";
  std::string home = "/";
  std::vector<std::string> writable;  // directories of the image that belong to its user
  // host path -> path inside, read-only
  std::vector<std::pair<std::string, std::string>> host_binds;
  std::string digest;  // "sha256:..."

  bool operator==(const ImageConfig&) const = default;
};

// What has to be fetched from the API before a pod can be planned.
struct References {
  struct Object {
    std::string name;
    bool optional = false;  // true only when every use is optional
  };
  struct Token {
    std::string audience;  // "" = the API server's
    std::int64_t expiration_seconds = 3600;
    auto operator<=>(const Token&) const = default;
  };
  std::vector<Object> config_maps;  // sorted by name
  std::vector<Object> secrets;
  std::vector<Token> tokens;        // of the pod's service account
  std::vector<std::string> claims;  // persistent volume claims, sorted
};
[[nodiscard]] References references_of(const json::Value& pod);

// What was fetched, and what the agent chose for the pod.
struct Resolved {
  std::map<std::string, json::Document> config_maps;  // by name; missing optional ones are absent
  std::map<std::string, json::Document> secrets;
  std::map<References::Token, std::string> tokens;
  std::map<std::string, std::string> claims;  // name -> directory of the volume it is bound to
  std::map<std::string, ImageConfig> images;  // by container name
  std::string pod_ip;
  std::string host_ip = "127.0.0.1";
  std::string node_name;
  std::string api_host;  // KUBERNETES_SERVICE_HOST
  std::string api_port;
};

// A file of a volume, under the volume's directory.
struct File {
  std::string path;  // relative
  std::string content;
  unsigned mode = 0644;

  bool operator==(const File&) const = default;
};

enum class VolumeKind { kFiles, kEmptyDir, kMemoryDir, kHostPath, kClaim };

struct Volume {
  std::string name;
  VolumeKind kind = VolumeKind::kFiles;
  std::vector<File> files;  // kFiles
  std::string host_path;    // kHostPath, kClaim
  std::string host_type;    // kHostPath: "", Directory, DirectoryOrCreate, File, FileOrCreate, ...
  std::int64_t size_limit = 0;  // kMemoryDir, kEmptyDir: bytes, 0 = none
  bool read_only = false;       // kClaim: for every container
  bool has_token = false;       // to be renewed before it expires

  bool operator==(const Volume&) const = default;
};

struct Mount {
  std::string volume;
  std::string path;      // inside
  std::string sub_path;  // with subPathExpr expanded
  bool read_only = false;

  bool operator==(const Mount&) const = default;
};

struct Container {
  std::string name;
  std::string image;
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> env;  // each name once, the last value wins
  std::string working_directory;
  std::vector<Mount> mounts;
  std::int64_t user = 0;
  std::int64_t group = 0;
  bool read_only_root = false;
  std::int64_t memory_limit = 0;  // bytes, 0 = none
  std::int64_t cpu_limit = 0;     // milli, 0 = none
  std::string message_path;       // what it writes there at its end goes to its status
  bool message_from_log = false;  // when that is nothing and it failed
};

struct ExecPlan {
  std::vector<Volume> volumes;
  std::vector<Container> init_containers;
  std::vector<Container> containers;
  std::string host_name;
  std::optional<std::int64_t> fs_group;
};

// Errors: kNotFound for a ConfigMap, Secret or key that is not (yet) there, with kubelet's words
// (`configmap "x" not found`): try again later. kInvalid for what cannot work however often it is
// tried, and for volume types that this node does not have.
[[nodiscard]] Result<ExecPlan> make_plan(const json::Value& pod, const Resolved& resolved);

// The volumes alone: to renew tokens and changed ConfigMaps in place.
[[nodiscard]] Result<std::vector<Volume>> make_volumes(const json::Value& pod,
                                                       const Resolved& resolved);

// $(NAME) becomes env's value, $$ a dollar; an unknown name stays as it is.
[[nodiscard]] std::string expand(std::string_view text,
                                 const std::vector<std::pair<std::string, std::string>>& env);

}  // namespace firesteel::node::plan
