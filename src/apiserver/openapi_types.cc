#include "apiserver/openapi_types.h"

#include "apiserver/openapi_words.h"

#include <boost/json/array.hpp>

namespace firesteel::apiserver {
namespace {

using kube::FieldType;
using Kind = FieldType::Kind;

constexpr std::string_view kQuantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
constexpr std::string_view kIntOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
constexpr std::string_view kTime = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
constexpr std::string_view kMicroTime = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";

json::Object typed(std::string_view type, std::string_view format = {}) {
  json::Object out{{"type", type}};
  if (!format.empty()) out["format"] = format;
  return out;
}

json::Object reference(std::string_view prefix, std::string_view name) {
  return {{"$ref", std::string(prefix) + std::string(name)}};
}

// A $ref may not have siblings: in v3 it goes into an allOf, in v2 it stays alone.
json::Object described(json::Object schema, std::string_view words, std::string_view prefix) {
  if (words.empty()) return schema;
  if (!schema.contains("$ref")) {
    schema["description"] = words;
    return schema;
  }
  if (!prefix.starts_with("#/components")) return schema;
  json::Array all_of;
  all_of.emplace_back(std::move(schema));
  return {{"description", words}, {"allOf", std::move(all_of)}};
}

void annotate_list(const FieldType& type, json::Object& out) {
  const auto texts = [](const std::vector<std::string>& from) {
    json::Array array;
    for (const std::string& each : from) array.emplace_back(each);
    return array;
  };
  if (!type.keys.empty()) {
    out["x-kubernetes-list-type"] = "map";
    out["x-kubernetes-list-map-keys"] = texts(type.keys);
  } else {
    out["x-kubernetes-list-type"] = type.set ? "set" : "atomic";
  }
  if (!type.merge_key.empty()) out["x-kubernetes-patch-merge-key"] = type.merge_key;
  if (!type.merge_key.empty() || type.merged_set) {
    out["x-kubernetes-patch-strategy"] = type.retain_keys ? "merge,retainKeys" : "merge";
  }
}

json::Object field_schema(const FieldType& type, std::string_view prefix) {
  switch (type.kind) {
    case Kind::kString:
      return typed("string");
    case Kind::kBool:
      return typed("boolean");
    case Kind::kInt32:
      return typed("integer", "int32");
    case Kind::kInt64:
      return typed("integer", "int64");
    case Kind::kDouble:
      return typed("number", "double");
    case Kind::kBytes:
      return typed("string", "byte");
    case Kind::kAny:
      return typed("object");
    case Kind::kTime:
      return reference(prefix, kTime);
    case Kind::kMicroTime:
      return reference(prefix, kMicroTime);
    case Kind::kQuantity:
      return reference(prefix, kQuantity);
    case Kind::kIntOrString:
      return reference(prefix, kIntOrString);
    case Kind::kStruct:
    case Kind::kEither:
      return reference(prefix, type_name(*type.structure));
    case Kind::kList: {
      json::Object out = typed("array");
      out["items"] = field_schema(*type.items, prefix);
      annotate_list(type, out);
      return out;
    }
    case Kind::kMap: {
      json::Object out = typed("object");
      out["additionalProperties"] = field_schema(*type.items, prefix);
      if (type.atomic) out["x-kubernetes-map-type"] = "atomic";
      return out;
    }
  }
  return {};
}

// Swagger 2.0 knows no oneOf, OpenAPI v3 does.
void add_scalars(json::Object& schemas, std::string_view prefix) {
  schemas[kTime] = typed("string", "date-time");
  schemas[kMicroTime] = typed("string", "date-time");
  schemas[kQuantity] = typed("string");
  schemas[kIntOrString] = typed("string", "int-or-string");
  if (!prefix.starts_with("#/components")) return;
  const auto either = [](std::string_view one, std::string_view other) {
    json::Array types;
    types.emplace_back(typed(one));
    types.emplace_back(typed(other));
    return types;
  };
  schemas[kQuantity] = json::Object{{"oneOf", either("string", "number")}};
  schemas[kIntOrString] =
      json::Object{{"format", "int-or-string"}, {"oneOf", either("integer", "string")}};
}

}  // namespace

std::string type_name(const kube::StructType& type) {
  if (type.package == "meta") return "io.k8s.apimachinery.pkg.apis.meta.v1." + type.name;
  if (type.package == "apiextensions") {
    return "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1." + type.name;
  }
  return fmt::format("io.k8s.api.{}.{}.{}", type.package, type.version, type.name);
}

json::Object type_schema(const kube::StructType& type, std::string_view prefix) {
  json::Object out = typed("object");
  json::Object properties;
  json::Array required;
  for (const kube::Field& field : type.fields) {
    properties[field.name] =
        described(field_schema(field.type, prefix), field_words(type.name, field.name), prefix);
    if (field.required) required.emplace_back(field.name);
  }
  if (!required.empty()) out["required"] = std::move(required);
  if (type.atomic) out["x-kubernetes-map-type"] = "atomic";
  out["properties"] = std::move(properties);
  return out;
}

void add_type(json::Object& schemas, const kube::StructType& type, std::string_view prefix) {
  if (!schemas.contains(kTime)) add_scalars(schemas, prefix);
  const std::string name = type_name(type);
  if (schemas.contains(name)) return;
  schemas[name] = type_schema(type, prefix);
  for (const kube::Field& field : type.fields) {
    const FieldType* inner = &field.type;
    while (inner->items != nullptr) inner = inner->items.get();
    if (inner->structure != nullptr) add_type(schemas, *inner->structure, prefix);
  }
}

}  // namespace firesteel::apiserver
