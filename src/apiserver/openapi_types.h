#pragma once
// The structures of kube/types as schemas of OpenAPI, named and annotated as kube-apiserver's are:
// list types, merge keys and required fields are what clients go by. Pure.
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "kube/types/types.h"

namespace firesteel::apiserver {

// "io.k8s.api.core.v1.PodSpec".
[[nodiscard]] std::string type_name(const kube::StructType& type);
// `prefix` is where the schemas stand in the document ("#/components/schemas/").
[[nodiscard]] json::Object type_schema(const kube::StructType& type, std::string_view prefix);
// Adds the schema of `type` and of all that it refers to, unless they are there.
void add_type(json::Object& schemas, const kube::StructType& type, std::string_view prefix);

}  // namespace firesteel::apiserver
