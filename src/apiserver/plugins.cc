#include "apiserver/plugins.h"

#include <fmt/format.h>

#include "apiserver/limit_range.h"
#include "apiserver/pod_security.h"
#include "apiserver/priority.h"
#include "apiserver/quota.h"
#include "apiserver/webhook_configuration.h"
#include "kube/object.h"

namespace firesteel::apiserver {

namespace {

const kube::Resource kLimitRanges{"", "v1", "limitranges", "LimitRange"};

std::unexpected<Error> refuse(const Call& call, const json::Value& object, std::string_view why) {
  return fail(ErrorCode::kForbidden,
              fmt::format("{} \"{}\" is forbidden: {}", call.resource().group_resource(),
                          kube::name_of(object), why));
}

Result<void> limit_ranger(const Call& call, const json::Value& object) {
  const std::string& kind = call.resource().kind;
  if (kind != "Pod" && kind != "PersistentVolumeClaim") return {};
  const auto ranges = call.core.list(kLimitRanges, call.path.space);
  if (ranges.empty()) return {};
  const auto messages = check_limit_ranges(ranges, kind, object);
  if (messages.empty()) return {};
  const std::string all = fmt::format("{}", fmt::join(messages, ", "));
  return refuse(call, object, messages.size() == 1 ? all : "[" + all + "]");
}

Result<void> pod_security(Call& call, const json::Value& object, const json::Value* before) {
  const json::Value pod = pod_within(call.resource().kind, object);
  if (pod.is_null()) return {};
  // Labels and the like may change on a pod that is there already.
  if (before != nullptr &&
      json::object_at(*before, {"spec"}) == json::object_at(object, {"spec"})) {
    return {};
  }
  const json::Document space = call.core.get(kube::resources::kNamespaces, "", call.path.space);
  if (space == nullptr) return {};
  const PodSecurityPolicy policy = pod_security_policy(*space);
  if (call.resource() == kube::resources::kPods) {
    const std::string refused = pod_security_message("violates", policy.enforce, pod);
    if (!refused.empty()) return refuse(call, object, refused);
  }
  std::string warning = pod_security_message("would violate", policy.warn, pod);
  if (!warning.empty()) call.warnings.push_back(std::move(warning));
  return {};
}

}  // namespace

void default_by_plugins(const Core& core, const ServedResource& served, json::Value& object,
                        const json::Value* before) {
  if (served.custom) return;
  const std::string& kind = served.resource.kind;
  if (kind == "LimitRange") default_limit_range(object);
  if (is_webhook_configuration(served.resource)) default_webhook_configuration(object);
  if (kind == "PriorityClass" && json::find(object, "preemptionPolicy") == nullptr) {
    object.as_object()["preemptionPolicy"] = "PreemptLowerPriority";
  }
  if (kind == "Pod" && before == nullptr) {
    apply_limit_ranges(core.list(kLimitRanges, kube::namespace_of(object)), object);
  }
}

std::vector<Problem> validate_by_plugins(const ServedResource& served, const json::Value& object,
                                         const json::Value* before) {
  if (served.custom) return {};
  const std::string& kind = served.resource.kind;
  if (kind == "LimitRange") return validate_limit_range(object);
  if (kind == "ResourceQuota") return validate_quota(object);
  if (kind == "PriorityClass") return validate_priority_class(object, before);
  if (kind == "Namespace") return validate_pod_security_labels(object);
  if (is_webhook_configuration(served.resource)) return validate_webhook_configuration(object);
  return {};
}

Result<void> admit_by_plugins(Call& call, const json::Value& object, const json::Value* before) {
  if (call.served->custom) return {};
  if (before == nullptr) TRY(limit_ranger(call, object));
  TRY(pod_security(call, object, before));
  if (call.resource().kind == "PriorityClass") return admit_priority_class(call.core, object);
  return {};
}

}  // namespace firesteel::apiserver
