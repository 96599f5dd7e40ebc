#include "apiserver/pod_validation.h"

#include <set>

#include "base/json/print.h"
#include "kube/names.h"
#include "kube/quantity.h"

namespace firesteel::apiserver {

namespace {

using Problems = std::vector<Problem>;

// A member that must be one of a few words; `supported` is their list as messages have it.
void check_choice(const json::Value& owner, const std::string& path, std::string_view member,
                  std::string_view supported, Problems& problems) {
  const std::string_view found = json::string_at(owner, member);
  if (supported.find(fmt::format("\"{}\"", found)) != std::string_view::npos) return;
  problems.push_back(unsupported(fmt::format("{}.{}", path, member), found, supported));
}

// A request may not exceed its limit.
void check_limit(const json::Value& container, std::string_view list, std::string_view name,
                 const kube::Quantity& request, const std::string& path, Problems& problems) {
  const json::Value* limit = json::find(container, {"resources", "limits", name});
  if (list != "requests" || limit == nullptr) return;
  const auto most = kube::Quantity::from_json(*limit);
  if (!most || request <= *most) return;
  problems.push_back({path + ".resources.requests",
                      fmt::format("Invalid value: \"{}\": must be less than or equal to {} limit "
                                  "of {}",
                                  request.text(), name, most->text()),
                      "FieldValueInvalid"});
}

// Printable ASCII but for '='. Source: apimachinery validation IsRelaxedEnvVarName.
bool is_variable_name(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~' && c != '='; });
}

void check_environment(const json::Value& container, const std::string& path, Problems& problems) {
  const json::Array& variables = json::array_at(container, {"env"});
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const std::string at = fmt::format("{}.env[{}]", path, i);
    const std::string_view name = json::string_at(variables[i], "name");
    if (name.empty()) {
      problems.push_back({at + ".name", "Required value", "FieldValueRequired"});
    } else if (!is_variable_name(name)) {
      problems.push_back({at + ".name",
                          fmt::format("Invalid value: \"{}\": a valid environment variable name "
                                      "must consist only of printable ASCII characters other than "
                                      "'='",
                                      name),
                          "FieldValueInvalid"});
    }
    if (json::find(variables[i], "valueFrom") == nullptr) continue;
    const json::Object& from = json::object_at(variables[i], {"valueFrom"});
    if (from.empty()) {
      problems.push_back({at + ".valueFrom",
                          "Invalid value: \"\": must specify one of: `fieldRef`, "
                          "`resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
                          "FieldValueInvalid"});
    } else if (!json::string_at(variables[i], "value").empty()) {
      problems.push_back({at + ".valueFrom",
                          "Invalid value: \"\": may not be specified when `value` is not empty",
                          "FieldValueInvalid"});
    }
  }
}

void check_ports(const json::Value& container, const std::string& path, Problems& problems) {
  const json::Array& ports = json::array_at(container, {"ports"});
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string at = fmt::format("{}.ports[{}]", path, i);
    const std::int64_t port = json::int_at(ports[i], {"containerPort"});
    if (port == 0) {
      problems.push_back({at + ".containerPort", "Required value", "FieldValueRequired"});
    } else if (port < 0 || port > 65535) {
      problems.push_back(
          {at + ".containerPort",
           fmt::format("Invalid value: {}: must be between 1 and 65535, inclusive", port),
           "FieldValueInvalid"});
    }
    check_choice(ports[i], at, "protocol", "\"SCTP\", \"TCP\", \"UDP\"", problems);
  }
}

// Exactly one source.
void check_volume_source(const json::Value& volume, const std::string& path, Problems& problems) {
  std::size_t sources = 0;
  for (const auto& member : volume.as_object()) {
    if (member.key() == "name") continue;
    if (++sources == 2) {
      problems.push_back({fmt::format("{}.{}", path, std::string_view(member.key())),
                          "Forbidden: may not specify more than 1 volume type",
                          "FieldValueForbidden"});
    }
  }
  if (sources == 0) {
    problems.push_back({path, "Required value: must specify a volume type", "FieldValueRequired"});
  }
}

void check_quantities(const json::Value& container, const std::string& path, Problems& problems) {
  for (std::string_view list : {"limits", "requests"}) {
    for (const auto& member : json::object_at(container, {"resources", list})) {
      const std::string at =
          fmt::format("{}.resources.{}[{}]", path, list, std::string_view(member.key()));
      const auto quantity = kube::Quantity::from_json(member.value());
      if (!quantity) {
        problems.push_back({at,
                            fmt::format("Invalid value: {}: {}", json::print(member.value()),
                                        quantity.error().message),
                            "FieldValueInvalid"});
        continue;
      }
      check_limit(container, list, member.key(), *quantity, path, problems);
      if (quantity->is_negative()) {
        problems.push_back({at,
                            fmt::format("Invalid value: \"{}\": must be greater than or equal to 0",
                                        quantity->text()),
                            "FieldValueInvalid"});
      }
    }
  }
}

void check_mounts(const json::Value& container, const std::string& path,
                  const std::set<std::string_view>& volumes, Problems& problems) {
  const json::Array& mounts = json::array_at(container, {"volumeMounts"});
  std::set<std::string_view> paths;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const std::string at = fmt::format("{}.volumeMounts[{}]", path, i);
    const std::string_view name = json::string_at(mounts[i], "name");
    if (!volumes.contains(name)) {
      problems.push_back(
          {at + ".name", fmt::format("Not found: \"{}\"", name), "FieldValueNotFound"});
    }
    const std::string_view mount = json::string_at(mounts[i], "mountPath");
    if (mount.empty()) {
      problems.push_back({at + ".mountPath", "Required value", "FieldValueRequired"});
    } else if (!paths.insert(mount).second) {
      problems.push_back({at + ".mountPath",
                          fmt::format("Invalid value: \"{}\": must be unique", mount),
                          "FieldValueInvalid"});
    }
  }
}

void check_containers(const json::Value& spec, const std::string& path,
                      const std::set<std::string_view>& volumes, Problems& problems) {
  std::set<std::string_view> names;
  for (std::string_view list : {"initContainers", "containers"}) {
    const json::Array& containers = json::array_at(spec, {list});
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const std::string at = fmt::format("{}.{}[{}]", path, list, i);
      const std::string_view name = json::string_at(containers[i], "name");
      if (name.empty()) {
        problems.push_back({at + ".name", "Required value", "FieldValueRequired"});
      }
      for (const std::string& wrong : kube::check_dns1123_label(name)) {
        if (name.empty()) break;
        problems.push_back({at + ".name", fmt::format("Invalid value: \"{}\": {}", name, wrong),
                            "FieldValueInvalid"});
      }
      if (!name.empty() && !names.insert(name).second) {
        problems.push_back(
            {at + ".name", fmt::format("Duplicate value: \"{}\"", name), "FieldValueDuplicate"});
      }
      if (json::string_at(containers[i], "image").empty()) {
        problems.push_back({at + ".image", "Required value", "FieldValueRequired"});
      }
      check_quantities(containers[i], at, problems);
      check_environment(containers[i], at, problems);
      check_ports(containers[i], at, problems);
      if (json::string_at(containers[i], "image").empty()) continue;
      check_choice(containers[i], at, "imagePullPolicy", "\"Always\", \"IfNotPresent\", \"Never\"",
                   problems);
      check_mounts(containers[i], at, volumes, problems);
    }
  }
}

}  // namespace

Problem unsupported(std::string path, std::string_view found, std::string_view supported) {
  return {std::move(path),
          fmt::format("Unsupported value: \"{}\": supported values: {}", found, supported),
          "FieldValueNotSupported"};
}

void check_pod_spec(const json::Value& spec, const std::string& path,
                    std::vector<Problem>& problems) {
  std::set<std::string_view> volumes;
  const json::Array& declared = json::array_at(spec, {"volumes"});
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const std::string at = fmt::format("{}.volumes[{}].name", path, i);
    const std::string_view name = json::string_at(declared[i], "name");
    if (name.empty()) {
      problems.push_back({at, "Required value", "FieldValueRequired"});
    } else if (!volumes.insert(name).second) {
      problems.push_back({at, fmt::format("Duplicate value: \"{}\"", name), "FieldValueDuplicate"});
    }
    check_volume_source(declared[i], fmt::format("{}.volumes[{}]", path, i), problems);
  }
  if (json::array_at(spec, {"containers"}).empty()) {
    problems.push_back({path + ".containers", "Required value", "FieldValueRequired"});
  }
  check_containers(spec, path, volumes, problems);
  check_choice(spec, path, "restartPolicy", "\"Always\", \"OnFailure\", \"Never\"", problems);
  check_choice(spec, path, "dnsPolicy",
               "\"ClusterFirst\", \"ClusterFirstWithHostNet\", \"Default\", \"None\"", problems);
}

}  // namespace firesteel::apiserver
