#include "client/kubeconfig_fields.h"

#include <filesystem>

#include "base/json/yaml.h"

namespace firesteel::client {
namespace {

json::Array& list_of(json::Value& document, std::string_view list) {
  json::Value& value = document.as_object()[list];
  if (!value.is_array()) value = json::Array();
  return value.as_array();
}

void make_absolute(json::Value& entry, std::string_view body, std::string_view field,
                   const std::string& directory) {
  if (!entry.is_object()) return;
  json::Value* inner = entry.as_object().if_contains(body);
  if (inner == nullptr || json::string_at(*inner, field).empty()) return;
  const std::filesystem::path path(std::string(json::string_at(*inner, field)));
  if (path.is_relative())
    inner->as_object()[field] = (std::filesystem::absolute(directory) / path).string();
}

}  // namespace

json::Value empty_kubeconfig() {
  return json::Object{{"apiVersion", "v1"},        {"kind", "Config"},
                      {"clusters", json::Array()}, {"contexts", json::Array()},
                      {"users", json::Array()},    {"current-context", ""}};
}

Result<json::Value> parse_kubeconfig(const std::string& path, const std::string& text) {
  auto documents = json::parse_yaml(text);
  if (!documents)
    return fail(ErrorCode::kInvalid, fmt::format("{}: {}", path, documents.error().message));
  if (documents->empty()) return empty_kubeconfig();
  json::Value& document = documents->front().value;
  const std::string_view kind = json::string_at(document, "kind");
  if (!document.is_object() || (!kind.empty() && kind != "Config"))
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: it is no kubeconfig (expected a mapping of kind Config)", path));
  return std::move(document);
}

const json::Value* find_named(const json::Value& document, std::string_view list,
                              std::string_view name) {
  for (const json::Value& entry : json::array_at(document, {list}))
    if (json::string_at(entry, "name") == name) return &entry;
  return nullptr;
}

void put_named(json::Value& document, std::string_view list, std::string_view name,
               std::string_view field, const json::Object& body) {
  json::Array& entries = list_of(document, list);
  for (json::Value& entry : entries) {
    if (json::string_at(entry, "name") != name) continue;
    entry.as_object()[field] = body;
    return;
  }
  json::Object entry;
  entry[field] = body;
  entry["name"] = name;
  entries.push_back(std::move(entry));
}

bool remove_named(json::Value& document, std::string_view list, std::string_view name) {
  json::Array& entries = list_of(document, list);
  json::Array kept;
  for (json::Value& entry : entries)
    if (json::string_at(entry, "name") != name) kept.push_back(std::move(entry));
  const bool removed = kept.size() != entries.size();
  entries = std::move(kept);
  return removed;
}

void merge_kubeconfig(json::Value& into, json::Value from) {
  for (const std::string_view list : {"clusters", "contexts", "users"}) {
    json::Array& entries = list_of(into, list);
    for (json::Value& entry : list_of(from, list))
      if (find_named(into, list, json::string_at(entry, "name")) == nullptr)
        entries.push_back(std::move(entry));
  }
  if (json::string_at(into, "current-context").empty())
    into.as_object()["current-context"] = json::string_at(from, "current-context");
}

void make_paths_absolute(json::Value& document, const std::string& directory) {
  for (json::Value& cluster : list_of(document, "clusters"))
    make_absolute(cluster, "cluster", "certificate-authority", directory);
  for (json::Value& user : list_of(document, "users"))
    for (const std::string_view field : {"client-certificate", "client-key", "tokenFile"})
      make_absolute(user, "user", field, directory);
}

std::string real_path(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

}  // namespace firesteel::client
