#pragma once
// The options in a request's query (dryRun, fieldValidation, force, resourceVersionMatch, ...):
// what kube-apiserver would refuse is refused in its words. Source: Kubernetes,
// apimachinery/pkg/apis/meta/v1/validation and internalversion/validation. Pure.
#include "apiserver/request_path.h"
#include "base/result.h"
#include "kube/resource.h"

namespace firesteel::apiserver {

// What the options of a verb are called in an error: CreateOptions of meta.k8s.io, ...
[[nodiscard]] kube::Resource options_kind(std::string_view verb);

// `content_type` is that of the body. Errors: kInvalid about options_kind(verb); kBadRequest for a
// number that is none.
[[nodiscard]] Result<void> check_options(std::string_view verb, const net::Query& query,
                                         std::string_view content_type);

}  // namespace firesteel::apiserver
