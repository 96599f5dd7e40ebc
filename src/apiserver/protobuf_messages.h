#pragma once
// Which fields the protobuf messages of Kubernetes' built-in kinds have, as text.
#include <string_view>

namespace firesteel::apiserver {

// Words, messages separated by ";": `GROUP.NAME` and for each field its JSON name, number and type.
// Types: s string, i integer, b boolean, y bytes, q Quantity, x IntOrString, t Time, u MicroTime,
// f FieldsV1, r RawExtension, {GROUP.NAME a message, &GROUP.NAME one whose fields are the parent's
// in JSON. Before it: @ repeated, % map from string, * a pointer in Go, whose zero value is a
// value.
extern const std::string_view kProtobufMessages;

}  // namespace firesteel::apiserver
