#pragma once
// AdmissionReview in, AdmissionReview out: the operator's webhook without its server. Uses the same
// functions as the operator (validation.h). Pure. Source: Kubernetes' admission/v1; the reference's
// internal/webhook for paths and for what is left alone.
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "spark/room.h"

namespace firesteel::operators {

enum class WebhookKind { kMutate, kValidate };
struct WebhookPath {
  std::string path;  // "/validate-sparkoperator-k8s-io-v1beta2-sparkapplication"
  WebhookKind kind;
  std::string resource;  // plural: "sparkapplications"
};
// All that the webhook answers.
[[nodiscard]] const std::vector<WebhookPath>& webhook_paths();

// The answer to a review that came to `path`. An object on its way out and an update that leaves
// the spec alone are allowed unseen: a rule that came later must not hold up a finalizer. Errors:
// kNotFound for a path nothing is served at, kBadRequest for a body that is no AdmissionReview of
// that resource. `room` is what is known of the cluster's nodes and the namespace's quotas.
[[nodiscard]] Result<json::Value> review(std::string_view path, const json::Value& admission_review,
                                         const spark::ClusterRoom& room = {});

// The operations of a JSON patch that make `from` into `to`; members only, arrays as a whole.
[[nodiscard]] json::Array make_json_patch(const json::Value& from, const json::Value& to);

}  // namespace firesteel::operators
