#include "apiserver/pod_security.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "kube/object.h"

namespace firesteel::apiserver {

namespace {

using Names = std::vector<std::string>;

struct Violations {
  std::vector<std::string> list;
  void add(std::string_view reason, const std::string& detail) {
    list.push_back(fmt::format("{} ({})", reason, detail));
  }
};

// "a", "b"
std::string quoted(const Names& names) {
  std::string out;
  for (const std::string& name : names) {
    out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", name);
  }
  return out;
}

std::string plural(std::string_view one, std::string_view many, std::size_t count) {
  return std::string(count == 1 ? one : many);
}

std::string containers_named(const Names& names) {
  return fmt::format("{} {}", plural("container", "containers", names.size()), quoted(names));
}

void each_container(const json::Value& pod, const std::function<void(const json::Value&)>& visit) {
  for (std::string_view list : {"initContainers", "containers", "ephemeralContainers"}) {
    for (const json::Value& container : json::array_at(pod, {"spec", list})) visit(container);
  }
}

Names containers_where(const json::Value& pod,
                       const std::function<bool(const json::Value&)>& holds) {
  Names names;
  each_container(pod, [&](const json::Value& container) {
    if (holds(container)) names.emplace_back(json::string_at(container, "name"));
  });
  return names;
}

std::set<std::string> strings(const json::Array& array) {
  std::set<std::string> out;
  for (const json::Value& each : array) {
    if (each.is_string()) out.emplace(json::view(each.get_string()));
  }
  return out;
}

Names without(const std::set<std::string>& found, const std::set<std::string_view>& allowed) {
  Names out;
  for (const std::string& each : found) {
    if (!allowed.contains(each)) out.push_back(each);
  }
  return out;
}

// --- baseline

// Capabilities that containers add beyond `allowed`.
void check_added_capabilities(const json::Value& pod, const std::set<std::string_view>& allowed,
                              std::string_view reason, std::string detail, Violations& out) {
  std::set<std::string> forbidden;
  const Names names = containers_where(pod, [&](const json::Value& container) {
    const Names wrong = without(
        strings(json::array_at(container, {"securityContext", "capabilities", "add"})), allowed);
    forbidden.insert(wrong.begin(), wrong.end());
    return !wrong.empty();
  });
  if (!names.empty()) {
    detail += fmt::format("{}{} must not include {} in securityContext.capabilities.add",
                          detail.empty() ? "" : "; ", containers_named(names),
                          quoted(Names(forbidden.begin(), forbidden.end())));
  }
  if (!detail.empty()) out.add(reason, detail);
}

void check_default_capabilities(const json::Value& pod, Violations& out) {
  static const std::set<std::string_view> kAllowed = {
      "AUDIT_WRITE",      "CHOWN",   "DAC_OVERRIDE", "FOWNER",  "FSETID", "KILL",      "MKNOD",
      "NET_BIND_SERVICE", "SETFCAP", "SETGID",       "SETPCAP", "SETUID", "SYS_CHROOT"};
  check_added_capabilities(pod, kAllowed, "non-default capabilities", "", out);
}

void check_host_namespaces(const json::Value& pod, Violations& out) {
  std::string detail;
  for (std::string_view member : {"hostNetwork", "hostPID", "hostIPC"}) {
    if (!json::bool_at(pod, {"spec", member})) continue;
    detail += fmt::format("{}{}=true", detail.empty() ? "" : ", ", member);
  }
  if (!detail.empty()) out.add("host namespaces", detail);
}

void check_host_paths(const json::Value& pod, Violations& out) {
  Names volumes;
  for (const json::Value& volume : json::array_at(pod, {"spec", "volumes"})) {
    if (json::find(volume, "hostPath") != nullptr) {
      volumes.emplace_back(json::string_at(volume, "name"));
    }
  }
  if (volumes.empty()) return;
  out.add("hostPath volumes",
          fmt::format("{} {}", plural("volume", "volumes", volumes.size()), quoted(volumes)));
}

void check_host_ports(const json::Value& pod, Violations& out) {
  std::set<std::int64_t> ports;
  const Names names = containers_where(pod, [&](const json::Value& container) {
    bool any = false;
    for (const json::Value& port : json::array_at(container, {"ports"})) {
      const std::int64_t number = json::int_at(port, {"hostPort"});
      if (number == 0) continue;
      ports.insert(number);
      any = true;
    }
    return any;
  });
  if (names.empty()) return;
  out.add("hostPort",
          fmt::format("{} {} {} {}", containers_named(names), plural("uses", "use", names.size()),
                      plural("hostPort", "hostPorts", ports.size()), fmt::join(ports, ", ")));
}

void check_privileged(const json::Value& pod, Violations& out) {
  const Names names = containers_where(pod, [](const json::Value& container) {
    return json::bool_at(container, {"securityContext", "privileged"});
  });
  if (names.empty()) return;
  out.add("privileged", containers_named(names) + " must not set securityContext.privileged=true");
}

void check_proc_mount(const json::Value& pod, Violations& out) {
  std::set<std::string> found;
  const Names names = containers_where(pod, [&](const json::Value& container) {
    const std::string_view mount = json::string_at(container, {"securityContext", "procMount"});
    if (mount.empty() || mount == "Default") return false;
    found.emplace(mount);
    return true;
  });
  if (names.empty()) return;
  out.add("procMount",
          fmt::format("{} must not set securityContext.procMount to {}", containers_named(names),
                      quoted(Names(found.begin(), found.end()))));
}

// The pod's own security context and its containers', those where `holds`: "pod and container "x"".
std::string setters_where(const json::Value& pod,
                          const std::function<bool(const json::Value&)>& holds) {
  const json::Value own = json::object_at(pod, {"spec", "securityContext"});
  const bool by_pod = holds(own);
  const Names names = containers_where(pod, [&](const json::Value& container) {
    return holds(json::Value(json::object_at(container, {"securityContext"})));
  });
  if (names.empty()) return by_pod ? "pod" : "";
  return (by_pod ? "pod and " : "") + containers_named(names);
}

void check_selinux(const json::Value& pod, Violations& out) {
  static const std::set<std::string_view> kTypes = {"", "container_t", "container_init_t",
                                                    "container_kvm_t", "container_engine_t"};
  std::set<std::string> types;
  bool user = false;
  bool role = false;
  const std::string setters = setters_where(pod, [&](const json::Value& security) {
    const std::string_view type = json::string_at(security, {"seLinuxOptions", "type"});
    const bool own_user = !json::string_at(security, {"seLinuxOptions", "user"}).empty();
    const bool own_role = !json::string_at(security, {"seLinuxOptions", "role"}).empty();
    if (!kTypes.contains(type)) types.emplace(type);
    user = user || own_user;
    role = role || own_role;
    return !kTypes.contains(type) || own_user || own_role;
  });
  if (setters.empty()) return;
  Names parts;
  if (!types.empty()) {
    parts.push_back(fmt::format("{} {}", plural("type", "types", types.size()),
                                quoted(Names(types.begin(), types.end()))));
  }
  if (user) parts.emplace_back("user may not be set");
  if (role) parts.emplace_back("role may not be set");
  out.add("seLinuxOptions", fmt::format("{} set forbidden securityContext.seLinuxOptions: {}",
                                        setters, fmt::join(parts, "; ")));
}

// A profile member (seccompProfile, appArmorProfile) that says Unconfined.
void check_unconfined(const json::Value& pod, std::string_view member, std::string_view reason,
                      Violations& out) {
  const std::string setters = setters_where(pod, [member](const json::Value& security) {
    return json::string_at(security, {member, "type"}) == "Unconfined";
  });
  if (setters.empty()) return;
  out.add(reason, fmt::format("{} must not set securityContext.{}.type to \"Unconfined\"", setters,
                              member));
}

void check_sysctls(const json::Value& pod, Violations& out) {
  static const std::set<std::string_view> kAllowed = {"kernel.shm_rmid_forced",
                                                      "net.ipv4.ip_local_port_range",
                                                      "net.ipv4.tcp_syncookies",
                                                      "net.ipv4.ping_group_range",
                                                      "net.ipv4.ip_unprivileged_port_start",
                                                      "net.ipv4.ip_local_reserved_ports",
                                                      "net.ipv4.tcp_keepalive_time",
                                                      "net.ipv4.tcp_fin_timeout",
                                                      "net.ipv4.tcp_keepalive_intvl",
                                                      "net.ipv4.tcp_keepalive_probes",
                                                      "net.ipv4.tcp_rmem",
                                                      "net.ipv4.tcp_wmem"};
  std::string detail;
  for (const json::Value& each : json::array_at(pod, {"spec", "securityContext", "sysctls"})) {
    const std::string_view name = json::string_at(each, "name");
    if (!kAllowed.contains(name)) detail += (detail.empty() ? "" : ", ") + std::string(name);
  }
  if (!detail.empty()) out.add("forbidden sysctls", detail);
}

void check_host_process(const json::Value& pod, Violations& out) {
  const std::string setters = setters_where(pod, [](const json::Value& security) {
    return json::bool_at(security, {"windowsOptions", "hostProcess"});
  });
  if (setters.empty()) return;
  out.add("hostProcess", setters + " must not set securityContext.windowsOptions.hostProcess=true");
}

// --- restricted

void check_escalation(const json::Value& pod, Violations& out) {
  const Names names = containers_where(pod, [](const json::Value& container) {
    return json::bool_at(container, {"securityContext", "allowPrivilegeEscalation"}, true);
  });
  if (names.empty()) return;
  out.add("allowPrivilegeEscalation != false",
          containers_named(names) + " must set securityContext.allowPrivilegeEscalation=false");
}

void check_dropped_capabilities(const json::Value& pod, Violations& out) {
  const Names names = containers_where(pod, [](const json::Value& container) {
    return !strings(json::array_at(container, {"securityContext", "capabilities", "drop"}))
                .contains("ALL");
  });
  const std::string detail =
      names.empty()
          ? std::string()
          : containers_named(names) + " must set securityContext.capabilities.drop=[\"ALL\"]";
  check_added_capabilities(pod, {"NET_BIND_SERVICE"}, "unrestricted capabilities", detail, out);
}

void check_volume_types(const json::Value& pod, Violations& out) {
  static const std::set<std::string_view> kAllowed = {"name",
                                                      "configMap",
                                                      "csi",
                                                      "downwardAPI",
                                                      "emptyDir",
                                                      "ephemeral",
                                                      "persistentVolumeClaim",
                                                      "projected",
                                                      "secret",
                                                      "image"};
  Names volumes;
  std::set<std::string> types;
  for (const json::Value& volume : json::array_at(pod, {"spec", "volumes"})) {
    if (!volume.is_object()) continue;
    std::set<std::string> members;
    for (const auto& member : volume.get_object()) {
      members.emplace(std::string_view(member.key()));
    }
    const Names wrong = without(members, kAllowed);
    if (wrong.empty()) continue;
    volumes.emplace_back(json::string_at(volume, "name"));
    types.insert(wrong.begin(), wrong.end());
  }
  if (volumes.empty()) return;
  out.add("restricted volume types",
          fmt::format("{} {} {} restricted volume {} {}",
                      plural("volume", "volumes", volumes.size()), quoted(volumes),
                      plural("uses", "use", volumes.size()), plural("type", "types", types.size()),
                      quoted(Names(types.begin(), types.end()))));
}

void check_non_root(const json::Value& pod, Violations& out) {
  const auto set_at = [](const json::Value& holder, std::initializer_list<std::string_view> keys) {
    const json::Value* value = json::find(holder, keys);
    return value != nullptr && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
  };
  const std::optional<bool> by_pod = set_at(pod, {"spec", "securityContext", "runAsNonRoot"});
  const auto own = [&](const json::Value& container) {
    return set_at(container, {"securityContext", "runAsNonRoot"});
  };
  const Names refused =
      containers_where(pod, [&](const json::Value& each) { return own(each) == false; });
  const Names silent =
      containers_where(pod, [&](const json::Value& each) { return !own(each) && by_pod != true; });
  std::string setters = by_pod == false ? "pod" : "";
  if (!refused.empty()) setters += (setters.empty() ? "" : " and ") + containers_named(refused);
  if (!setters.empty()) {
    out.add("runAsNonRoot != true", setters + " must not set securityContext.runAsNonRoot=false");
  } else if (!silent.empty()) {
    out.add("runAsNonRoot != true",
            fmt::format("pod or {} must set securityContext.runAsNonRoot=true",
                        containers_named(silent)));
  }
}

void check_root_user(const json::Value& pod, Violations& out) {
  const std::string setters = setters_where(pod, [](const json::Value& security) {
    return json::int_at(security, {"runAsUser"}, -1) == 0;
  });
  if (!setters.empty()) out.add("runAsUser=0", setters + " must not set runAsUser=0");
}

void check_seccomp_set(const json::Value& pod, Violations& out) {
  const auto type_of = [](const json::Value& holder) {
    return std::string(json::string_at(holder, {"securityContext", "seccompProfile", "type"}));
  };
  const auto good = [](std::string_view type) {
    return type == "RuntimeDefault" || type == "Localhost";
  };
  const std::string by_pod = type_of(json::Value(json::object_at(pod, {"spec"})));
  const std::string setters = setters_where(pod, [&](const json::Value& security) {
    const std::string_view type = json::string_at(security, {"seccompProfile", "type"});
    return !type.empty() && !good(type);
  });
  const Names silent = containers_where(pod, [&](const json::Value& container) {
    return type_of(container).empty() && !good(by_pod);
  });
  if (!setters.empty()) {
    out.add("seccompProfile", setters +
                                  " must not set securityContext.seccompProfile.type to "
                                  "\"Unconfined\"");
  } else if (!silent.empty()) {
    out.add("seccompProfile",
            fmt::format("pod or {} must set securityContext.seccompProfile.type to "
                        "\"RuntimeDefault\" or \"Localhost\"",
                        containers_named(silent)));
  }
}

}  // namespace

std::optional<PodSecurityLevel> parse_pod_security_level(std::string_view text) {
  if (text == "privileged") return PodSecurityLevel::kPrivileged;
  if (text == "baseline") return PodSecurityLevel::kBaseline;
  if (text == "restricted") return PodSecurityLevel::kRestricted;
  return std::nullopt;
}

// In the order of the checks' ids; a restricted check takes the place of its baseline one.
std::vector<std::string> pod_security_violations(PodSecurityLevel level, const json::Value& pod) {
  Violations out;
  if (level == PodSecurityLevel::kPrivileged) return out.list;
  const bool restricted = level == PodSecurityLevel::kRestricted;
  check_unconfined(pod, "appArmorProfile", "forbidden AppArmor profile", out);
  if (!restricted) check_default_capabilities(pod, out);
  check_host_namespaces(pod, out);
  if (!restricted) check_host_paths(pod, out);
  check_host_ports(pod, out);
  check_privileged(pod, out);
  check_proc_mount(pod, out);
  check_selinux(pod, out);
  if (!restricted) check_unconfined(pod, "seccompProfile", "seccompProfile", out);
  check_sysctls(pod, out);
  check_host_process(pod, out);
  if (!restricted) return out.list;
  check_escalation(pod, out);
  check_dropped_capabilities(pod, out);
  check_volume_types(pod, out);
  check_non_root(pod, out);
  check_root_user(pod, out);
  check_seccomp_set(pod, out);
  return out.list;
}

namespace {

constexpr std::string_view kEnforce = "pod-security.kubernetes.io/enforce";
constexpr std::string_view kWarn = "pod-security.kubernetes.io/warn";
constexpr std::string_view kAudit = "pod-security.kubernetes.io/audit";

std::string_view name_of(PodSecurityLevel level) {
  switch (level) {
    case PodSecurityLevel::kPrivileged:
      return "privileged";
    case PodSecurityLevel::kBaseline:
      return "baseline";
    case PodSecurityLevel::kRestricted:
      return "restricted";
  }
  return {};
}

PodSecurityLevel level_of(const json::Value& space, std::string_view label) {
  const std::string_view text = kube::label_of(space, label);
  if (text.empty()) return PodSecurityLevel::kPrivileged;
  return parse_pod_security_level(text).value_or(PodSecurityLevel::kRestricted);
}

}  // namespace

PodSecurityPolicy pod_security_policy(const json::Value& space) {
  return {level_of(space, kEnforce), level_of(space, kWarn)};
}

std::vector<Problem> validate_pod_security_labels(const json::Value& space) {
  std::vector<Problem> problems;
  for (std::string_view label : {kEnforce, kWarn, kAudit}) {
    const std::string_view text = kube::label_of(space, label);
    if (text.empty() || parse_pod_security_level(text)) continue;
    problems.push_back({fmt::format("metadata.labels[{}]", label),
                        fmt::format("Invalid value: \"{}\": must be one of privileged, baseline, "
                                    "restricted",
                                    text),
                        "FieldValueInvalid"});
  }
  return problems;
}

std::string pod_security_message(std::string_view verb, PodSecurityLevel level,
                                 const json::Value& pod) {
  const std::vector<std::string> violations = pod_security_violations(level, pod);
  if (violations.empty()) return {};
  return fmt::format("{} PodSecurity \"{}:latest\": {}", verb, name_of(level),
                     fmt::join(violations, ", "));
}

json::Value pod_within(std::string_view kind, const json::Value& object) {
  if (kind == "Pod") return object;
  const json::Value* found = nullptr;
  if (kind == "CronJob") {
    found = json::find(object, {"spec", "jobTemplate", "spec", "template"});
  } else if (kind == "PodTemplate") {
    found = json::find(object, {"template"});
  } else if (kind == "Deployment" || kind == "ReplicaSet" || kind == "StatefulSet" ||
             kind == "DaemonSet" || kind == "Job" || kind == "ReplicationController") {
    found = json::find(object, {"spec", "template"});
  }
  return found != nullptr && found->is_object() ? *found : json::Value();
}

}  // namespace firesteel::apiserver
