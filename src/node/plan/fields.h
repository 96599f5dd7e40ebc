#pragma once
// The downward API: what a fieldRef or resourceFieldRef of a pod stands for. Pure. Source:
// kubernetes pkg/fieldpath, pkg/api/v1/resource ExtractContainerResourceValue.
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/result.h"
#include "node/plan/exec_plan.h"

namespace firesteel::node::plan {

// "metadata.labels['x']", "status.podIP", ...; in a volume also whole "metadata.labels" and
// "metadata.annotations". Errors: kInvalid for a path that does not exist.
[[nodiscard]] Result<std::string> field_value(const json::Value& pod, std::string_view path,
                                              const Resolved& resolved);
// `reference` is the resourceFieldRef; `container_name` whose it is when it names none.
[[nodiscard]] Result<std::string> resource_value(const json::Value& pod,
                                                 const json::Value& reference,
                                                 std::string_view container_name);

}  // namespace firesteel::node::plan
