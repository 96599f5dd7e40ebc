#include "base/json/print.h"
#include "kube/object.h"
#include "kube/quantity.h"
#include "node/plan/base64.h"
#include "node/plan/exec_plan.h"
#include "node/plan/fields.h"

namespace firesteel::node::plan {
namespace {

using json::string_at;

struct Entry {
  std::string key;
  std::string content;
};

Result<std::vector<Entry>> entries_of(const json::Value& object, bool secret) {
  std::vector<Entry> entries;
  const auto decode = [&](std::string_view key, const json::Value& value) -> Result<void> {
    const auto content =
        value.is_string() ? decode_base64(json::view(value.get_string())) : std::nullopt;
    if (!content)
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: the value of {} is not base64", kube::key_of(object), key));
    entries.push_back({std::string(key), *content});
    return {};
  };
  for (const auto& [key, value] : json::object_at(object, {"data"})) {
    if (secret) {
      TRY(decode(key, value));
    } else if (value.is_string()) {
      entries.push_back({key, std::string(json::view(value.get_string()))});
    }
  }
  for (const auto& [key, value] : json::object_at(object, {"binaryData"})) TRY(decode(key, value));
  return entries;
}

unsigned mode_of(const json::Value& item, std::string_view key, unsigned otherwise) {
  return static_cast<unsigned>(json::int_at(item, {key}, otherwise));
}

// The files of a ConfigMap or Secret volume, or of such a source of a projected one.
Result<std::vector<File>> object_files(const json::Value& source, std::string_view name,
                                       bool secret, const Resolved& resolved, unsigned mode) {
  const bool optional = json::bool_at(source, {"optional"});
  const auto& known = secret ? resolved.secrets : resolved.config_maps;
  const auto found = known.find(std::string(name));
  const std::string_view kind = secret ? "secret" : "configmap";
  if (found == known.end()) {
    if (optional) return std::vector<File>{};
    return fail(ErrorCode::kNotFound, fmt::format("{} \"{}\" not found", kind, name));
  }
  const std::vector<Entry> entries = TRY(entries_of(*found->second, secret));
  std::vector<File> files;
  const json::Array& items = json::array_at(source, {"items"});
  if (items.empty())
    for (const Entry& entry : entries) files.push_back({entry.key, entry.content, mode});
  for (const json::Value& item : items) {
    const std::string_view key = string_at(item, "key");
    const auto entry = std::ranges::find(entries, key, &Entry::key);
    if (entry != entries.end()) {
      files.push_back(
          {std::string(string_at(item, "path")), entry->content, mode_of(item, "mode", mode)});
    } else if (!optional) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("{} \"{}\" references non-existent key: {}", kind, name, key));
    }
  }
  return files;
}

Result<std::vector<File>> downward_files(const json::Value& pod, const json::Value& source,
                                         const Resolved& resolved, unsigned mode) {
  std::vector<File> files;
  for (const json::Value& item : json::array_at(source, {"items"})) {
    std::string content;
    if (const json::Value* field = json::find(item, "fieldRef")) {
      content = TRY(field_value(pod, string_at(*field, "fieldPath"), resolved));
    } else if (const json::Value* resource = json::find(item, "resourceFieldRef")) {
      content = TRY(resource_value(pod, *resource, ""));
    }
    files.push_back(
        {std::string(string_at(item, "path")), std::move(content), mode_of(item, "mode", mode)});
  }
  return files;
}

References::Token token_of(const json::Value& source) {
  return {std::string(string_at(source, "audience")),
          json::int_at(source, {"expirationSeconds"}, 3600)};
}

Result<std::vector<File>> projected_files(const json::Value& pod, const json::Value& projected,
                                          const Resolved& resolved, Volume& volume) {
  const unsigned mode = mode_of(projected, "defaultMode", 0644);
  std::vector<File> files;
  const auto take = [&files](std::vector<File> more) {
    std::ranges::move(more, std::back_inserter(files));
  };
  for (const json::Value& source : json::array_at(projected, {"sources"})) {
    if (const json::Value* map = json::find(source, "configMap")) {
      take(TRY(object_files(*map, string_at(*map, "name"), false, resolved, mode)));
    } else if (const json::Value* secret = json::find(source, "secret")) {
      take(TRY(object_files(*secret, string_at(*secret, "name"), true, resolved, mode)));
    } else if (const json::Value* downward = json::find(source, "downwardAPI")) {
      take(TRY(downward_files(pod, *downward, resolved, mode)));
    } else if (const json::Value* token = json::find(source, "serviceAccountToken")) {
      const auto found = resolved.tokens.find(token_of(*token));
      if (found == resolved.tokens.end())
        return fail(ErrorCode::kNotFound,
                    fmt::format("no token for service account \"{}\"",
                                string_at(pod, {"spec", "serviceAccountName"})));
      // Only the container's user reads it, whoever that is.
      files.push_back({std::string(string_at(*token, "path")), found->second, 0600});
      volume.has_token = true;
    }
  }
  return files;
}

bool stays_inside(std::string_view path) {
  if (path.empty() || path.starts_with('/')) return false;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (path.substr(0, slash) == "..") return false;
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return true;
}

// The claim that a volume stands for, "" for other volumes. An ephemeral one's is named after pod
// and volume.
std::string claim_of(const json::Value& pod, const json::Value& volume) {
  if (json::find(volume, "ephemeral") != nullptr)
    return fmt::format("{}-{}", kube::name_of(pod), string_at(volume, "name"));
  return std::string(string_at(volume, {"persistentVolumeClaim", "claimName"}));
}

Result<Volume> make_volume(const json::Value& pod, const json::Value& spec,
                           const Resolved& resolved) {
  Volume volume;
  volume.name = string_at(spec, "name");
  if (const json::Value* map = json::find(spec, "configMap")) {
    volume.files = TRY(object_files(*map, string_at(*map, "name"), false, resolved,
                                    mode_of(*map, "defaultMode", 0644)));
  } else if (const json::Value* secret = json::find(spec, "secret")) {
    volume.files = TRY(object_files(*secret, string_at(*secret, "secretName"), true, resolved,
                                    mode_of(*secret, "defaultMode", 0644)));
  } else if (const json::Value* projected = json::find(spec, "projected")) {
    volume.files = TRY(projected_files(pod, *projected, resolved, volume));
  } else if (const json::Value* downward = json::find(spec, "downwardAPI")) {
    volume.files =
        TRY(downward_files(pod, *downward, resolved, mode_of(*downward, "defaultMode", 0644)));
  } else if (const json::Value* host = json::find(spec, "hostPath")) {
    volume.kind = VolumeKind::kHostPath;
    volume.host_path = string_at(*host, "path");
    volume.host_type = string_at(*host, "type");
  } else if (const std::string claim = claim_of(pod, spec); !claim.empty()) {
    volume.kind = VolumeKind::kClaim;
    const auto found = resolved.claims.find(claim);
    if (found == resolved.claims.end())
      return fail(ErrorCode::kNotFound,
                  fmt::format("persistentvolumeclaim \"{}\" not found, or not bound yet", claim));
    volume.host_path = found->second;
    volume.read_only = json::bool_at(spec, {"persistentVolumeClaim", "readOnly"});
  } else if (const json::Value* empty = json::find(spec, "emptyDir")) {
    const bool memory = string_at(*empty, "medium") == "Memory";
    volume.kind = memory ? VolumeKind::kMemoryDir : VolumeKind::kEmptyDir;
    if (const json::Value* size = json::find(*empty, "sizeLimit"))
      volume.size_limit = TRY(kube::Quantity::from_json(*size)).to_bytes();
  } else {
    std::string type = "none";
    if (spec.is_object())
      for (const auto& pair : spec.get_object())
        if (pair.key() != "name") type = pair.key();
    return fail(ErrorCode::kInvalid,
                fmt::format("volume \"{}\" is of type {}, which this node does not have (it has "
                            "configMap, secret, projected, downwardAPI, emptyDir, hostPath, "
                            "persistentVolumeClaim, ephemeral)",
                            volume.name, type));
  }
  for (const File& file : volume.files)
    if (!stays_inside(file.path))
      return fail(ErrorCode::kInvalid,
                  fmt::format("volume \"{}\": path {} leaves the volume", volume.name, file.path));
  return volume;
}

}  // namespace

Result<std::vector<Volume>> make_volumes(const json::Value& pod, const Resolved& resolved) {
  std::vector<Volume> volumes;
  for (const json::Value& spec : json::array_at(pod, {"spec", "volumes"}))
    volumes.push_back(TRY(context(
        make_volume(pod, spec, resolved),
        fmt::format("MountVolume.SetUp failed for volume \"{}\"", string_at(spec, "name")))));
  return volumes;
}

References references_of(const json::Value& pod) {
  std::map<std::string, bool> maps;  // name -> optional
  std::map<std::string, bool> secrets;
  std::set<References::Token> tokens;
  std::set<std::string> claims;
  const auto note = [](auto& into, const json::Value& source, std::string_view key) {
    const std::string name(string_at(source, key));
    if (name.empty()) return;
    const bool optional = json::bool_at(source, {"optional"});
    const auto [entry, fresh] = into.try_emplace(name, optional);
    if (!fresh) entry->second = entry->second && optional;
  };
  const auto source = [&](const json::Value& from) {
    if (const json::Value* map = json::find(from, "configMap")) note(maps, *map, "name");
    if (const json::Value* secret = json::find(from, "secret"))
      note(secrets, *secret, json::find(*secret, "secretName") ? "secretName" : "name");
    if (const json::Value* token = json::find(from, "serviceAccountToken"))
      tokens.insert(token_of(*token));
  };
  for (const json::Value& volume : json::array_at(pod, {"spec", "volumes"})) {
    source(volume);
    if (std::string claim = claim_of(pod, volume); !claim.empty()) claims.insert(std::move(claim));
    for (const json::Value& one : json::array_at(volume, {"projected", "sources"})) source(one);
  }
  for (const std::string_view list : {"initContainers", "containers"}) {
    for (const json::Value& container : json::array_at(pod, {"spec", list})) {
      for (const json::Value& from : json::array_at(container, {"envFrom"})) {
        if (const json::Value* map = json::find(from, "configMapRef")) note(maps, *map, "name");
        if (const json::Value* secret = json::find(from, "secretRef"))
          note(secrets, *secret, "name");
      }
      for (const json::Value& env : json::array_at(container, {"env"})) {
        if (const json::Value* map = json::find(env, {"valueFrom", "configMapKeyRef"}))
          note(maps, *map, "name");
        if (const json::Value* secret = json::find(env, {"valueFrom", "secretKeyRef"}))
          note(secrets, *secret, "name");
      }
    }
  }
  References result;
  for (const auto& [name, optional] : maps) result.config_maps.push_back({name, optional});
  for (const auto& [name, optional] : secrets) result.secrets.push_back({name, optional});
  result.tokens.assign(tokens.begin(), tokens.end());
  result.claims.assign(claims.begin(), claims.end());
  return result;
}

}  // namespace firesteel::node::plan
