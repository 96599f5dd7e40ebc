#pragma once
// What an untagged plain YAML scalar means, by the resolver of Kubernetes' YAML reader (goyaml v2:
// YAML 1.1 booleans, 0x and leading-zero integers, underscores, floats). Shared by the reader and
// the printer of yaml.h. Pure.
#include <string_view>

#include "base/json/json.h"

namespace firesteel::json {

// Null, boolean, integer, double or, when it is none of them, the text itself. A double may be
// infinite or not a number.
[[nodiscard]] Value resolve_plain_scalar(std::string_view text);

}  // namespace firesteel::json
