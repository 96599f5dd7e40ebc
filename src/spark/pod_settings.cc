#include "spark/pod_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "spark/memory.h"
#include "spark/monitoring.h"
#include "spark/names.h"

namespace firesteel::spark {
namespace {

json::Array& list_in(json::Object& object, std::string_view key) {
  json::Value& value = object[key];
  if (!value.is_array()) value.emplace_array();
  return value.get_array();
}

json::Object& object_in(json::Object& object, std::string_view key) {
  json::Value& value = object[key];
  if (!value.is_object()) value.emplace_object();
  return value.get_object();
}

bool has_name(const json::Array& list, std::string_view name) {
  return std::ranges::any_of(
      list, [&](const json::Value& item) { return json::string_at(item, "name") == name; });
}

void append(json::Array& list, const json::Array& more) {
  list.insert(list.end(), more.begin(), more.end());
}

// One pod and one role's settings; each function is one of the webhook's patches.
class Patcher {
 public:
  Patcher(json::Value& pod, std::string_view container, const App& app, Role role)
      : app_(app),
        role_(role == Role::kDriver ? static_cast<const PodRole&>(app.driver) : app.executor),
        is_driver_(role == Role::kDriver),
        spec_(json::make_object(pod, {"spec"})),
        container_(own_container(spec_, container)) {}

  void apply() {
    // `container_` points into the list of containers, so everything that lengthens it comes last.
    environment();
    configuration_maps();
    volumes();
    append_to_container("ports");
    host();
    scheduling();
    resources();
    prometheus();
    copy_to(container_, "securityContext", "securityContext");
    copy_to(spec_, "podSecurityContext", "securityContext");
    copy_to(spec_, "terminationGracePeriodSeconds", "terminationGracePeriodSeconds");
    copy_to(container_, "lifecycle", "lifecycle");
    if (json::bool_at(role_.raw, {"shareProcessNamespace"})) spec_["shareProcessNamespace"] = true;
    containers("initContainers", "initContainers");
    containers("sidecars", "containers");
  }

 private:
  // Takes the spec, not the pod: Boost's operator[] may move an object's members even when the key
  // is there, and spec_ would dangle.
  static json::Object& own_container(json::Object& spec, std::string_view name) {
    json::Array& containers = list_in(spec, "containers");
    for (json::Value& container : containers) {
      if (json::string_at(container, "name") == name) return container.get_object();
    }
    // The template's only nameless one is Spark's.
    for (json::Value& container : containers) {
      if (!container.is_object() || !json::string_at(container, "name").empty()) continue;
      container.get_object()["name"] = name;
      return container.get_object();
    }
    containers.push_back(json::Object{{"name", name}});
    return containers.back().get_object();
  }

  // Does not leave an empty list where there is nothing to add.
  void append_to_container(std::string_view field) {
    const json::Array& more = json::array_at(role_.raw, {field});
    if (!more.empty()) append(list_in(container_, field), more);
  }

  void copy_to(json::Object& target, std::string_view field, std::string_view as) {
    const json::Value* value = json::find(role_.raw, field);
    if (value != nullptr && !value->is_null()) target[as] = *value;
  }

  void environment() {
    append_to_container("env");
    append_to_container("envFrom");
  }

  void mount_config_map(std::string_view volume, std::string_view map, std::string_view path) {
    json::Array& volumes = list_in(spec_, "volumes");
    if (!has_name(volumes, volume)) {
      volumes.push_back(json::Object{{"name", volume}, {"configMap", json::Object{{"name", map}}}});
    }
    list_in(container_, "volumeMounts")
        .push_back(json::Object{{"name", volume}, {"mountPath", path}, {"readOnly", true}});
  }

  void configuration_directory(const std::string& map, std::string_view volume,
                               std::string_view path, std::string_view variable) {
    if (map.empty()) return;
    mount_config_map(volume, map, path);
    list_in(container_, "env").push_back(json::Object{{"name", variable}, {"value", path}});
  }

  void configuration_maps() {
    configuration_directory(app_.hadoop_config_map, "hadoop-configmap-volume", "/etc/hadoop/conf",
                            "HADOOP_CONF_DIR");
    configuration_directory(app_.spark_config_map, "spark-configmap-volume", "/etc/spark/conf",
                            "SPARK_CONF_DIR");
    for (const json::Value& item : json::array_at(role_.raw, {"configMaps"})) {
      const std::string_view name = json::string_at(item, "name");
      mount_config_map(config_map_volume_name(name), name, json::string_at(item, "path"));
    }
  }

  // A volume of the application goes into a pod that mounts it, be it in a sidecar.
  [[nodiscard]] bool mounts(std::string_view volume) const {
    if (has_name(json::array_at(role_.raw, {"volumeMounts"}), volume)) return true;
    for (const std::string_view field : {"sidecars", "initContainers"}) {
      for (const json::Value& container : json::array_at(role_.raw, {field})) {
        if (has_name(json::array_at(container, {"volumeMounts"}), volume)) return true;
      }
    }
    return false;
  }

  void volumes() {
    for (const json::Value& volume : app_.volumes) {
      const std::string_view name = json::string_at(volume, "name");
      if (name.starts_with(kLocalVolumePrefix) || !mounts(name)) continue;
      json::Array& volumes = list_in(spec_, "volumes");
      if (!has_name(volumes, name)) volumes.push_back(volume);
    }
    for (const json::Value& mount : json::array_at(role_.raw, {"volumeMounts"})) {
      const std::string_view name = json::string_at(mount, "name");
      if (name.starts_with(kLocalVolumePrefix)) continue;
      // Declared here or in the pod template; validation names the others.
      if (has_name(list_in(spec_, "volumes"), name)) {
        list_in(container_, "volumeMounts").push_back(mount);
      }
    }
  }

  void host() {
    if (json::bool_at(role_.raw, {"hostNetwork"})) {
      spec_["hostNetwork"] = true;
      spec_["dnsPolicy"] = "ClusterFirstWithHostNet";
    }
    const json::Array& aliases = json::array_at(role_.raw, {"hostAliases"});
    if (!aliases.empty()) append(list_in(spec_, "hostAliases"), aliases);
    copy_to(spec_, "dnsConfig", "dnsConfig");
  }

  void scheduling() {
    const std::string_view priority = json::string_at(role_.raw, "priorityClassName");
    if (!priority.empty()) {
      spec_["priorityClassName"] = priority;
      json::remove(spec_, "priority");
      json::remove(spec_, "preemptionPolicy");
    }
    copy_to(spec_, "affinity", "affinity");
    const json::Array& tolerations = json::array_at(role_.raw, {"tolerations"});
    if (!tolerations.empty()) append(list_in(spec_, "tolerations"), tolerations);
  }

  void resources() {
    // An executor's memory limit is written by the driver over whatever its template says.
    if (is_driver_ && !role_.memory_limit.empty()) {
      const auto mib = parse_memory_mib(role_.memory_limit);
      object_in(object_in(container_, "resources"), "limits")["memory"] =
          mib ? fmt::format("{}Mi", *mib) : role_.memory_limit;
    }
    const std::string_view gpu = json::string_at(role_.raw, {"gpu", "name"});
    const std::int64_t quantity = json::int_at(role_.raw, {"gpu", "quantity"});
    if (gpu.empty() || quantity <= 0) return;
    object_in(object_in(container_, "resources"), "limits")[gpu] = fmt::format("{}", quantity);
  }

  void prometheus() {
    if (!app_.monitoring || !app_.monitoring->prometheus) return;
    const Monitoring& monitoring = *app_.monitoring;
    if (!(is_driver_ ? monitoring.expose_driver_metrics : monitoring.expose_executor_metrics)) {
      return;
    }
    if (needs_prometheus_config_map(app_)) {
      mount_config_map(prometheus_volume_name(app_.name), prometheus_config_map_name(app_.name),
                       kMetricsDirectory);
    }
    list_in(container_, "ports")
        .push_back(json::Object{{"name", monitoring.port_name},
                                {"containerPort", monitoring.port},
                                {"protocol", "TCP"}});
  }

  void containers(std::string_view field, std::string_view as) {
    for (const json::Value& item : json::array_at(role_.raw, {field})) {
      json::Array& all = list_in(spec_, as);
      const bool there = std::ranges::any_of(all, [&](const json::Value& other) {
        return json::string_at(other, "name") == json::string_at(item, "name") &&
               json::string_at(other, "image") == json::string_at(item, "image");
      });
      if (!there) all.push_back(item);
    }
  }

  const App& app_;
  const PodRole& role_;
  bool is_driver_;
  json::Object& spec_;
  json::Object& container_;
};

}  // namespace

std::string spark_container_name(const App& app, Role role) {
  const bool driver = role == Role::kDriver;
  const std::string_view own = driver ? kDriverContainer : kExecutorContainer;
  const PodRole& settings = driver ? static_cast<const PodRole&>(app.driver) : app.executor;
  const json::Array& all = json::array_at(settings.raw, {"template", "spec", "containers"});
  const auto chosen = app.spark_conf.find(
      fmt::format("spark.kubernetes.{}.podTemplateContainerName", driver ? "driver" : "executor"));
  if (chosen != app.spark_conf.end() && has_name(all, chosen->second)) return chosen->second;
  if (all.empty() || has_name(all, own)) return std::string(own);
  if (!driver && has_name(all, kRoleExecutor)) return std::string(kRoleExecutor);
  const std::string_view first = json::string_at(all.front(), "name");
  return std::string(first.empty() ? own : first);
}

bool has_pod_settings(const App& app, Role role) {
  const bool driver = role == Role::kDriver;
  const PodRole& settings = driver ? static_cast<const PodRole&>(app.driver) : app.executor;
  if (!app.hadoop_config_map.empty() || !app.spark_config_map.empty()) return true;
  if (app.monitoring && app.monitoring->prometheus &&
      (driver ? app.monitoring->expose_driver_metrics : app.monitoring->expose_executor_metrics)) {
    return true;
  }
  // What conf.cc turns into properties is not among these.
  for (const std::string_view field :
       {"template", "gpu", "configMaps", "env", "envFrom", "affinity", "tolerations",
        "podSecurityContext", "securityContext", "sidecars", "initContainers", "hostNetwork",
        "dnsConfig", "terminationGracePeriodSeconds", "hostAliases", "shareProcessNamespace",
        "lifecycle", "ports", "priorityClassName"}) {
    const json::Value* value = json::find(settings.raw, field);
    if (value == nullptr || value->is_null()) continue;
    if (value->is_array() && value->get_array().empty()) continue;
    if (value->is_bool() && !value->get_bool()) continue;
    return true;
  }
  return std::ranges::any_of(
      json::array_at(settings.raw, {"volumeMounts"}), [](const json::Value& mount) {
        return !json::string_at(mount, "name").starts_with(kLocalVolumePrefix);
      });
}

void apply_pod_settings(json::Value& pod, std::string_view container, const App& app, Role role) {
  Patcher(pod, container, app, role).apply();
}

}  // namespace firesteel::spark
