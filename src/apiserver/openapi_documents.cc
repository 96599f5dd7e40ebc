// The OpenAPI documents made of a registry (declared in openapi.h).
#include <boost/json/array.hpp>
#include <cctype>

#include "apiserver/discovery.h"
#include "apiserver/openapi.h"
#include "apiserver/openapi_types.h"

namespace firesteel::apiserver {
namespace {

constexpr std::string_view kMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.";
constexpr std::string_view kKindKey = "x-kubernetes-group-version-kind";

// "sparkoperator.k8s.io", v1beta2, SparkApplication:
// "io.k8s.sparkoperator.v1beta2.SparkApplication".
std::string schema_name(const kube::Resource& resource) {
  const kube::StructType* type = kube::find_kind(resource.api_version(), resource.kind);
  if (type != nullptr) return type_name(*type);
  std::string reversed;
  std::string_view rest = resource.group;
  while (!rest.empty()) {
    const std::size_t dot = rest.rfind('.');
    const std::size_t begin = dot == std::string_view::npos ? 0 : dot + 1;
    reversed += std::string(rest.substr(begin)) + ".";
    rest = rest.substr(0, begin == 0 ? 0 : dot);
  }
  return reversed + resource.version + "." + resource.kind;
}

json::Object group_version_kind(const kube::Resource& resource) {
  return {{"group", resource.group}, {"version", resource.version}, {"kind", resource.kind}};
}

json::Object text(std::string_view description, std::string_view type = "string",
                  std::string_view format = {}) {
  json::Object out{{"type", type}, {"description", description}};
  if (!format.empty()) out["format"] = format;
  return out;
}

json::Object list_of(json::Object items, std::string_view description) {
  return {{"type", "array"}, {"description", description}, {"items", std::move(items)}};
}

json::Object reference(std::string_view prefix, std::string_view name) {
  return {{"$ref", fmt::format("{}{}", prefix, name)}};
}

// apiVersion, kind and metadata, which every kind has.
void add_common_properties(json::Object& properties, std::string_view reference_prefix) {
  properties["apiVersion"] =
      text("APIVersion defines the versioned schema of this representation of an object.");
  properties["kind"] =
      text("Kind is a string value representing the REST resource this object represents.");
  json::Array all_of;  // a $ref may not have siblings: the description goes around it
  all_of.emplace_back(reference(reference_prefix, std::string(kMeta) + "ObjectMeta"));
  if (reference_prefix.starts_with("#/components")) {
    properties["metadata"] = json::Object{{"description", "Standard object's metadata."},
                                          {"default", json::Object()},
                                          {"allOf", std::move(all_of)}};
  } else {
    properties["metadata"] = reference(reference_prefix, std::string(kMeta) + "ObjectMeta");
  }
}

// What Swagger 2.0 cannot say is dropped, and with it (as kube-apiserver does) the structure below
// what preserves unknown fields.
void reduce_to_v2(json::Value& schema) {
  if (json::Array* array = schema.if_array()) {
    for (json::Value& item : *array) reduce_to_v2(item);
  }
  json::Object* object = schema.if_object();
  if (object == nullptr) return;
  for (const std::string_view key : {"nullable", "oneOf", "anyOf", "allOf", "not", "default"}) {
    // A property may have such a name: keywords only, which are not schemas with a type of their
    // own.
    const json::Value* value = json::find(*object, key);
    if (value != nullptr && json::find(*value, "type") == nullptr) json::remove(*object, key);
  }
  if (json::bool_at(schema, {"x-kubernetes-int-or-string"})) json::remove(*object, "type");
  for (auto& member : *object) reduce_to_v2(member.value());
}

// A custom kind as its definition has it, a built-in one as kube/types has it.
json::Object kind_schema(const ServedResource& served, std::string_view reference_prefix) {
  const kube::Resource& resource = served.resource;
  json::Object schema;
  if (const auto* type = kube::find_kind(resource.api_version(), resource.kind)) {
    schema = type_schema(*type, reference_prefix);
    schema["description"] = fmt::format("{} {}.", resource.api_version(), resource.kind);
  } else {
    if (const json::Object* raw = served.raw_schema.if_object()) schema = *raw;
    schema["type"] = "object";
    json::Value& properties = schema["properties"];
    if (!properties.is_object()) properties.emplace_object();
    add_common_properties(properties.get_object(), reference_prefix);
  }
  json::Array kinds;
  kinds.emplace_back(group_version_kind(resource));
  schema[kKindKey] = std::move(kinds);
  return schema;
}

json::Object list_schema(const ServedResource& served, std::string_view reference_prefix) {
  json::Object properties;
  add_common_properties(properties, reference_prefix);
  properties["metadata"] =
      json::Object{{"type", "object"}, {"description", "Standard list metadata."}};
  properties["items"] = list_of(reference(reference_prefix, schema_name(served.resource)),
                                "The objects of the list.");
  kube::Resource list = served.resource;
  list.kind = served.list_kind;
  json::Array kinds;
  kinds.emplace_back(group_version_kind(list));
  json::Array required{"items"};
  return {{"type", "object"},
          {"description", fmt::format("A list of {}.", served.resource.kind)},
          {"required", std::move(required)},
          {"properties", std::move(properties)},
          {kKindKey, std::move(kinds)}};
}

json::Object query_parameter(std::string_view name, std::string_view type, bool v3) {
  json::Object out{{"name", name}, {"in", "query"}};
  if (v3) {
    out["schema"] = json::Object{{"type", type}, {"uniqueItems", true}};
  } else {
    out["type"] = type;
    out["uniqueItems"] = true;
  }
  return out;
}

json::Object path_parameter(std::string_view name, bool v3) {
  json::Object out = query_parameter(name, "string", v3);
  out["in"] = "path";
  out["required"] = true;
  return out;
}

// One operation. kubectl looks for the parameters of writes: fieldValidation tells it that the
// server validates.
json::Object operation(const ServedResource& served, std::string_view verb, bool v3) {
  json::Array parameters;
  const bool writes = verb == "post" || verb == "put" || verb == "patch";
  if (writes) {
    for (const std::string_view name : {"dryRun", "fieldManager", "fieldValidation"}) {
      parameters.emplace_back(query_parameter(name, "string", v3));
    }
  }
  if (verb == "patch") parameters.emplace_back(query_parameter("force", "boolean", v3));
  json::Object out{{kKindKey, group_version_kind(served.resource)},
                   {"x-kubernetes-action", verb},
                   {"parameters", std::move(parameters)},
                   {"responses", {{"200", {{"description", "OK"}}}}}};
  if (verb == "patch" && v3) {
    // application/strategic-merge-patch+json is understood for built-in kinds, but not announced:
    // kubectl would then take merge keys from schemas that do not have them, instead of from the
    // types it knows.
    const json::Object body{{"schema", {{"type", "object"}}}};
    json::Object content;
    for (const std::string_view type :
         {"application/apply-patch+yaml", "application/json-patch+json",
          "application/merge-patch+json"}) {
      content[type] = body;
    }
    out["requestBody"] = json::Object{{"required", true}, {"content", std::move(content)}};
  }
  return out;
}

void add_paths(json::Object& paths, const ServedResource& served, bool v3) {
  const kube::Resource& resource = served.resource;
  std::string base =
      (resource.group.empty() ? "/api/" : "/apis/" + resource.group + "/") + resource.version + "/";
  json::Array parameters;
  if (served.namespaced()) {
    base += "namespaces/{namespace}/";
    parameters.emplace_back(path_parameter("namespace", v3));
  }
  json::Object collection;
  if (!parameters.empty()) collection["parameters"] = parameters;
  if (served.has_verb("list")) collection["get"] = operation(served, "list", v3);
  if (served.has_verb("create")) collection["post"] = operation(served, "post", v3);
  paths[base + resource.plural] = std::move(collection);
  if (!served.has_verb("get")) return;
  json::Object item;
  parameters.emplace_back(path_parameter("name", v3));
  item["parameters"] = std::move(parameters);
  for (const std::string_view verb : {"get", "put", "patch", "delete"}) {
    item[verb] = operation(served, verb, v3);
  }
  paths[base + resource.plural + "/{name}"] = std::move(item);
}

// The structures that a built-in kind is made of.
void add_types_below(json::Object& schemas, const kube::Resource& resource,
                     std::string_view prefix) {
  const kube::StructType* type = kube::find_kind(resource.api_version(), resource.kind);
  if (type != nullptr) add_type(schemas, *type, prefix);
}

json::Object information() {
  return {{"title", "Kubernetes"}, {"version", kKubernetesVersion}};
}

}  // namespace

json::Value openapi_v3(const Registry& registry, std::string_view group, std::string_view version) {
  constexpr std::string_view kPrefix = "#/components/schemas/";
  json::Object paths;
  json::Object schemas;
  add_type(schemas, kube::object_meta(), kPrefix);
  for (const ServedResource& served : registry.all()) {
    if (served.resource.group != group || served.resource.version != version) continue;
    add_paths(paths, served, true);
    add_types_below(schemas, served.resource, kPrefix);
    schemas[schema_name(served.resource)] = kind_schema(served, kPrefix);
    if (!served.stored) continue;
    schemas[schema_name(served.resource) + "List"] = list_schema(served, kPrefix);
  }
  return json::Object{{"openapi", "3.0.0"},
                      {"info", information()},
                      {"paths", std::move(paths)},
                      {"components", {{"schemas", std::move(schemas)}}}};
}

json::Value openapi_v2(const Registry& registry) {
  constexpr std::string_view kPrefix = "#/definitions/";
  json::Object paths;
  json::Object definitions;
  add_type(definitions, kube::object_meta(), kPrefix);
  for (const ServedResource& served : registry.all()) {
    add_paths(paths, served, false);
    add_types_below(definitions, served.resource, kPrefix);
    json::Value schema = kind_schema(served, kPrefix);
    if (served.custom) reduce_to_v2(schema);
    definitions[schema_name(served.resource)] = std::move(schema);
    if (!served.stored) continue;
    definitions[schema_name(served.resource) + "List"] = list_schema(served, kPrefix);
  }
  return json::Object{{"swagger", "2.0"},
                      {"info", information()},
                      {"paths", std::move(paths)},
                      {"definitions", std::move(definitions)}};
}

}  // namespace firesteel::apiserver
