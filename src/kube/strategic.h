#pragma once
// Strategic merge patch: a merge patch that knows which lists are merged by key. Source:
// Kubernetes' sig-api-machinery/strategic-merge-patch.md and apimachinery's util/strategicpatch.
// Pure.
#include <string_view>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::kube {

// `api_version` and `kind` ("v1", "Pod") select the merge keys (kube/types). Understands $patch:
// delete | replace | merge, $deleteFromPrimitiveList/x, $setElementOrder/x and $retainKeys. The
// result has no directives in it. Errors: kBadRequest for a malformed patch (unknown directive, a
// list item without its merge key).
[[nodiscard]] Result<json::Value> apply_strategic_merge_patch(std::string_view api_version,
                                                              std::string_view kind,
                                                              json::Value document,
                                                              const json::Value& patch);

}  // namespace firesteel::kube
