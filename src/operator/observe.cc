#include "operator/observe.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "kube/resource.h"
#include "spark/names.h"

namespace firesteel::operators {

Result<void> look_live(kube::Api& api, decide::Observed& seen) {
  const std::string space(kube::namespace_of(*seen.application));
  const std::string name(kube::name_of(*seen.application));
  json::Document application = TRY(api.get(kube::resources::kSparkApplications, space, name));
  if (kube::uid_of(*application) != kube::uid_of(*seen.application)) {
    return fail(ErrorCode::kNotFound,
                fmt::format("sparkapplications {}/{} was replaced", space, name));
  }
  kube::ListOptions drivers;
  drivers.label_selector = fmt::format("{}={},{}={}", spark::kLabelAppName, name,
                                       spark::kLabelSparkRole, spark::kRoleDriver);
  kube::List list = TRY(api.list(kube::resources::kPods, space, drivers));
  std::erase_if(seen.pods, [](const json::Document& pod) {
    return kube::label_of(*pod, spark::kLabelSparkRole) == spark::kRoleDriver;
  });
  for (json::Document& pod : list.items) seen.pods.push_back(std::move(pod));
  seen.application = std::move(application);
  seen.application_live = true;
  seen.drivers_live = true;
  return {};
}

void overlay_pod(decide::Observed& seen, const json::Document& pod) {
  std::erase_if(seen.pods, [&](const json::Document& other) {
    return kube::name_of(*other) == kube::name_of(*pod);
  });
  seen.pods.push_back(pod);
}

}  // namespace firesteel::operators
