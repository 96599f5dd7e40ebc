#include "node/plan/exec_plan.h"

#include "kube/object.h"
#include "kube/quantity.h"
#include "node/plan/base64.h"
#include "node/plan/fields.h"

namespace firesteel::node::plan {
namespace {

using json::string_at;
using Environment = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

constexpr std::string_view kMessagePath = "/dev/termination-log";

void set(Environment& env, std::string_view name, std::string value) {
  for (auto& [known, old] : env) {
    if (known != name) continue;
    old = std::move(value);
    return;
  }
  env.emplace_back(name, std::move(value));
}

const std::string* get(const Environment& env, std::string_view name) {
  for (const auto& [known, value] : env)
    if (known == name) return &value;
  return nullptr;
}

bool is_env_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

// A value of a ConfigMap or Secret: nothing when it may be missing and is.
Result<std::optional<std::string>> key_value(const json::Value& reference, bool secret,
                                             std::string_view space, const Resolved& resolved) {
  const std::string name(string_at(reference, "name"));
  const std::string_view key = string_at(reference, "key");
  const bool optional = json::bool_at(reference, {"optional"});
  const auto& known = secret ? resolved.secrets : resolved.config_maps;
  const auto found = known.find(name);
  if (found == known.end()) {
    if (optional) return std::optional<std::string>();
    return fail(ErrorCode::kNotFound,
                fmt::format("{} \"{}\" not found", secret ? "secret" : "configmap", name));
  }
  const json::Value* value = json::find(*found->second, {"data", key});
  if (value == nullptr || !value->is_string()) {
    if (optional) return std::optional<std::string>();
    return fail(ErrorCode::kNotFound, fmt::format("couldn't find key {} in {} {}/{}", key,
                                                  secret ? "Secret" : "ConfigMap", space, name));
  }
  const std::string_view text = json::view(value->get_string());
  if (!secret) return std::optional<std::string>(text);
  std::optional<std::string> decoded = decode_base64(text);
  if (!decoded)
    return fail(ErrorCode::kInvalid,
                fmt::format("key {} in Secret {}/{} is not base64", key, space, name));
  return decoded;
}

Result<void> add_env_from(Environment& env, const json::Value& from, const Resolved& resolved) {
  const json::Value* secret = json::find(from, "secretRef");
  const json::Value* reference = secret != nullptr ? secret : json::find(from, "configMapRef");
  if (reference == nullptr) return {};
  const std::string name(string_at(*reference, "name"));
  const auto& known = secret != nullptr ? resolved.secrets : resolved.config_maps;
  const auto found = known.find(name);
  if (found == known.end()) {
    if (json::bool_at(*reference, {"optional"})) return {};
    return fail(
        ErrorCode::kNotFound,
        fmt::format("{} \"{}\" not found", secret != nullptr ? "secret" : "configmap", name));
  }
  const std::string prefix(string_at(from, "prefix"));
  for (const auto& [key, value] : json::object_at(*found->second, {"data"})) {
    if (!value.is_string() || !is_env_name(prefix + std::string(key))) continue;  // as kubelet
    const std::string_view text = json::view(value.get_string());
    const auto decoded = secret != nullptr ? decode_base64(text) : std::string(text);
    if (decoded) set(env, prefix + std::string(key), *decoded);
  }
  return {};
}

Result<Environment> pod_environment(const json::Value& pod, const json::Value& container,
                                    const Resolved& resolved) {
  const std::string_view space = kube::namespace_of(pod);
  Environment env{{"KUBERNETES_SERVICE_HOST", resolved.api_host},
                  {"KUBERNETES_SERVICE_PORT", resolved.api_port},
                  {"KUBERNETES_SERVICE_PORT_HTTPS", resolved.api_port}};
  for (const json::Value& from : json::array_at(container, {"envFrom"}))
    TRY(add_env_from(env, from, resolved));
  for (const json::Value& variable : json::array_at(container, {"env"})) {
    const std::string_view name = string_at(variable, "name");
    const json::Value* from = json::find(variable, "valueFrom");
    if (from == nullptr || !from->is_object()) {
      set(env, name, expand(string_at(variable, "value"), env));
    } else if (const json::Value* field = json::find(*from, "fieldRef")) {
      set(env, name, TRY(field_value(pod, string_at(*field, "fieldPath"), resolved)));
    } else if (const json::Value* resource = json::find(*from, "resourceFieldRef")) {
      set(env, name, TRY(resource_value(pod, *resource, string_at(container, "name"))));
    } else {
      const json::Value* secret = json::find(*from, "secretKeyRef");
      const json::Value* map = json::find(*from, "configMapKeyRef");
      if (secret == nullptr && map == nullptr) continue;
      auto value =
          TRY(key_value(secret != nullptr ? *secret : *map, secret != nullptr, space, resolved));
      if (value) set(env, name, std::move(*value));
    }
  }
  return env;
}

std::vector<std::string> expanded(const json::Value& container, std::string_view key,
                                  const Environment& env) {
  std::vector<std::string> result;
  for (const json::Value& item : json::array_at(container, {key}))
    if (item.is_string()) result.push_back(expand(json::view(item.get_string()), env));
  return result;
}

// command replaces the image's entry point and its CMD; args replaces CMD alone.
std::vector<std::string> argv_of(const json::Value& container, const ImageConfig& image,
                                 const Environment& env) {
  std::vector<std::string> command = expanded(container, "command", env);
  std::vector<std::string> args = expanded(container, "args", env);
  if (command.empty()) {
    command = image.entrypoint;
    if (args.empty()) args = image.command;
  }
  std::ranges::move(args, std::back_inserter(command));
  return command;
}

std::int64_t security(const json::Value& pod, const json::Value& container, std::string_view key,
                      std::int64_t otherwise) {
  const std::int64_t own = json::int_at(pod, {"spec", "securityContext", key}, otherwise);
  return json::int_at(container, {"securityContext", key}, own);
}

Result<std::int64_t> limit_of(const json::Value& container, std::string_view what) {
  const json::Value* value = json::find(container, {"resources", "limits", what});
  if (value == nullptr) return 0;
  const kube::Quantity quantity = TRY(kube::Quantity::from_json(*value));
  return what == "cpu" ? quantity.to_milli() : quantity.to_bytes();
}

Result<std::vector<Mount>> mounts_of(const json::Value& container,
                                     const std::vector<Volume>& volumes, const Environment& env) {
  std::vector<Mount> mounts;
  for (const json::Value& spec : json::array_at(container, {"volumeMounts"})) {
    Mount mount;
    mount.volume = string_at(spec, "name");
    mount.path = string_at(spec, "mountPath");
    mount.sub_path = string_at(spec, "subPath");
    mount.read_only = json::bool_at(spec, {"readOnly"});
    if (const std::string_view expression = string_at(spec, "subPathExpr"); !expression.empty())
      mount.sub_path = expand(expression, env);
    const auto volume = std::ranges::find(volumes, mount.volume, &Volume::name);
    if (volume == volumes.end())
      return fail(ErrorCode::kInvalid,
                  fmt::format("container \"{}\" mounts volume \"{}\", which the pod does not have",
                              string_at(container, "name"), mount.volume));
    if (!mount.path.starts_with('/')) mount.path = "/" + mount.path;
    mount.read_only = mount.read_only || volume->kind == VolumeKind::kFiles || volume->read_only;
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

Environment with_image(const ImageConfig& image, const Environment& own,
                       const std::string& host_name) {
  Environment env{{"PATH", std::string(kDefaultPath)}, {"HOSTNAME", host_name}};
  for (const auto& [name, value] : image.env) set(env, name, value);
  for (const auto& [name, value] : own) set(env, name, value);
  if (get(env, "HOME") == nullptr) set(env, "HOME", image.home);
  return env;
}

Result<Container> make_container(const json::Value& pod, const json::Value& spec,
                                 const Resolved& resolved, const ExecPlan& plan) {
  Container container;
  container.name = string_at(spec, "name");
  container.image = string_at(spec, "image");
  const auto image = resolved.images.find(container.name);
  if (image == resolved.images.end())
    return fail(ErrorCode::kNotFound, fmt::format("image \"{}\" is not ready", container.image));
  const Environment env = TRY(pod_environment(pod, spec, resolved));
  container.argv = argv_of(spec, image->second, env);
  container.env = with_image(image->second, env, plan.host_name);
  container.working_directory = string_at(spec, "workingDir");
  if (container.working_directory.empty())
    container.working_directory = image->second.working_directory;
  container.mounts = TRY(mounts_of(spec, plan.volumes, env));
  container.user = security(pod, spec, "runAsUser", image->second.user);
  container.group = security(pod, spec, "runAsGroup", image->second.group);
  const bool not_root =
      json::bool_at(spec, {"securityContext", "runAsNonRoot"},
                    json::bool_at(pod, {"spec", "securityContext", "runAsNonRoot"}));
  if (not_root && container.user == 0)
    return fail(ErrorCode::kInvalid,
                fmt::format("container has runAsNonRoot and image will run as root (pod: {}, "
                            "container: {})",
                            kube::key_of(pod), container.name));
  container.read_only_root = json::bool_at(spec, {"securityContext", "readOnlyRootFilesystem"});
  container.memory_limit = TRY(limit_of(spec, "memory"));
  container.cpu_limit = TRY(limit_of(spec, "cpu"));
  container.message_path = string_at(spec, "terminationMessagePath");
  if (container.message_path.empty()) container.message_path = kMessagePath;
  container.message_from_log =
      string_at(spec, "terminationMessagePolicy") == "FallbackToLogsOnError";
  return container;
}

}  // namespace

std::string expand(std::string_view text, const Environment& env) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    if (text[i + 1] == '$') {
      result += '$';
      ++i;
      continue;
    }
    const std::size_t end = text[i + 1] == '(' ? text.find(')', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      result += '$';
      continue;
    }
    const std::string_view name = text.substr(i + 2, end - i - 2);
    const std::string* value = get(env, name);
    result += value != nullptr ? *value : std::string(text.substr(i, end - i + 1));
    i = end;
  }
  return result;
}

Result<ExecPlan> make_plan(const json::Value& pod, const Resolved& resolved) {
  ExecPlan plan;
  plan.volumes = TRY(make_volumes(pod, resolved));
  plan.host_name = string_at(pod, {"spec", "hostname"});
  if (plan.host_name.empty()) plan.host_name = kube::name_of(pod).substr(0, 63);
  while (plan.host_name.ends_with('-') || plan.host_name.ends_with('.')) plan.host_name.pop_back();
  if (const json::Value* group = json::find(pod, {"spec", "securityContext", "fsGroup"}))
    plan.fs_group = json::int_at(*group, {});
  for (const json::Value& spec : json::array_at(pod, {"spec", "initContainers"}))
    plan.init_containers.push_back(TRY(make_container(pod, spec, resolved, plan)));
  for (const json::Value& spec : json::array_at(pod, {"spec", "containers"}))
    plan.containers.push_back(TRY(make_container(pod, spec, resolved, plan)));
  return plan;
}

}  // namespace firesteel::node::plan
