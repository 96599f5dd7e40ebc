#pragma once
// What the server serves: the built-in resources and those that CustomResourceDefinitions add. An
// immutable snapshot; a change of a CRD makes a new one (RegistryHolder). Discovery, OpenAPI,
// tables, RBAC and the handlers all read it.
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::kube {
class Schema;
}

namespace firesteel::apiserver {

// One column of `kubectl get`: of a CRD's additionalPrinterColumns, or of a built-in kind.
struct PrinterColumn {
  std::string name;    // "Status"
  std::string type;    // string | integer | number | boolean | date
  std::string format;  // "" or "name", "date-time", ...
  std::string description;
  int priority = 0;       // 0 = shown without -o wide
  std::string json_path;  // ".status.applicationState.state"; "" for built-ins computed in code
};

struct ServedResource {
  kube::Resource resource;
  std::string singular;                  // "pod"
  std::string list_kind;                 // "PodList"
  std::vector<std::string> short_names;  // "po"
  std::vector<std::string> categories;   // "all"
  // create delete deletecollection get list patch update watch
  std::vector<std::string> verbs;
  std::vector<std::string> subresources;       // "status", "scale", "log", "binding", "token", ...
  std::vector<PrinterColumn> columns;          // CRDs only; built-ins get theirs in table.cc
  std::shared_ptr<const kube::Schema> schema;  // CRDs only
  json::Value raw_schema;                      // CRDs: openAPIV3Schema as written; else null
  bool custom = false;                         // from a CRD
  bool stored = true;            // false: create only, answered and forgotten (reviews)
  bool has_spec_status = false;  // main writes ignore .status, generation follows the rest
  // The key space in the store: group_resource(), or another resource's when they share objects
  // (events).
  std::string storage;
  std::string storage_version;  // "v1beta2": apiVersion of the CRD version marked storage: true
  // CRDs with a scale subresource: JSON paths as written there (".spec.replicas").
  std::string scale_spec_path, scale_status_path, scale_selector_path;
  std::vector<std::string> selectable_fields;  // CRDs: JSON paths usable in field selectors

  [[nodiscard]] bool has_subresource(std::string_view name) const;
  [[nodiscard]] bool has_verb(std::string_view verb) const;
  [[nodiscard]] bool namespaced() const { return resource.scope == kube::Scope::kNamespaced; }
};

// Immutable; share as std::shared_ptr<const Registry>. Pointers into it live as long as the
// snapshot.
class Registry {
 public:
  explicit Registry(std::vector<ServedResource> resources);

  // The built-in resources only.
  [[nodiscard]] static std::vector<ServedResource> built_in();

  // Null when not served. `group` is "" for core.
  [[nodiscard]] const ServedResource* find(std::string_view group, std::string_view version,
                                           std::string_view plural) const;
  // By kind: for owner references and bodies.
  [[nodiscard]] const ServedResource* find_kind(std::string_view group, std::string_view version,
                                                std::string_view kind) const;
  // In order of group, version, plural; core ("") first.
  [[nodiscard]] const std::vector<ServedResource>& all() const { return resources_; }
  // Is any resource of this group and version served?
  [[nodiscard]] bool has_group_version(std::string_view group, std::string_view version) const;

 private:
  std::vector<ServedResource> resources_;
};

// The current snapshot, exchanged when a CRD changes. Thread-safe.
class RegistryHolder {
 public:
  explicit RegistryHolder(std::shared_ptr<const Registry> first) : current_(std::move(first)) {}
  [[nodiscard]] std::shared_ptr<const Registry> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void set(std::shared_ptr<const Registry> next) {
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Registry> current_;
};

}  // namespace firesteel::apiserver
