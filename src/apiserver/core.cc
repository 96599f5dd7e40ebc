#include "apiserver/core.h"

#include "apiserver/crd.h"
#include "apiserver/event_versions.h"
#include "base/log.h"

namespace firesteel::apiserver {

Core::Core(std::unique_ptr<store::Store> objects, const ApiServer::Options& options)
    : store_(std::move(objects)),
      clock_(*options.clock),
      options_(options),
      port_(options.port),
      registry_(std::make_shared<const Registry>(Registry::built_in())) {
  rebuild_registry();
}

std::string Core::server_address() const {
  return fmt::format("{}:{}", options_.address, port_.load());
}

json::Document Core::get(const kube::Resource& resource, std::string_view space,
                         std::string_view name) const {
  const auto registry = registry_.get();
  const ServedResource* served = registry->find(resource.group, resource.version, resource.plural);
  if (served == nullptr || name.empty()) return nullptr;
  const auto entry = store_->get(key_of(*served, space, name));
  return entry ? present(*served, entry->value) : nullptr;
}

std::vector<json::Document> Core::list(const kube::Resource& resource,
                                       std::string_view space) const {
  std::vector<json::Document> out;
  const auto registry = registry_.get();
  const ServedResource* served = registry->find(resource.group, resource.version, resource.plural);
  if (served == nullptr) return out;
  for (auto& [key, entry] : store_->list(key_of(*served, space, "")).entries) {
    out.push_back(present(*served, entry.value));
  }
  return out;
}

void Core::rebuild_registry() {
  const std::lock_guard lock(registry_mutex_);
  std::vector<ServedResource> served = Registry::built_in();
  for (const auto& [key, entry] :
       store_->list("customresourcedefinitions.apiextensions.k8s.io/").entries) {
    for (ServedResource& custom : served_by_crd(*entry.value)) served.push_back(std::move(custom));
  }
  registry_.set(std::make_shared<const Registry>(std::move(served)));
}

void Core::written(const ServedResource& served) {
  if (served.resource.group == "rbac.authorization.k8s.io") ++roles_written_;
  if (served.resource.kind == "CustomResourceDefinition" && !served.custom) rebuild_registry();
  if (served.resource.kind == "ResourceQuota" && !served.custom) quotas.quota_written();
}

std::string Call::field_manager() const {
  const std::string_view given = query_value(query, "fieldManager");
  if (!given.empty()) return std::string(given);
  const std::string_view agent = http.headers.get("User-Agent");
  const std::string_view program = agent.substr(0, std::min(agent.find('/'), agent.size()));
  return program.empty() ? "unknown" : std::string(program);
}

std::string key_of(const ServedResource& served, std::string_view space, std::string_view name) {
  std::string key = served.storage + "/";
  if (served.namespaced() && !space.empty()) key.append(space).append("/");
  return key.append(name);
}

std::unexpected<Error> not_found(const kube::Resource& resource, std::string_view name) {
  return fail(ErrorCode::kNotFound,
              fmt::format("{} \"{}\" not found", resource.group_resource(), name));
}

std::unexpected<Error> already_exists(const kube::Resource& resource, std::string_view name) {
  return fail(ErrorCode::kAlreadyExists,
              fmt::format("{} \"{}\" already exists", resource.group_resource(), name));
}

std::unexpected<Error> conflict(const kube::Resource& resource, std::string_view name,
                                std::string_view why) {
  return fail(ErrorCode::kConflict, fmt::format("Operation cannot be fulfilled on {} \"{}\": {}",
                                                resource.group_resource(), name, why));
}

json::Document present(const ServedResource& served, json::Document stored) {
  if (is_new_event(served.resource)) {
    return std::make_shared<const json::Value>(new_event_from_core(*stored));
  }
  const std::string version = served.resource.api_version();
  if (json::string_at(*stored, "apiVersion") == version) return stored;
  json::Value copy = *stored;
  if (copy.is_object()) copy.as_object()["apiVersion"] = version;
  return std::make_shared<const json::Value>(std::move(copy));
}

json::Value to_storage(const ServedResource& served, json::Value object) {
  if (is_new_event(served.resource)) return core_event_from_new(std::move(object));
  kube::Resource stored = served.resource;
  stored.version = served.storage_version;
  object.as_object()["apiVersion"] = stored.api_version();
  return object;
}

}  // namespace firesteel::apiserver
