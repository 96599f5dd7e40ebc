#pragma once
// CustomResourceDefinitions: what they serve, whether they are valid, and the status that says so.
// Source: apiextensions-apiserver. Pure but for compiling schemas.
#include <string_view>
#include <vector>

#include "apiserver/registry.h"
#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

// The served versions of a stored, valid CRD; none for one that is being deleted or is not
// established.
[[nodiscard]] std::vector<ServedResource> served_by_crd(const json::Value& crd);

// Fills in names that have defaults (singular, listKind, conversion None).
void default_crd(json::Value& crd);
// All problems at once: names, versions, exactly one storage version, structural schemas.
[[nodiscard]] std::vector<Problem> validate_crd(const json::Value& crd);
// status of an accepted CRD: NamesAccepted and Established at once, acceptedNames, storedVersions.
void establish_crd(json::Value& crd, TimePoint now);

}  // namespace firesteel::apiserver
