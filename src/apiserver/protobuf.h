#pragma once
// Request bodies in application/vnd.kubernetes.protobuf, as kubectl's create, auth and token
// commands and client-go's typed clients send them for built-in kinds. Only read, never written:
// answers are JSON, which all of them take. Pure.
#include <string_view>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

inline constexpr std::string_view kProtobufType = "application/vnd.kubernetes.protobuf";

// The object as its JSON would be. Fields that are newer than our table are dropped, as
// kube-apiserver drops what it does not know. Errors: kUnsupportedMedia when it lacks the magic
// prefix or is of a kind that we have no table of; kBadRequest when it is cut short or malformed.
[[nodiscard]] Result<json::Value> decode_protobuf(std::string_view body);

}  // namespace firesteel::apiserver
