#include "apiserver/metadata_validation.h"

#include <boost/json/array.hpp>

#include "base/json/print.h"
#include "kube/names.h"
#include "kube/object.h"

namespace firesteel::apiserver {

namespace {

using Problems = std::vector<Problem>;

std::string text_of(const json::Value& value) {
  return value.is_string() ? std::string(json::view(value.get_string())) : json::print(value);
}

// Source: core/helper IsStandardFinalizerName.
bool is_standard(std::string_view name) {
  return name == "kubernetes" || name == "orphan" || name == "foregroundDeletion";
}

void check_finalizer(const std::string& name, std::size_t index, Problems& problems) {
  for (const std::string& wrong : kube::check_qualified_name(name)) {
    problems.push_back({"metadata.finalizers",
                        fmt::format("Invalid value: \"{}\": {}", name, wrong),
                        "FieldValueInvalid"});
  }
  if (name.find('/') == std::string::npos && !is_standard(name)) {
    problems.push_back({fmt::format("metadata.finalizers[{}]", index),
                        fmt::format("Invalid value: \"{}\": name is neither a standard finalizer "
                                    "name nor is it fully qualified",
                                    name),
                        "FieldValueInvalid"});
  }
}

void must_not_be_empty(const json::Value& owner, std::string_view member, std::string_view word,
                       Problems& problems) {
  if (!json::string_at(owner, member).empty()) return;
  problems.push_back({fmt::format("metadata.ownerReferences.{}", member),
                      fmt::format("Invalid value: \"\": {}must not be empty", word),
                      "FieldValueInvalid"});
}

}  // namespace

Problems check_finalizers(const json::Value& object, const json::Value* before) {
  Problems problems;
  const json::Array& finalizers = json::array_at(object, {"metadata", "finalizers"});
  for (std::size_t i = 0; i < finalizers.size(); ++i) {
    check_finalizer(text_of(finalizers[i]), i, problems);
  }
  if (before == nullptr || !kube::is_deleting(*before)) return problems;
  const json::Array& old = json::array_at(*before, {"metadata", "finalizers"});
  std::string added;
  for (const json::Value& each : finalizers) {
    if (std::find(old.begin(), old.end(), each) != old.end()) continue;
    added += fmt::format("{}\"{}\"", added.empty() ? "" : ", ", text_of(each));
  }
  if (!added.empty()) {
    problems.push_back({"metadata.finalizers",
                        fmt::format("Forbidden: no new finalizers can be added if the object is "
                                    "being deleted, found new finalizers []string{{{}}}",
                                    added),
                        "FieldValueForbidden"});
  }
  return problems;
}

Problems check_owners(const json::Value& object) {
  Problems problems;
  const json::Array& owners = json::array_at(object, {"metadata", "ownerReferences"});
  int controllers = 0;
  for (const json::Value& owner : owners) {
    must_not_be_empty(owner, "apiVersion", "version ", problems);
    must_not_be_empty(owner, "kind", "", problems);
    must_not_be_empty(owner, "name", "", problems);
    must_not_be_empty(owner, "uid", "", problems);
    if (json::bool_at(owner, {"controller"})) ++controllers;
  }
  if (controllers > 1) {
    problems.push_back({"metadata.ownerReferences",
                        fmt::format("Invalid value: {}: Only one reference can have Controller set "
                                    "to true. Found \"true\" in references for {} owners",
                                    json::print(owners), controllers),
                        "FieldValueInvalid"});
  }
  return problems;
}

}  // namespace firesteel::apiserver
