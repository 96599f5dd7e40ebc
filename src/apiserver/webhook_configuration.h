#pragma once
// ValidatingWebhookConfiguration and MutatingWebhookConfiguration as rules: what their webhooks
// want to be asked about. Source: Kubernetes' admissionregistration/v1 (defaults, validation) and
// apiserver's pkg/admission/plugin/webhook (rules, matchPolicy). Pure.
#include <optional>
#include <string_view>
#include <vector>

#include "apiserver/registry.h"
#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

enum class AdmissionOperation { kCreate, kUpdate, kDelete, kConnect };
[[nodiscard]] std::string_view operation_name(AdmissionOperation operation);  // "CREATE"

[[nodiscard]] bool is_webhook_configuration(const kube::Resource& resource);
// failurePolicy Fail, matchPolicy Equivalent, 10 s, selectors that select everything, port 443.
void default_webhook_configuration(json::Value& configuration);
// All problems at once. matchConditions are refused: this server evaluates no CEL, and a condition
// that is not evaluated would call webhooks that their owner wants left alone.
[[nodiscard]] std::vector<Problem> validate_webhook_configuration(const json::Value& configuration);

// As which resource the webhook wants to see the request: the request's own, or (matchPolicy
// Equivalent) another version of it. Nothing when no rule matches.
[[nodiscard]] std::optional<kube::Resource> matched_resource(const json::Value& webhook,
                                                             AdmissionOperation operation,
                                                             const Registry& registry,
                                                             const ServedResource& served,
                                                             std::string_view subresource);

// namespaceSelector against the labels of the object's namespace (null: not in one, which matches),
// objectSelector against the object before and after (each may be null). Errors: kInternal for a
// selector that cannot be read.
[[nodiscard]] Result<bool> selectors_match(const json::Value& webhook,
                                           const json::Object* namespace_labels,
                                           const json::Value* object, const json::Value* before);

}  // namespace firesteel::apiserver
