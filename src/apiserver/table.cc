#include "apiserver/table.h"

#include <boost/json/array.hpp>
#include <cmath>

#include "apiserver/human_duration.h"
#include "apiserver/json_path.h"
#include "apiserver/table_columns.h"
#include "base/json/print.h"
#include "kube/object.h"

namespace firesteel::apiserver {
namespace {

constexpr std::string_view kMetaVersion = "meta.k8s.io/v1";

// A CRD's column with its path read; nothing when the CRD has a path that we cannot read: an empty
// cell.
struct CustomColumn {
  const PrinterColumn* column;
  std::optional<JsonPath> path;
};

json::Value number_cell(const json::Value& value, bool integer) {
  if (!value.is_number()) return nullptr;
  if (!integer || !value.is_double()) return value;
  // A double outside of int64 has no integer cell.
  const double number = value.get_double();
  if (std::fabs(number) >= 9.2e18) return nullptr;
  return static_cast<std::int64_t>(number);
}

// As apiextensions-apiserver's cellForJSONValue and, for strings, PrintResults.
json::Value custom_cell(const CustomColumn& custom, const json::Value& object, TimePoint now) {
  if (!custom.path) return nullptr;
  const std::vector<const json::Value*> found = custom.path->find(object);
  if (found.empty()) return nullptr;
  const json::Value& first = *found.front();
  const std::string& type = custom.column->type;
  if (type == "integer" || type == "number") return number_cell(first, type == "integer");
  if (type == "boolean") return first.is_bool() ? first : json::Value();
  if (type == "date") {
    return first.is_string() ? json::Value(age_of(json::view(first.get_string()), now))
                             : json::Value();
  }
  std::string text;
  for (const json::Value* value : found) {
    if (!text.empty()) text += ' ';
    if (value->is_null()) continue;
    text += value->is_string() ? std::string(json::view(value->get_string())) : json::print(*value);
  }
  return json::Value(text);
}

json::Value column_definition(const PrinterColumn& column) {
  return json::Object{{"name", column.name},
                      {"type", column.type},
                      {"format", column.format},
                      {"description", column.description},
                      {"priority", column.priority}};
}

// The columns of one kind and a function for its rows.
class Printer {
 public:
  explicit Printer(const ServedResource& resource) {
    if (!resource.custom) built_in_ = tables::find(resource.resource);
    if (built_in_ != nullptr) {
      for (const PrinterColumn& column : built_in_->columns) columns_.push_back(&column);
      return;
    }
    static const PrinterColumn kName = tables::name_column();
    columns_.push_back(&kName);
    if (resource.columns.empty()) {
      static const PrinterColumn kAge = tables::column("Age", "string");
      columns_.push_back(&kAge);
      return;
    }
    for (const PrinterColumn& column : resource.columns) {
      columns_.push_back(&column);
      Result<JsonPath> path = JsonPath::parse(column.json_path);
      custom_.push_back({&column, path ? std::optional(std::move(*path)) : std::nullopt});
    }
  }

  [[nodiscard]] json::Array definitions() const {
    json::Array out;
    for (const PrinterColumn* column : columns_) out.push_back(column_definition(*column));
    return out;
  }

  [[nodiscard]] json::Array cells(const json::Value& object, TimePoint now) const {
    if (built_in_ != nullptr) return built_in_->cells(object, now);
    json::Array out;
    out.emplace_back(kube::name_of(object));
    if (custom_.empty()) out.emplace_back(tables::age(object, now));
    for (const CustomColumn& column : custom_) out.push_back(custom_cell(column, object, now));
    return out;
  }

 private:
  const tables::BuiltIn* built_in_ = nullptr;
  std::vector<const PrinterColumn*> columns_;
  std::vector<CustomColumn> custom_;
};

// A finished pod's row says so: kubectl and dashboards grey it out.
void add_row_conditions(json::Object& row, const ServedResource& resource,
                        const json::Value& object) {
  if (resource.custom || resource.resource.group_resource() != "pods") return;
  const std::string_view phase = json::string_at(object, {"status", "phase"});
  if (phase != "Succeeded" && phase != "Failed") return;
  const bool succeeded = phase == "Succeeded";
  json::Array conditions;
  conditions.emplace_back(json::Object{
      {"type", "Completed"},
      {"status", "True"},
      {"reason", phase},
      {"message", succeeded ? "The pod has completed successfully." : "The pod failed."}});
  row["conditions"] = std::move(conditions);
}

}  // namespace

std::optional<IncludeObject> parse_include_object(std::string_view text) {
  if (text.empty() || text == "Metadata") return IncludeObject::kMetadata;
  if (text == "Object") return IncludeObject::kObject;
  if (text == "None") return IncludeObject::kNone;
  return std::nullopt;
}

json::Value to_table(const ServedResource& resource, std::span<const json::Document> objects,
                     TimePoint now, IncludeObject include, json::Value list_metadata,
                     bool with_columns) {
  const Printer printer(resource);
  json::Array rows;
  rows.reserve(objects.size());
  for (const json::Document& object : objects) {
    json::Object row;
    row["cells"] = printer.cells(*object, now);
    add_row_conditions(row, resource, *object);
    switch (include) {
      case IncludeObject::kNone:
        row["object"] = nullptr;
        break;
      case IncludeObject::kMetadata:
        row["object"] = to_partial_metadata(*object);
        break;
      case IncludeObject::kObject:
        row["object"] = *object;
        break;
    }
    rows.emplace_back(std::move(row));
  }
  if (!list_metadata.is_object()) list_metadata.emplace_object();
  return json::Object{{"kind", "Table"},
                      {"apiVersion", kMetaVersion},
                      {"metadata", std::move(list_metadata)},
                      {"columnDefinitions", with_columns ? printer.definitions() : json::Array()},
                      {"rows", std::move(rows)}};
}

json::Value to_partial_metadata(const json::Value& object) {
  json::Object out{{"kind", "PartialObjectMetadata"}, {"apiVersion", kMetaVersion}};
  out["metadata"] = json::object_at(object, {"metadata"});
  return out;
}

json::Value to_partial_metadata_list(std::span<const json::Document> objects,
                                     json::Value list_metadata) {
  json::Array items;
  items.reserve(objects.size());
  for (const json::Document& object : objects) items.push_back(to_partial_metadata(*object));
  if (!list_metadata.is_object()) list_metadata.emplace_object();
  return json::Object{{"kind", "PartialObjectMetadataList"},
                      {"apiVersion", kMetaVersion},
                      {"metadata", std::move(list_metadata)},
                      {"items", std::move(items)}};
}

}  // namespace firesteel::apiserver
