#pragma once
// The columns of built-in kinds and how their cells are computed: one function per kind. Source of
// the wording: kube-apiserver's pkg/printers/internalversion. Pure. Used by table.cc.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/registry.h"
#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::apiserver::tables {

// As many cells as the kind has columns, the first being the name.
using CellsOf = json::Array (*)(const json::Value& object, TimePoint now);

struct BuiltIn {
  std::vector<PrinterColumn> columns;
  CellsOf cells;
};
using ByResource =
    std::map<std::string, BuiltIn, std::less<>>;  // by group_resource(): "deployments.apps"

// Null for kinds that show NAME and AGE only.
[[nodiscard]] const BuiltIn* find(const kube::Resource& resource);

// Each file of printers adds its kinds.
void add_pods(ByResource& out);       // table_pods.cc
void add_workloads(ByResource& out);  // table_workloads.cc
void add_core(ByResource& out);       // table_core.cc
void add_cluster(ByResource& out);    // table_cluster.cc

// What the printers share (table_columns.cc).
[[nodiscard]] PrinterColumn name_column();
[[nodiscard]] PrinterColumn column(std::string name, std::string type = "string");
[[nodiscard]] PrinterColumn wide(std::string name, std::string type = "string");  // priority 1
[[nodiscard]] std::string age(const json::Value& object, TimePoint now);
[[nodiscard]] std::string or_none(std::string_view text);  // "<none>" for ""
[[nodiscard]] std::string joined(const std::vector<std::string>& texts, std::string_view between);
// "a=b,c=d" sorted, "<none>" when empty.
[[nodiscard]] std::string labels_text(const json::Object& labels);
// A metav1.LabelSelector as text, "<none>" when empty or missing.
[[nodiscard]] std::string selector_text(const json::Value* selector);
// The names and the images of a pod template's containers, joined by commas.
[[nodiscard]] std::string container_names(const json::Value& pod_spec);
[[nodiscard]] std::string container_images(const json::Value& pod_spec);

}  // namespace firesteel::apiserver::tables
