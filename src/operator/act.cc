#include "operator/act.h"

#include <fmt/format.h>

#include <map>

#include "kube/object.h"
#include "kube/resource.h"
#include "operator/decide/owner.h"
#include "spark/names.h"

namespace firesteel::operators {
namespace {

using namespace kube::resources;

const kube::Resource kIngresses{"networking.k8s.io", "v1", "ingresses", "Ingress"};
const kube::Resource kDisruptionBudgets{"policy", "v1", "poddisruptionbudgets",
                                        "PodDisruptionBudget"};
const kube::Resource kNetworkPolicies{"networking.k8s.io", "v1", "networkpolicies",
                                      "NetworkPolicy"};
const kube::Resource kPodGroups{"scheduling.volcano.sh", "v1beta1", "podgroups", "PodGroup"};

// The kinds that submissions consist of, beside the driver pod.
const kube::Resource* resource_of(const json::Value& object) {
  const std::string_view kind = json::string_at(object, "kind");
  for (const kube::Resource* resource :
       {&kConfigMaps, &kServices, &kSecrets, &kPersistentVolumeClaims, &kIngresses,
        &kDisruptionBudgets, &kNetworkPolicies, &kPodGroups}) {
    if (resource->kind == kind) return resource;
  }
  return nullptr;
}

// Whether asking again would have the same answer.
bool is_refusal(ErrorCode code) {
  switch (code) {
    case ErrorCode::kBadRequest:
    case ErrorCode::kInvalid:
    case ErrorCode::kForbidden:
    case ErrorCode::kNotFound:  // the server has no such kind
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kMethodNotAllowed:
    case ErrorCode::kTooLarge:
    case ErrorCode::kUnsupportedMedia:
    case ErrorCode::kNotAcceptable:
      return true;
    case ErrorCode::kUnauthorized:
    case ErrorCode::kConflict:
    case ErrorCode::kGone:
    case ErrorCode::kTooManyRequests:
    case ErrorCode::kTimeout:
    case ErrorCode::kUnavailable:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return false;
  }
  std::unreachable();
}

class Acting {
 public:
  Acting(kube::Api& api, const json::Value& application)
      : api_(api), application_(application), space_(kube::namespace_of(application)) {}

  // False: stop.
  bool operator()(const decide::WriteStatus& action);
  bool operator()(const decide::CreatePod& action);
  bool operator()(const decide::CreateDependents& action);
  bool operator()(const decide::CreateUi& action);
  bool operator()(const decide::DeleteUi& action);
  bool operator()(const decide::DeletePod& action);
  bool operator()(const decide::DeleteApplication& action);

  Outcome outcome;

 private:
  bool adopt(const decide::CreatePod& action, const std::string& name);
  bool create_dependent(const json::Value& object);
  bool delete_exposed(const decide::ObjectReference& object, std::string_view submission_id);
  void fill_in_ui(json::Value& status) const;
  bool adopt_dependent(const kube::Resource& resource, const std::string& name);
  bool being_removed(const kube::Resource& resource, const std::string& name);
  bool stop_creating(Error error) {
    outcome.creation_error = std::move(error);
    return false;
  }

  kube::Api& api_;
  const json::Value& application_;
  const std::string space_;
  std::map<std::string, json::Document> exposed_;  // Services and Ingresses of the UI, by name
  json::Document dependent_;                       // the last one created or adopted
};

bool Acting::operator()(const decide::WriteStatus& action) {
  json::Value object = application_;
  object.as_object()["status"] = action.status;
  if (action.fill_in_ui) fill_in_ui(object.as_object()["status"]);
  kube::WriteOptions status;
  status.subresource = "status";
  auto written =
      api_.replace(kSparkApplications, space_, kube::name_of(application_), object, status);
  if (!written) {
    outcome.error = std::move(written.error());
    return false;
  }
  outcome.application = std::move(*written);
  return true;
}

bool Acting::operator()(const decide::CreatePod& action) {
  auto created = api_.create(kPods, space_, action.pod, {});
  if (created) {
    outcome.driver = std::move(*created);
    return true;
  }
  if (created.error().code != ErrorCode::kAlreadyExists) {
    return stop_creating(std::move(created.error()));
  }
  return adopt(action, std::string(kube::name_of(action.pod)));
}

// The pod there is this attempt's (an answer got lost, or the operator died before it wrote so), or
// it is in the way.
bool Acting::adopt(const decide::CreatePod& action, const std::string& name) {
  auto found = api_.get(kPods, space_, name);
  if (!found && found.error().code == ErrorCode::kNotFound) {
    return stop_creating({ErrorCode::kConflict, "driver pod " + name + " came and went", {}});
  }
  if (!found) return stop_creating(std::move(found.error()));
  const bool mine = kube::label_of(**found, spark::kLabelSubmissionId) == action.submission_id &&
                    decide::owner_of(**found, application_) == decide::Owner::kThisApplication;
  if (!mine) {
    outcome.occupant = std::move(*found);
    return false;
  }
  outcome.driver = std::move(*found);
  return true;
}

bool Acting::operator()(const decide::CreateDependents& action) {
  for (const json::Value& object : action.objects) {
    if (!create_dependent(object)) return false;
  }
  return true;
}

bool Acting::create_dependent(const json::Value& object) {
  const kube::Resource* known = resource_of(object);
  if (known == nullptr) {
    return stop_creating({ErrorCode::kInvalid,
                          fmt::format("objects of kind {} cannot be created by this operator",
                                      json::string_at(object, "kind")),
                          {}});
  }
  const kube::Resource& resource = *known;
  json::Value owned = object;
  // As Spark's submission client sets it: controller, without blockOwnerDeletion.
  const json::Value owner = kube::owner_reference(*outcome.driver, true, false);
  json::make_object(owned, {"metadata"})["ownerReferences"] = json::Array{owner};
  auto created = api_.create(resource, space_, owned, {});
  if (created) {
    dependent_ = std::move(*created);
    return true;
  }
  if (created.error().code != ErrorCode::kAlreadyExists) {
    return stop_creating(std::move(created.error()));
  }
  return adopt_dependent(resource, std::string(kube::name_of(object)));
}

// Some names (the Prometheus ConfigMap's) are the same in every attempt: what the collector has not
// yet removed of the last one is removed here.
bool Acting::adopt_dependent(const kube::Resource& resource, const std::string& name) {
  // The operator may not read Secrets. Their names hold the attempt's random id, so this one is the
  // attempt's own, but perhaps of a driver pod that is gone: made again, for this one.
  if (resource == kSecrets) {
    const auto removed = api_.remove(resource, space_, name, {});
    if (!removed && removed.error().code != ErrorCode::kNotFound) {
      return stop_creating(removed.error());
    }
    return being_removed(resource, name);
  }
  auto found = api_.get(resource, space_, name);
  if (!found && found.error().code != ErrorCode::kNotFound) {
    return stop_creating(std::move(found.error()));
  }
  if (found) {
    const json::Value* owner = kube::controller_of(**found);
    const bool by_pod = owner != nullptr && json::string_at(*owner, "kind") == "Pod" &&
                        json::string_at(*owner, "name") == kube::name_of(*outcome.driver);
    if (by_pod && json::string_at(*owner, "uid") == kube::uid_of(*outcome.driver)) {
      dependent_ = std::move(*found);
      return true;
    }
    const bool leftover =
        by_pod || decide::owner_of(**found, application_) != decide::Owner::kOther;
    if (!leftover) {
      return stop_creating({ErrorCode::kAlreadyExists,
                            fmt::format("{} {} already exists and does not belong to this "
                                        "application: delete or rename it",
                                        resource.kind, name),
                            {}});
    }
    kube::DeleteOptions options;
    options.uid = kube::uid_of(**found);
    auto removed = api_.remove(resource, space_, name, options);
    if (!removed && removed.error().code != ErrorCode::kNotFound) {
      return stop_creating(std::move(removed.error()));
    }
  }
  return being_removed(resource, name);
}

bool Acting::being_removed(const kube::Resource& resource, const std::string& name) {
  return stop_creating(
      {ErrorCode::kConflict,
       fmt::format("{} {} of an earlier attempt is being removed", resource.kind, name),
       {}});
}

bool Acting::operator()(const decide::CreateUi& action) {
  for (const json::Value& object : action.objects) {
    if (create_dependent(object)) {
      exposed_[std::string(kube::name_of(object))] = dependent_;
      continue;
    }
    if (!is_refusal(outcome.creation_error->code)) return false;
    outcome.warnings.push_back(fmt::format(
        "{} {} could not be created, the job runs without it: {}", json::string_at(object, "kind"),
        kube::name_of(object), outcome.creation_error->message));
    outcome.creation_error.reset();
  }
  return true;
}

void Acting::fill_in_ui(json::Value& status) const {
  json::Object& info = json::make_object(status, {"driverInfo"});
  const auto exposed = [&](std::string_view key) {
    const json::Value* name = json::find(info, key);
    if (name == nullptr || !name->is_string()) return exposed_.end();
    return exposed_.find(std::string(json::view(name->get_string())));
  };
  if (exposed("webUIIngressName") == exposed_.end()) {
    json::remove(info, "webUIIngressName");
    json::remove(info, "webUIIngressAddress");
  }
  const auto service = exposed("webUIServiceName");
  if (service == exposed_.end()) {
    json::remove(info, "webUIServiceName");
    json::remove(info, "webUIPort");
    return;
  }
  // The embedded cluster has no addresses of Services, only names.
  const std::string_view ip = json::string_at(*service->second, {"spec", "clusterIP"});
  const bool none = ip.empty() || ip == "None";
  info["webUIAddress"] = fmt::format(
      "{}:{}", none ? fmt::format("{}.{}.svc", service->first, space_) : std::string(ip),
      json::int_at(status, {"driverInfo", "webUIPort"}));
}

bool Acting::operator()(const decide::DeleteUi& action) {
  for (const decide::ObjectReference& object : action.objects) {
    if (!delete_exposed(object, action.submission_id)) return false;
  }
  return true;
}

bool Acting::delete_exposed(const decide::ObjectReference& object, std::string_view submission_id) {
  const kube::Resource& resource = object.kind == "Ingress" ? kIngresses : kServices;
  auto found = api_.get(resource, space_, object.name);
  if (!found && is_refusal(found.error().code)) return true;
  if (!found) {
    outcome.error = std::move(found.error());
    return false;
  }
  if (kube::label_of(**found, spark::kLabelSubmissionId) != submission_id) return true;
  kube::DeleteOptions options;
  options.uid = kube::uid_of(**found);
  auto removed = api_.remove(resource, space_, object.name, options);
  if (removed || is_refusal(removed.error().code)) return true;
  outcome.error = std::move(removed.error());
  return false;
}

bool Acting::operator()(const decide::DeletePod& action) {
  kube::DeleteOptions options;
  options.uid = action.uid;
  auto removed = api_.remove(kPods, space_, action.name, options);
  if (removed || removed.error().code == ErrorCode::kNotFound) return true;
  outcome.error = std::move(removed.error());
  return false;
}

bool Acting::operator()(const decide::DeleteApplication& action) {
  kube::DeleteOptions options;
  options.propagation = kube::Propagation::kBackground;
  options.uid = action.uid;
  options.resource_version = action.resource_version;
  auto removed = api_.remove(kSparkApplications, space_, kube::name_of(application_), options);
  if (removed || removed.error().code == ErrorCode::kNotFound) return true;
  outcome.error = std::move(removed.error());
  return false;
}

}  // namespace

Outcome act(kube::Api& api, const json::Value& application, const decide::Decision& decision) {
  Acting acting(api, application);
  for (const decide::Action& action : decision.actions) {
    if (!std::visit(acting, action)) break;
  }
  return std::move(acting.outcome);
}

}  // namespace firesteel::operators
