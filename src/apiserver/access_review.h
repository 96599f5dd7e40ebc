#pragma once
// Resources that are questions: created, answered, forgotten. SelfSubjectAccessReview,
// SubjectAccessReview, LocalSubjectAccessReview, SelfSubjectRulesReview (authorization.k8s.io),
// TokenReview, SelfSubjectReview (authentication.k8s.io). The answer is the request with its
// status. No I/O.
#include <string_view>

#include "apiserver/auth.h"
#include "apiserver/rbac.h"
#include "apiserver/user.h"
#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

// Errors of all: kInvalid with the fields that are missing or contradict each other.
[[nodiscard]] Result<json::Value> review_self_subject_access(json::Value request, const User& user,
                                                             const Authorizer& authorizer);
[[nodiscard]] Result<json::Value> review_subject_access(json::Value request,
                                                        const Authorizer& authorizer);
// `space` is the namespace of the request's path; spec.resourceAttributes.namespace must equal it.
[[nodiscard]] Result<json::Value> review_local_subject_access(json::Value request,
                                                              std::string_view space,
                                                              const Authorizer& authorizer);
[[nodiscard]] Result<json::Value> review_self_subject_rules(json::Value request, const User& user,
                                                            const Authorizer& authorizer);
[[nodiscard]] Result<json::Value> review_self_subject(json::Value request, const User& user,
                                                      TimePoint now);
[[nodiscard]] Result<json::Value> review_token(json::Value request,
                                               const Authenticator& authenticator);

// The one for `kind` ("SubjectAccessReview", ...). Errors: as above; kNotFound for any other kind.
[[nodiscard]] Result<json::Value> answer_review(std::string_view kind, json::Value request,
                                                std::string_view space, const User& user,
                                                const Authorizer& authorizer,
                                                const Authenticator& authenticator, TimePoint now);

}  // namespace firesteel::apiserver
