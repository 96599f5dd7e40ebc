#pragma once
// Request bodies in application/vnd.kubernetes.protobuf, as kubectl's create, auth and token
// commands and client-go's typed clients send them for built-in kinds. Only read, never written:
// answers are JSON, which all of them take. Pure.
#include <string_view>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

inline constexpr std::string_view kProtobufType = "application/vnd.kubernetes.protobuf";

// The object as its JSON would be. A field that our table does not have is refused unless
// it is empty: dropping it would store another object than the one asked for, and clients fall
// back to JSON. Errors: kUnsupportedMedia for such a field, when the magic prefix is missing, or
// for a kind that we have no table of; kBadRequest when it is cut short or malformed.
[[nodiscard]] Result<json::Value> decode_protobuf(std::string_view body);

}  // namespace firesteel::apiserver
