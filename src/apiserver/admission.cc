#include "apiserver/conform.h"
#include "apiserver/crd.h"
#include "apiserver/defaults.h"
#include "apiserver/plugins.h"
#include "apiserver/validation.h"
#include "apiserver/webhook_admission.h"
#include "apiserver/write.h"
#include "kube/object.h"
#include "kube/schema.h"
#include "kube/status.h"

namespace firesteel::apiserver {

namespace {

void run_validator(Call& call, const json::Value& object, std::vector<Problem>& problems) {
  const auto& validators = call.core.options().validators;
  const auto found = validators.find(call.resource());
  if (found == validators.end()) return;
  for (Problem& problem : found->second(object)) {
    if (problem.reason == "Warning") {
      call.warnings.push_back(problem.path.empty() ? problem.message
                                                   : problem.path + ": " + problem.message);
    } else if (std::find(problems.begin(), problems.end(), problem) == problems.end()) {
      problems.push_back(std::move(problem));
    }
  }
}

void run_defaulter(const Call& call, json::Value& object) {
  const auto& defaulters = call.core.options().defaulters;
  const auto found = defaulters.find(call.resource());
  if (found != defaulters.end()) found->second(object);
}

// Mutating webhooks; what they made is pruned and defaulted like what the client sent.
Result<void> mutate(const AdmissionRequest& request, json::Value& object) {
  if (!TRY(call_mutating_webhooks(request, object))) return {};
  const ServedResource& served = *request.call.served;
  if (served.schema) {
    (void)served.schema->prune(object);
    served.schema->apply_defaults(object);
    return {};
  }
  normalise(served, object);
  if (served.resource == kube::resources::kPods && request.before == nullptr) {
    default_pod_spec(json::make_object(object, {"spec"}));
    json::make_object(object, {"status"})["qosClass"] = quality_of_service(object);
  }
  return {};
}

}  // namespace

Result<void> admit(Call& call, json::Value& object, const json::Value* before,
                   std::string_view subresource) {
  const ServedResource& served = *call.served;
  const bool main = subresource.empty();
  const bool definition = !served.custom && served.resource.kind == "CustomResourceDefinition";
  TRY(prune(call, object));
  if (served.schema) served.schema->apply_defaults(object);
  if (main) {
    TRY(apply_built_in_defaults(call.core, served, object, before));
    if (definition) default_crd(object);
    run_defaulter(call, object);
  }
  if (subresource == "status" && served.resource == kube::resources::kPods) {
    complete_pod_status(object);
  }
  const AdmissionRequest request{
      call, before == nullptr ? AdmissionOperation::kCreate : AdmissionOperation::kUpdate, &object,
      before, subresource};
  normalise(served, object);
  TRY(mutate(request, object));
  std::vector<Problem> problems;
  if (main || served.custom) problems = validate_object(served, object, before);
  if (main) {
    const std::vector<Problem> more = validate_by_plugins(served, object, before);
    problems.insert(problems.end(), more.begin(), more.end());
  }
  // An object on its way out only loses finalizers: a rule that came after it must not keep it
  // alive.
  const bool leaving = before != nullptr && kube::is_deleting(*before);
  if (main && !leaving) run_validator(call, object, problems);
  if (!problems.empty()) {
    return std::unexpected(
        kube::invalid_error(served.resource, kube::name_of(object), std::move(problems)));
  }
  if (main) TRY(admit_by_plugins(call, object, before));
  TRY(call_validating_webhooks(request));
  if (main && definition) establish_crd(object, call.core.now());
  return {};
}

}  // namespace firesteel::apiserver
