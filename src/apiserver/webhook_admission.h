#pragma once
// The admission phases MutatingAdmissionWebhook and ValidatingAdmissionWebhook. Every webhook is
// asked in the order of configurations' names; a mutating one sees what those before it made.
// Requests about webhook configurations themselves, and the server's own, ask nobody. Source:
// apiserver's pkg/admission/plugin/webhook.
#include "apiserver/core.h"
#include "apiserver/webhook_configuration.h"

namespace firesteel::apiserver {

// One write on its way to the store. `object` is null for a deletion, `before` for a creation.
struct AdmissionRequest {
  Call& call;
  AdmissionOperation operation;
  const json::Value* object;
  const json::Value* before;
  std::string_view subresource;  // "" or "status": others are not told to webhooks
};

// True when `object` was changed. Name, namespace and the metadata that the server owns stay.
// Errors: what a webhook that denies says (kForbidden, kInvalid, kBadRequest, ...), kInternal for
// one that could not be asked (failurePolicy Fail), kBadRequest for one that cannot dry-run.
[[nodiscard]] Result<bool> call_mutating_webhooks(const AdmissionRequest& request,
                                                  json::Value& object);
// Errors: the same.
[[nodiscard]] Result<void> call_validating_webhooks(const AdmissionRequest& request);
// Both, for an object that is to be deleted.
[[nodiscard]] Result<void> admit_deletion(Call& call, const json::Value& object);

}  // namespace firesteel::apiserver
