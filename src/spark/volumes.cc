#include "spark/volumes.h"

#include <fmt/format.h>

#include <array>

#include "spark/memory.h"
#include "spark/names.h"

namespace firesteel::spark {
namespace {

constexpr std::string_view kTypes[] = {"hostPath", "emptyDir", "nfs", "persistentVolumeClaim"};

// One volume's keys: "mount.path", "options.path", ...
struct Source {
  std::string type;
  std::string name;
  std::string prefix;  // of its keys: for messages
  StringMap keys;
  [[nodiscard]] std::string get(std::string_view key) const {
    const auto at = keys.find(key);
    return at == keys.end() ? std::string() : at->second;
  }
};

std::vector<Source> sources(const Conf& conf, std::string_view role) {
  const std::string prefix = fmt::format("spark.kubernetes.{}.volumes.", role);
  std::vector<Source> out;
  for (const auto& [rest, value] : conf.with_prefix(prefix)) {
    const std::size_t dot = rest.find('.');
    const std::size_t next = dot == std::string::npos ? dot : rest.find('.', dot + 1);
    if (next == std::string::npos) continue;
    const std::string type = rest.substr(0, dot);
    const std::string name = rest.substr(dot + 1, next - dot - 1);
    if (out.empty() || out.back().type != type || out.back().name != name) {
      out.push_back({type, name, fmt::format("{}{}.{}", prefix, type, name), {}});
    }
    out.back().keys.emplace(rest.substr(next + 1), value);
  }
  return out;
}

class Builder {
 public:
  Builder(const Source& source, const VersionRules& rules, std::vector<Problem>& problems)
      : source_(source), rules_(rules), problems_(problems) {}

  json::Value mount() {
    const std::string sub_path = source_.get("mount.subPath");
    const std::string sub_path_expr = source_.get("mount.subPathExpr");
    // Before 4.0 Spark has no expressions and ignores them.
    if (rules_.sub_path_expr && !sub_path.empty() && !sub_path_expr.empty()) {
      problem("mount.subPathExpr", "mount.subPath and mount.subPathExpr exclude each other");
    }
    json::Object mount{{"mountPath", required("mount.path")},
                       {"name", source_.name},
                       {"readOnly", read_only()},
                       {"subPath", sub_path}};
    if (rules_.sub_path_expr) mount["subPathExpr"] = sub_path_expr;
    return mount;
  }

  json::Value volume(std::string_view claim_name) {
    json::Object volume{{"name", source_.name}};
    if (source_.type == "hostPath") {
      volume["hostPath"] =
          json::Object{{"path", required("options.path")},
                       {"type", rules_.host_path_type ? source_.get("options.type") : ""}};
    } else if (source_.type == "emptyDir") {
      json::Object source{{"medium", source_.get("options.medium")}};
      if (const std::string limit = size_limit(); !limit.empty()) source["sizeLimit"] = limit;
      volume["emptyDir"] = std::move(source);
    } else if (source_.type == "nfs") {
      volume["nfs"] =
          json::Object{{"path", required("options.path")}, {"server", required("options.server")}};
    } else if (source_.type == "persistentVolumeClaim") {
      volume["persistentVolumeClaim"] = json::Object{
          {"claimName", claim_name}, {"readOnly", source_.get("mount.readOnly") == "true"}};
    } else {
      problem("", fmt::format("Kubernetes Volume type `{}` is not supported; expected one of {}",
                              source_.type, fmt::join(kTypes, ", ")));
    }
    return volume;
  }

  // The claim to create, or null: Spark makes one when storage class and size are both given.
  json::Value claim(std::string_view claim_name, std::string_view app_id) {
    const std::string storage_class = source_.get("options.storageClass");
    const std::string limit = size_limit();
    if (storage_class.empty() || limit.empty()) return nullptr;
    json::Object labels{{kLabelSparkAppSelector, app_id}};
    json::Object annotations;
    if (rules_.claim_metadata) {
      for (const auto& [key, value] : source_.keys) {
        if (key.starts_with("label.")) labels[key.substr(6)] = value;
        if (key.starts_with("annotation.")) annotations[key.substr(11)] = value;
      }
    }
    json::Object metadata{{"name", claim_name}, {"labels", std::move(labels)}};
    if (!annotations.empty()) metadata["annotations"] = std::move(annotations);
    const std::string_view mode =
        rules_.read_write_once_pod && !legacy_access_mode ? "ReadWriteOncePod" : "ReadWriteOnce";
    json::Array modes;
    modes.push_back(json::Value(mode));
    return json::Object{
        {"apiVersion", "v1"},
        {"kind", "PersistentVolumeClaim"},
        {"metadata", std::move(metadata)},
        {"spec",
         json::Object{{"accessModes", std::move(modes)},
                      {"resources", json::Object{{"requests", json::Object{{"storage", limit}}}}},
                      {"storageClassName", storage_class}}}};
  }

  std::string required(std::string_view key) {
    std::string value = source_.get(key);
    if (value.empty()) {
      problem(key, fmt::format("{}.{}.{} is required for {}", source_.type, source_.name, key,
                               source_.type));
    }
    return value;
  }

  bool legacy_access_mode = false;

 private:
  bool read_only() {
    const std::string text = source_.get("mount.readOnly");
    if (!text.empty() && text != "true" && text != "false") {
      problem("mount.readOnly", fmt::format("found \"{}\", expected true or false", text));
    }
    return text == "true";
  }

  std::string size_limit() {
    std::string limit = source_.get("options.sizeLimit");
    if (!limit.empty() && !is_quantity(limit)) {
      problem("options.sizeLimit",
              fmt::format("found \"{}\", expected a quantity such as 10Gi", limit));
    } else if (rules_.size_limit_check && limit.size() < 4 &&
               limit.find_first_not_of("0123456789") == std::string::npos && !limit.empty()) {
      problem("options.sizeLimit",
              fmt::format("found \"{}\", which is {} bytes; expected a unit, such as {}Gi", limit,
                          limit, limit));
    }
    return limit;
  }

  void problem(std::string_view key, std::string message) {
    problems_.push_back(
        {fmt::format("spec.sparkConf[{}{}{}]", source_.prefix, key.empty() ? "" : ".", key),
         std::move(message), "FieldValueInvalid"});
  }

  const Source& source_;
  const VersionRules& rules_;
  std::vector<Problem>& problems_;
};

}  // namespace

std::vector<ConfVolume> conf_volumes(const Conf& conf, std::string_view role,
                                     std::string_view prefix, std::string_view app_id,
                                     const VersionRules& rules, std::vector<Problem>& problems) {
  std::vector<ConfVolume> out;
  std::map<std::string, std::string> paths;
  const std::vector<Source> all = sources(conf, role);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Source& source = all[i];
    Builder builder(source, rules, problems);
    builder.legacy_access_mode = conf.is_true("spark.kubernetes.legacy.useReadWriteOnceAccessMode");
    std::string claim_name;
    bool on_demand = false;
    if (source.type == "persistentVolumeClaim") {
      claim_name = builder.required("options.claimName");
      on_demand = claim_name == "OnDemand";
      if (on_demand) claim_name = fmt::format("{}-{}-pvc-{}", prefix, role, i);
    }
    ConfVolume volume;
    volume.name = source.name;
    volume.volume = builder.volume(claim_name);
    volume.mount = builder.mount();
    if (source.type == "persistentVolumeClaim") volume.claim = builder.claim(claim_name, app_id);
    const std::string path(json::string_at(volume.mount, "mountPath"));
    if (const auto [at, first] = paths.emplace(path, source.name); !first && !path.empty()) {
      problems.push_back({fmt::format("spec.sparkConf[{}.mount.path]", source.prefix),
                          fmt::format("Found duplicated mountPath: '{}' (volumes {} and {})", path,
                                      at->second, source.name),
                          "FieldValueDuplicate"});
    }
    out.push_back(std::move(volume));
  }
  return out;
}

bool set_local_volume(Conf& conf, std::string_view role, const json::Value& volume,
                      const json::Value& mount, std::string_view origin) {
  struct Option {
    std::string_view type;
    std::string_view field;
  };
  constexpr std::array kOptions = {
      Option{"emptyDir", "medium"},
      Option{"emptyDir", "sizeLimit"},
      Option{"hostPath", "path"},
      Option{"hostPath", "type"},
      Option{"nfs", "path"},
      Option{"nfs", "server"},
      Option{"persistentVolumeClaim", "claimName"},
  };
  const std::string_view name = json::string_at(volume, "name");
  for (const std::string_view type : kTypes) {
    const json::Value* source = json::find(volume, type);
    if (source == nullptr) continue;
    const std::string key = fmt::format("spark.kubernetes.{}.volumes.{}.{}.", role, type, name);
    conf.set(key + "mount.path", std::string(json::string_at(mount, "mountPath")),
             std::string(origin));
    const bool read_only = json::bool_at(mount, {"readOnly"});
    conf.set(key + "mount.readOnly", read_only ? "true" : "false", std::string(origin));
    if (const std::string_view sub = json::string_at(mount, "subPath"); !sub.empty()) {
      conf.set(key + "mount.subPath", std::string(sub), std::string(origin));
    }
    for (const Option& option : kOptions) {
      if (option.type != type) continue;
      const json::Value* value = json::find(*source, option.field);
      if (value == nullptr || !value->is_string() || value->get_string().empty()) continue;
      conf.set(fmt::format("{}options.{}", key, option.field),
               std::string(json::view(value->get_string())), std::string(origin));
    }
    return true;
  }
  return false;
}

}  // namespace firesteel::spark
