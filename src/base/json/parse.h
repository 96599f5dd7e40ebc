#pragma once
// Text to JSON, with the limits and options in one place. Pure.
#include <cstddef>
#include <string_view>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::json {

// The SparkApplication CRD nests 29 containers; a list or a review adds three. 256 leaves room and
// bounds the stack.
inline constexpr std::size_t kMaxDepth = 256;

// One JSON document (RFC 8259), duplicate keys: the last wins, as in Kubernetes. Errors:
// kBadRequest with the line and column and what is wrong there; infinities (1e400) are refused.
[[nodiscard]] Result<Value> parse(std::string_view text);

}  // namespace firesteel::json
