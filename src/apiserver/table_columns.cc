#include "apiserver/table_columns.h"

#include <boost/json/array.hpp>

#include "apiserver/human_duration.h"
#include "kube/selector.h"

namespace firesteel::apiserver::tables {

const BuiltIn* find(const kube::Resource& resource) {
  static const ByResource kTables = [] {
    ByResource out;
    add_pods(out);
    add_workloads(out);
    add_core(out);
    add_cluster(out);
    return out;
  }();
  const auto at = kTables.find(resource.group_resource());
  return at == kTables.end() ? nullptr : &at->second;
}

PrinterColumn name_column() {
  PrinterColumn out = column("Name");
  out.format = "name";
  out.description = "Name must be unique within a namespace.";
  return out;
}

PrinterColumn column(std::string name, std::string type) {
  PrinterColumn out;
  out.name = std::move(name);
  out.type = std::move(type);
  return out;
}

PrinterColumn wide(std::string name, std::string type) {
  PrinterColumn out = column(std::move(name), std::move(type));
  out.priority = 1;
  return out;
}

std::string age(const json::Value& object, TimePoint now) {
  return age_of(json::string_at(object, {"metadata", "creationTimestamp"}), now);
}

std::string or_none(std::string_view text) {
  return std::string(text.empty() ? "<none>" : text);
}

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
  std::string out;
  for (const std::string& text : texts) {
    if (!out.empty()) out += between;
    out += text;
  }
  return out;
}

std::string labels_text(const json::Object& labels) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : labels) {
    if (!value.is_string()) continue;
    pairs.push_back(fmt::format("{}={}", std::string_view(key.data(), key.size()),
                                json::view(value.get_string())));
  }
  std::ranges::sort(pairs);
  return or_none(joined(pairs, ","));
}

std::string selector_text(const json::Value* selector) {
  if (selector == nullptr) return "<none>";
  const Result<kube::LabelSelector> parsed = kube::LabelSelector::from_json(*selector);
  return parsed ? or_none(parsed->text()) : "<error>";
}

namespace {

std::string of_containers(const json::Value& pod_spec, std::string_view key) {
  std::string out;
  for (const json::Value& container : json::array_at(pod_spec, {"containers"})) {
    if (!out.empty()) out += ',';
    out += json::string_at(container, key);
  }
  return out;
}

}  // namespace

std::string container_names(const json::Value& pod_spec) {
  return of_containers(pod_spec, "name");
}

std::string container_images(const json::Value& pod_spec) {
  return of_containers(pod_spec, "image");
}

}  // namespace firesteel::apiserver::tables
