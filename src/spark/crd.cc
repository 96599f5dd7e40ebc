#include "spark/crd.h"

#include <fmt/format.h>

#include "kube/resource.h"
#include "spark/description.h"

namespace firesteel::spark {
namespace {

// kube-apiserver asks for an approval of every group under k8s.io; this is that of the predecessor,
// whose API this is.
constexpr std::string_view kApproval = "https://github.com/kubeflow/spark-operator/pull/1298";

json::Object schema_of(const Type& type);

json::Object field_schema(const Field& field) {
  switch (field.kind) {
    case FieldKind::kBoolean:
      return {{"type", "boolean"}};
    case FieldKind::kInteger:
      return {{"type", "integer"}, {"format", "int32"}};
    case FieldKind::kLong:
      return {{"type", "integer"}, {"format", "int64"}};
    case FieldKind::kString:
    case FieldKind::kMemory:
    case FieldKind::kQuantity:
      return {{"type", "string"}};
    case FieldKind::kTime:
      return {{"type", "string"}, {"format", "date-time"}, {"nullable", true}};
    case FieldKind::kStrings:
      return {{"type", "array"}, {"items", json::Object{{"type", "string"}}}};
    case FieldKind::kStringMap:
      return {{"type", "object"}, {"additionalProperties", json::Object{{"type", "string"}}}};
    case FieldKind::kQuantityMap:
      return {{"type", "object"},
              {"additionalProperties",
               json::Object{{"anyOf", json::Array{json::Object{{"type", "integer"}},
                                                  json::Object{{"type", "string"}}}},
                            {"x-kubernetes-int-or-string", true}}}};
    case FieldKind::kObject:
      return schema_of(*field.type);
    case FieldKind::kObjects:
      return {{"type", "array"}, {"items", schema_of(*field.type)}};
    case FieldKind::kObjectMap:
      return {{"type", "object"}, {"additionalProperties", schema_of(*field.type)}};
  }
  return {};
}

json::Object schema_of(const Type& type) {
  json::Object schema{{"type", "object"}};
  json::Object properties;
  json::Array required;
  for (const Field& field : type.fields) {
    json::Object property = field_schema(field);
    std::string doc(field.doc);
    if (!field.default_text.empty()) doc += fmt::format(" (default: {})", field.default_text);
    property["description"] = doc;
    if (field.checked_here) {
      properties[field.name] = std::move(property);
      continue;
    }
    if (!field.values.empty()) {
      json::Array values;
      for (const std::string_view value : field.values) values.push_back(json::Value(value));
      property["enum"] = std::move(values);
    }
    if (field.minimum) property["minimum"] = *field.minimum;
    if (field.maximum) property["maximum"] = *field.maximum;
    if (field.required) required.push_back(json::Value(field.name));
    properties[field.name] = std::move(property);
  }
  if (!properties.empty()) schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  if (type.open) schema["x-kubernetes-preserve-unknown-fields"] = true;
  return schema;
}

json::Object column(std::string_view name, std::string_view type, std::string_view path) {
  return {{"name", name}, {"type", type}, {"jsonPath", path}};
}

json::Value crd(const kube::Resource& resource, std::string_view short_name, const Type& spec,
                const Type& status, json::Array columns) {
  const json::Object text{{"type", "string"}};
  const json::Object root{
      {"type", "object"},
      {"required", {"metadata", "spec"}},
      {"properties", json::Object{{"apiVersion", text},
                                  {"kind", text},
                                  {"metadata", json::Object{{"type", "object"}}},
                                  {"spec", schema_of(spec)},
                                  {"status", schema_of(status)}}}};
  std::string singular = resource.kind;
  for (char& c : singular) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const json::Object version{{"name", resource.version},
                             {"served", true},
                             {"storage", true},
                             {"schema", json::Object{{"openAPIV3Schema", root}}},
                             {"subresources", json::Object{{"status", json::Object{}}}},
                             {"additionalPrinterColumns", std::move(columns)}};
  return json::Object{
      {"apiVersion", "apiextensions.k8s.io/v1"},
      {"kind", "CustomResourceDefinition"},
      {"metadata",
       json::Object{{"name", resource.group_resource()},
                    {"annotations", json::Object{{"api-approved.kubernetes.io", kApproval}}}}},
      {"spec",
       json::Object{{"group", resource.group},
                    {"names", json::Object{{"kind", resource.kind},
                                           {"listKind", resource.kind + "List"},
                                           {"plural", resource.plural},
                                           {"singular", singular},
                                           {"shortNames", json::Array{json::Value(short_name)}}}},
                    {"scope", "Namespaced"},
                    {"versions", json::Array{version}}}}};
}

}  // namespace

json::Value spark_application_crd() {
  return crd(kube::resources::kSparkApplications, "sparkapp", spark_application_spec_type(),
             spark_application_status_type(),
             {column("Suspend", "boolean", ".spec.suspend"),
              column("Status", "string", ".status.applicationState.state"),
              column("Attempts", "integer", ".status.executionAttempts"),
              column("Start", "string", ".status.lastSubmissionAttemptTime"),
              column("Finish", "string", ".status.terminationTime"),
              column("Age", "date", ".metadata.creationTimestamp")});
}

json::Value scheduled_spark_application_crd() {
  return crd(
      kube::resources::kScheduledSparkApplications, "scheduledsparkapp",
      scheduled_spark_application_spec_type(), scheduled_spark_application_status_type(),
      {column("Schedule", "string", ".spec.schedule"),
       column("TimeZone", "string", ".spec.timeZone"),
       column("Suspend", "boolean", ".spec.suspend"), column("Last Run", "date", ".status.lastRun"),
       column("Last Run Name", "string", ".status.lastRunName"),
       column("Age", "date", ".metadata.creationTimestamp")});
}

}  // namespace firesteel::spark
