#pragma once
// The admission phases MutatingAdmissionWebhook and ValidatingAdmissionWebhook. A
// mutating webhook is asked in the order of configurations' names and sees what those before it
// made; with reinvocationPolicy IfNeeded it is asked once more when a later one changed the object.
// Validating ones are asked at the same time. Requests about webhook configurations themselves, the
// server's own and those of the platform's installer (user.h) and of node agents ask nobody, so
// that a webhook for everything, served by a pod, does not keep the cluster from coming up
// (Kubernetes leaves that to namespaceSelectors). Source: apiserver's pkg/admission/plugin/webhook.
#include "apiserver/core.h"
#include "apiserver/webhook_configuration.h"

namespace firesteel::apiserver {

// One write on its way to the store. `object` is null for a deletion, `before` for a creation.
struct AdmissionRequest {
  Call& call;
  AdmissionOperation operation;
  const json::Value* object;
  const json::Value* before;
  std::string_view subresource;
  // What `object` is where it is not of the resource's own kind: a Scale, Binding, Eviction, ...
  const kube::Resource* kind = nullptr;
};

// True when `object` was changed. Name, namespace and the metadata that the server owns stay.
// Errors: what a webhook that denies says (kForbidden, kInvalid, kBadRequest, ...), kInternal for
// one that could not be asked (failurePolicy Fail), kBadRequest for one that cannot dry-run.
[[nodiscard]] Result<bool> call_mutating_webhooks(const AdmissionRequest& request,
                                                  json::Value& object);
// Errors: the same.
[[nodiscard]] Result<void> call_validating_webhooks(const AdmissionRequest& request);
// Both, for what is sent to a subresource that takes another kind than its resource: `object` is
// what the webhooks made of it.
[[nodiscard]] Result<void> admit_subresource(Call& call, AdmissionOperation operation,
                                             const kube::Resource& kind, json::Value& object,
                                             const json::Value* before = nullptr);
// Both, for an object that is to be deleted.
[[nodiscard]] Result<void> admit_deletion(Call& call, const json::Value& object);

}  // namespace firesteel::apiserver
