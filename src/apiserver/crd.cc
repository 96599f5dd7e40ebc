#include "apiserver/crd.h"

#include "base/json/print.h"
#include "base/log.h"
#include "kube/conditions.h"
#include "kube/names.h"
#include "kube/object.h"
#include "kube/schema.h"

namespace firesteel::apiserver {

namespace {

std::vector<std::string> strings(const json::Array& array) {
  std::vector<std::string> out;
  for (const json::Value& each : array) {
    if (each.is_string()) out.emplace_back(json::view(each.get_string()));
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::vector<PrinterColumn> columns_of(const json::Value& version) {
  std::vector<PrinterColumn> columns;
  for (const json::Value& column : json::array_at(version, {"additionalPrinterColumns"})) {
    const auto text = [&column](std::string_view key) {
      return std::string(json::string_at(column, key));
    };
    columns.push_back({text("name"), text("type"), text("format"), text("description"),
                       static_cast<int>(json::int_at(column, {"priority"})), text("jsonPath")});
  }
  return columns;
}

void read_subresources(const json::Value& version, ServedResource& served) {
  if (json::find(version, {"subresources", "status"}) != nullptr) {
    served.subresources.emplace_back("status");
    served.has_spec_status = true;
  }
  if (json::find(version, {"subresources", "scale"}) == nullptr) return;
  served.subresources.emplace_back("scale");
  const auto path = [&version](std::string_view key) {
    return std::string(json::string_at(version, {"subresources", "scale", key}));
  };
  served.scale_spec_path = path("specReplicasPath");
  served.scale_status_path = path("statusReplicasPath");
  served.scale_selector_path = path("labelSelectorPath");
}

std::string storage_version(const json::Value& crd) {
  for (const json::Value& version : json::array_at(crd, {"spec", "versions"})) {
    if (json::bool_at(version, {"storage"})) return std::string(json::string_at(version, "name"));
  }
  return {};
}

ServedResource served_version(const json::Value& crd, const json::Value& version) {
  ServedResource served;
  served.resource.group = json::string_at(crd, {"spec", "group"});
  served.resource.version = json::string_at(version, "name");
  served.resource.plural = json::string_at(crd, {"spec", "names", "plural"});
  served.resource.kind = json::string_at(crd, {"spec", "names", "kind"});
  served.resource.scope = json::string_at(crd, {"spec", "scope"}) == "Cluster"
                              ? kube::Scope::kCluster
                              : kube::Scope::kNamespaced;
  served.singular = json::string_at(crd, {"spec", "names", "singular"});
  served.list_kind = json::string_at(crd, {"spec", "names", "listKind"});
  served.short_names = strings(json::array_at(crd, {"spec", "names", "shortNames"}));
  served.categories = strings(json::array_at(crd, {"spec", "names", "categories"}));
  served.verbs = {"create", "delete", "deletecollection", "get",
                  "list",   "patch",  "update",           "watch"};
  served.columns = columns_of(version);
  served.custom = true;
  served.storage = served.resource.group_resource();
  served.storage_version = storage_version(crd);
  read_subresources(version, served);
  for (const json::Value& field : json::array_at(version, {"selectableFields"})) {
    served.selectable_fields.emplace_back(json::string_at(field, "jsonPath"));
  }
  return served;
}

Problem required(std::string path) {
  return {std::move(path), "Required value", "FieldValueRequired"};
}

void check_names(const json::Value& crd, std::vector<Problem>& problems) {
  for (std::string_view key : {"plural", "kind"}) {
    if (json::string_at(crd, {"spec", "names", key}).empty()) {
      problems.push_back(required(fmt::format("spec.names.{}", key)));
    }
  }
  const std::string_view group = json::string_at(crd, {"spec", "group"});
  if (group.empty()) problems.push_back(required("spec.group"));
  const std::string expected =
      fmt::format("{}.{}", json::string_at(crd, {"spec", "names", "plural"}), group);
  if (kube::name_of(crd) != expected) {
    problems.push_back({"metadata.name",
                        fmt::format("Invalid value: \"{}\": must be "
                                    "spec.names.plural+\".\"+spec.group",
                                    kube::name_of(crd)),
                        "FieldValueInvalid"});
  }
  const std::string_view scope = json::string_at(crd, {"spec", "scope"});
  if (scope != "Cluster" && scope != "Namespaced") {
    problems.push_back(
        {"spec.scope",
         fmt::format("Unsupported value: \"{}\": supported values: \"Cluster\", \"Namespaced\"",
                     scope),
         "FieldValueNotSupported"});
  }
  if (json::string_at(crd, {"spec", "conversion", "strategy"}) == "Webhook") {
    problems.push_back({"spec.conversion.strategy",
                        "Unsupported value: \"Webhook\": this server converts between versions "
                        "only by changing apiVersion: None",
                        "FieldValueNotSupported"});
  }
}

// `schema_path` is where messages have the schema.
void check_version(const json::Value& version, const std::string& path,
                   const std::string& schema_path, std::vector<Problem>& problems) {
  const std::string_view name = json::string_at(version, "name");
  for (const std::string& wrong : kube::check_dns1035_label(name)) {
    problems.push_back({path + ".name", fmt::format("Invalid value: \"{}\": {}", name, wrong),
                        "FieldValueInvalid"});
  }
  const json::Value* schema = json::find(version, {"schema", "openAPIV3Schema"});
  if (schema == nullptr) {
    problems.push_back(required(path + ".schema.openAPIV3Schema"));
    return;
  }
  const auto compiled = kube::Schema::parse(*schema);
  if (compiled) return;
  const std::string& below = schema_path;
  if (compiled.error().problems.empty()) {
    problems.push_back({below, compiled.error().message, "FieldValueInvalid"});
  }
  for (Problem problem : compiled.error().problems) {
    problem.path = problem.path.empty() ? below : below + "." + problem.path;
    problems.push_back(std::move(problem));
  }
}

}  // namespace

std::vector<ServedResource> served_by_crd(const json::Value& crd) {
  std::vector<ServedResource> out;
  if (!kube::is_condition_true(json::Value(json::object_at(crd, {"status"})), "Established")) {
    return out;
  }
  for (const json::Value& version : json::array_at(crd, {"spec", "versions"})) {
    if (!json::bool_at(version, {"served"})) continue;
    ServedResource served = served_version(crd, version);
    if (const json::Value* raw = json::find(version, {"schema", "openAPIV3Schema"})) {
      auto compiled = kube::Schema::parse(*raw);
      if (!compiled) {
        // It was valid when it was accepted: the file is from another version of this program.
        log::error("a stored schema is no longer valid; its resource is not served",
                   {{"crd", std::string(kube::name_of(crd))}, {"error", compiled.error().message}});
        continue;
      }
      served.schema = std::make_shared<const kube::Schema>(*std::move(compiled));
      served.raw_schema = *raw;
    }
    out.push_back(std::move(served));
  }
  return out;
}

void default_crd(json::Value& crd) {
  const std::string kind(json::string_at(crd, {"spec", "names", "kind"}));
  json::Object& names = json::make_object(crd, {"spec", "names"});
  if (!names.contains("singular")) names["singular"] = lower(kind);
  if (!names.contains("listKind")) names["listKind"] = kind + "List";
  json::Object& conversion = json::make_object(crd, {"spec", "conversion"});
  if (!conversion.contains("strategy")) conversion["strategy"] = "None";
}

std::vector<Problem> validate_crd(const json::Value& crd) {
  std::vector<Problem> problems;
  check_names(crd, problems);
  const json::Array& versions = json::array_at(crd, {"spec", "versions"});
  int stored = 0;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (json::bool_at(versions[i], {"storage"})) ++stored;
    const std::string path = fmt::format("spec.versions[{}]", i);
    // A single version's schema is named as if it were that of all.
    check_version(
        versions[i], path,
        versions.size() == 1 ? "spec.validation.openAPIV3Schema" : path + ".schema.openAPIV3Schema",
        problems);
  }
  if (stored != 1) {
    problems.push_back({"spec.versions",
                        fmt::format("Invalid value: {}: must have exactly one version marked as "
                                    "storage version",
                                    json::print(versions)),
                        "FieldValueInvalid"});
    problems.push_back({"status.storedVersions",
                        "Invalid value: null: must have at least one stored version",
                        "FieldValueInvalid"});
  }
  return problems;
}

void establish_crd(json::Value& crd, TimePoint now) {
  json::Value status = json::object_at(crd, {"status"});
  kube::set_condition(status, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now);
  kube::set_condition(status, "Established", "True", "InitialNamesAccepted",
                      "the initial names have been accepted", now);
  json::Object& object = status.as_object();
  object["acceptedNames"] = json::object_at(crd, {"spec", "names"});
  const std::string version = storage_version(crd);
  json::Value& stored = object["storedVersions"];
  if (!stored.is_array()) stored = json::Array();
  bool there = false;
  for (const json::Value& each : stored.get_array()) there = there || each == json::Value(version);
  if (!there) stored.get_array().emplace_back(version);
  crd.as_object()["status"] = std::move(status);
}

}  // namespace firesteel::apiserver
