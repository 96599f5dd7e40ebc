#include "apiserver/defaults.h"

#include "apiserver/plugins.h"
#include "kube/object.h"
#include "net/tls.h"

namespace firesteel::apiserver {

namespace {

// A workload's selector defaults its template's labels only in old versions; here the template gets
// a pod's defaults.
void default_template(json::Value& object, std::initializer_list<std::string_view> path) {
  if (json::find(object, path) == nullptr) return;
  json::Object& outer = json::make_object(object, path);
  json::Value holder = outer;
  default_pod_spec(json::make_object(holder, {"spec"}));
  outer = holder.as_object();
}

void default_deployment(json::Value& object) {
  json::Object& spec = json::make_object(object, {"spec"});
  set_default(spec, "replicas", 1);
  set_default(spec, "revisionHistoryLimit", 10);
  set_default(spec, "progressDeadlineSeconds", 600);
  json::Object& strategy = json::make_object(object, {"spec", "strategy"});
  set_default(strategy, "type", "RollingUpdate");
  if (strategy["type"] == "RollingUpdate") {
    json::Object& rolling = json::make_object(object, {"spec", "strategy", "rollingUpdate"});
    set_default(rolling, "maxUnavailable", "25%");
    set_default(rolling, "maxSurge", "25%");
  }
  default_template(object, {"spec", "template"});
}

void default_stateful_set(json::Value& object) {
  json::Object& spec = json::make_object(object, {"spec"});
  set_default(spec, "replicas", 1);
  set_default(spec, "podManagementPolicy", "OrderedReady");
  set_default(spec, "revisionHistoryLimit", 10);
  set_default(json::make_object(object, {"spec", "updateStrategy"}), "type", "RollingUpdate");
  if (json::string_at(object, {"spec", "updateStrategy", "type"}) == "RollingUpdate") {
    set_default(json::make_object(object, {"spec", "updateStrategy", "rollingUpdate"}), "partition",
                0);
  }
  json::Object& retention =
      json::make_object(object, {"spec", "persistentVolumeClaimRetentionPolicy"});
  set_default(retention, "whenDeleted", "Retain");
  set_default(retention, "whenScaled", "Retain");
  default_template(object, {"spec", "template"});
}

void default_daemon_set(json::Value& object) {
  set_default(json::make_object(object, {"spec"}), "revisionHistoryLimit", 10);
  set_default(json::make_object(object, {"spec", "updateStrategy"}), "type", "RollingUpdate");
  if (json::string_at(object, {"spec", "updateStrategy", "type"}) == "RollingUpdate") {
    json::Object& rolling = json::make_object(object, {"spec", "updateStrategy", "rollingUpdate"});
    set_default(rolling, "maxUnavailable", 1);
    set_default(rolling, "maxSurge", 0);
  }
  default_template(object, {"spec", "template"});
}

// Source: networking/v1 SetDefaults_NetworkPolicy.
void default_network_policy(json::Value& object) {
  if (!json::array_at(object, {"spec", "policyTypes"}).empty()) return;
  json::Array types{"Ingress"};
  if (!json::array_at(object, {"spec", "egress"}).empty()) types.emplace_back("Egress");
  json::make_object(object, {"spec"})["policyTypes"] = std::move(types);
}

void default_job_spec(json::Object& spec) {
  if (spec.contains("parallelism") == spec.contains("completions")) {
    set_default(spec, "parallelism", 1);
    set_default(spec, "completions", 1);
  }
  set_default(spec, "parallelism", 1);
  set_default(spec, "backoffLimit", 6);
  set_default(spec, "completionMode", "NonIndexed");
  set_default(spec, "suspend", false);
  set_default(spec, "podReplacementPolicy", "TerminatingOrFailed");
}

// A job without manualSelector selects its own pods by its uid. Source:
// pkg/registry/batch/job/strategy.go.
void default_job(json::Value& object, const json::Value* before) {
  json::Object& spec = json::make_object(object, {"spec"});
  default_job_spec(spec);
  if (before == nullptr && !json::bool_at(object, {"spec", "manualSelector"})) {
    const std::string uid(kube::uid_of(object));
    const std::string name(kube::name_of(object));
    json::make_object(object, {"spec", "selector", "matchLabels"})
        ["batch.kubernetes.io/"
         "controller-uid"] = uid;
    json::Object& labels = json::make_object(object, {"spec", "template", "metadata", "labels"});
    labels["batch.kubernetes.io/controller-uid"] = uid;
    labels["batch.kubernetes.io/job-name"] = name;
    labels["controller-uid"] = uid;
    labels["job-name"] = name;
    // A job without labels has its pods'.
    const json::Object pods = labels;
    json::Object& own = json::make_object(object, {"metadata", "labels"});
    if (own.empty()) own = pods;
    set_default(json::make_object(object, {"spec"}), "manualSelector", false);
  } else if (before != nullptr && json::find(*before, {"spec", "selector"}) != nullptr) {
    spec["selector"] = *json::find(*before, {"spec", "selector"});
  }
  default_template(object, {"spec", "template"});
}

void default_cron_job(json::Value& object) {
  json::Object& spec = json::make_object(object, {"spec"});
  set_default(spec, "concurrencyPolicy", "Allow");
  set_default(spec, "suspend", false);
  set_default(spec, "successfulJobsHistoryLimit", 3);
  set_default(spec, "failedJobsHistoryLimit", 1);
  default_template(object, {"spec", "jobTemplate", "spec", "template"});
}

void default_namespace(json::Value& object, const json::Value* before) {
  const json::String name(kube::name_of(object));
  json::make_object(object, {"metadata", "labels"})["kubernetes.io/metadata.name"] = name;
  if (before != nullptr) {
    // Only the finalize subresource changes spec.finalizers.
    object.as_object()["spec"] = json::object_at(*before, {"spec"});
    return;
  }
  json::make_object(object, {"spec"})["finalizers"] = json::Array{"kubernetes"};
  json::make_object(object, {"status"})["phase"] = "Active";
}

void default_claim(json::Value& object, const json::Value* before) {
  set_default(json::make_object(object, {"spec"}), "volumeMode", "Filesystem");
  if (before == nullptr) json::make_object(object, {"status"})["phase"] = "Pending";
}

void default_volume(json::Value& object, const json::Value* before) {
  json::Object& spec = json::make_object(object, {"spec"});
  set_default(spec, "volumeMode", "Filesystem");
  set_default(spec, "persistentVolumeReclaimPolicy", "Retain");
  if (before == nullptr) json::make_object(object, {"status"})["phase"] = "Pending";
}

// stringData is write-only: it ends up, encoded, in data.
void default_secret(json::Value& object) {
  set_default(object.as_object(), "type", "Opaque");
  const json::Object plain = json::object_at(object, {"stringData"});
  json::remove(object.as_object(), "stringData");
  if (plain.empty()) return;
  json::Object& data = json::make_object(object, {"data"});
  for (const auto& member : plain) {
    if (!member.value().is_string()) continue;
    data[member.key()] = net::base64_encode(json::view(member.value().get_string()));
  }
}

void default_binding(json::Value& object) {
  json::Value* subjects = object.as_object().if_contains("subjects");
  if (json::find(object, "roleRef") != nullptr) {
    set_default(json::make_object(object, {"roleRef"}), "apiGroup", "rbac.authorization.k8s.io");
  }
  if (subjects == nullptr || !subjects->is_array()) return;
  for (json::Value& subject : subjects->get_array()) {
    const std::string_view kind = json::string_at(subject, "kind");
    if (kind == "User" || kind == "Group") {
      set_default(subject.as_object(), "apiGroup", "rbac.authorization.k8s.io");
    }
  }
}

// Status belongs to the subresource; a new object starts without one, or with its kind's first one.
void reset_status(const ServedResource& served, json::Value& object) {
  static const std::set<std::string_view> kStartEmpty = {"Deployment",
                                                         "ReplicaSet",
                                                         "StatefulSet",
                                                         "DaemonSet",
                                                         "Job",
                                                         "CronJob",
                                                         "ReplicationController",
                                                         "Ingress",
                                                         "PodDisruptionBudget",
                                                         "HorizontalPodAutoscaler"};
  if (served.custom && served.has_spec_status) {
    json::remove(object.as_object(), "status");
  } else if (kStartEmpty.contains(served.resource.kind)) {
    object.as_object()["status"] = json::Object();
  }
}

}  // namespace

void set_default(json::Object& object, std::string_view key, json::Value value) {
  json::Value& member = object[key];
  const bool empty = member.is_string() && member.get_string().empty();
  if (member.is_null() || empty) member = std::move(value);
}

// podIPs follows podIP, as hostIPs does hostIP. Source: core/v1 conversion of PodStatus.
void complete_pod_status(json::Value& pod) {
  for (const auto& [one, all] :
       {std::pair<std::string_view, std::string_view>{"podIP", "podIPs"}, {"hostIP", "hostIPs"}}) {
    const std::string address(json::string_at(pod, {"status", one}));
    if (address.empty() || !json::array_at(pod, {"status", all}).empty()) continue;
    json::Array addresses;
    addresses.emplace_back(json::Object{{"ip", address}});
    json::make_object(pod, {"status"})[all] = std::move(addresses);
  }
}

Result<void> apply_built_in_defaults(const Core& core, const ServedResource& served,
                                     json::Value& object, const json::Value* before) {
  if (before == nullptr) reset_status(served, object);
  if (served.custom) return {};
  const std::string_view kind = served.resource.kind;
  if (kind == "Pod") {
    default_pod_spec(json::make_object(object, {"spec"}));
    default_by_plugins(core, served, object, before);
    if (before == nullptr) return admit_pod(core, object);
  } else if (kind == "Service") {
    return default_service(core, object, before);
  } else if (kind == "Deployment") {
    default_deployment(object);
  } else if (kind == "ReplicaSet" || kind == "ReplicationController") {
    set_default(json::make_object(object, {"spec"}), "replicas", 1);
    default_template(object, {"spec", "template"});
  } else if (kind == "StatefulSet") {
    default_stateful_set(object);
  } else if (kind == "DaemonSet") {
    default_daemon_set(object);
  } else if (kind == "Job") {
    default_job(object, before);
  } else if (kind == "NetworkPolicy") {
    default_network_policy(object);
  } else if (kind == "CronJob") {
    default_cron_job(object);
  } else if (kind == "Namespace") {
    default_namespace(object, before);
  } else if (kind == "PersistentVolumeClaim") {
    default_claim(object, before);
  } else if (kind == "PersistentVolume") {
    default_volume(object, before);
  } else if (kind == "Secret") {
    default_secret(object);
  } else if (kind == "RoleBinding" || kind == "ClusterRoleBinding") {
    default_binding(object);
  } else if (kind == "Node" && before == nullptr) {
    json::make_object(object, {"status"});
  } else {
    default_by_plugins(core, served, object, before);
  }
  return {};
}

}  // namespace firesteel::apiserver
