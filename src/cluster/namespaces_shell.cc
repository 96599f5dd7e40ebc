// The threads of namespaces: provides the default service account and the root CA, empties and ends
// what is deleted.
#include "client/informer.h"
#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/kinds.h"
#include "cluster/namespaces.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using client::Change;
using kube::resources::kConfigMaps;
using kube::resources::kCustomResourceDefinitions;
using kube::resources::kNamespaces;
using kube::resources::kServiceAccounts;
using Again = std::optional<std::chrono::nanoseconds>;

// Pods take their grace period to go: how often to look whether a terminating namespace is empty.
constexpr std::chrono::milliseconds kEmptyingRetry{250};

class Namespaces final : public Controller {
 public:
  Namespaces(const Surroundings& around, std::string root_ca_pem)
      : api_(around.api),
        root_ca_pem_(std::move(root_ca_pem)),
        workers_(queue_named("namespaces", around.workers), around.clock,
                 [this](const std::string& name) { return sync(name); }),
        namespaces_(around.informers.of(kNamespaces)),
        accounts_(around.informers.of(kServiceAccounts)),
        maps_(around.informers.of(kConfigMaps)) {
    namespaces_.on_change([this](const Change& change) { workers_.add(change.key); });
    const auto when_named = [this](std::string_view wanted) {
      return [this, wanted](const Change& change) {
        const auto [space, name] = split_key(change.key);
        if (name == wanted) workers_.add(space);
      };
    };
    accounts_.on_change(when_named(kDefaultServiceAccount));
    maps_.on_change(when_named(kRootCaConfigMap));
  }
  void start() override { workers_.start(); }
  void stop() override { workers_.stop(); }

 private:
  Result<Again> sync(const std::string& name) {
    const json::Document space = namespaces_.get(name);
    if (space == nullptr) return std::nullopt;
    if (!kube::is_deleting(*space)) return provide(name);
    const std::size_t content = TRY(empty(name));
    switch (decide_namespace(*space, content)) {
      case NamespaceStep::kProvide:
      case NamespaceStep::kWait:
        return std::nullopt;
      case NamespaceStep::kEmpty:
        return kEmptyingRetry;
      case NamespaceStep::kFinalize: {
        const auto done =
            api_.replace(kNamespaces, "", name, finalized(*space), to_subresource("finalize"));
        if (!done && !is_settled(done.error())) return std::unexpected(done.error());
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  Result<Again> provide(const std::string& name) {
    if (!accounts_.has_synced() || !maps_.has_synced()) return std::chrono::milliseconds(20);
    if (accounts_.get(name + "/" + std::string(kDefaultServiceAccount)) == nullptr) {
      TRY(create(kServiceAccounts, name, default_service_account(name)));
    }
    const json::Value wanted = root_ca_config_map(name, root_ca_pem_);
    const json::Document map = maps_.get(name + "/" + std::string(kRootCaConfigMap));
    if (map == nullptr) {
      TRY(create(kConfigMaps, name, wanted));
    } else if (json::object_at(*map, {"data"}) != json::object_at(wanted, {"data"})) {
      const auto written = api_.replace(kConfigMaps, name, kRootCaConfigMap, wanted, {});
      if (!written && !is_settled(written.error())) return std::unexpected(written.error());
    }
    return std::nullopt;
  }

  Result<void> create(const kube::Resource& resource, const std::string& space,
                      const json::Value& object) {
    const auto created = api_.create(resource, space, object, {});
    if (created || is_settled(created.error())) return {};
    return std::unexpected(created.error());
  }

  // Asks for everything in it to be deleted; how much is still there.
  Result<std::size_t> empty(const std::string& name) {
    std::vector<kube::Resource> kinds = namespaced_kinds();
    const kube::List crds = TRY(api_.list(kCustomResourceDefinitions, "", {}));
    for (const json::Document& crd : crds.items) {
      const std::optional<kube::Resource> resource = resource_of_crd(*crd);
      if (resource && resource->scope == kube::Scope::kNamespaced) kinds.push_back(*resource);
    }
    std::size_t content = 0;
    for (const kube::Resource& kind : kinds) {
      const auto list = api_.list(kind, name, {});
      if (!list && list.error().code == ErrorCode::kNotFound) continue;  // not served here
      if (!list) return std::unexpected(list.error());
      content += list->items.size();
      for (const json::Document& object : list->items) {
        if (kube::is_deleting(*object)) continue;
        const auto removed =
            api_.remove(kind, name, kube::name_of(*object),
                        only_uid(kube::uid_of(*object), kube::Propagation::kBackground));
        if (!removed && !is_settled(removed.error())) return std::unexpected(removed.error());
      }
    }
    return content;
  }

  kube::Api& api_;
  const std::string root_ca_pem_;
  client::Workers workers_;
  client::Informer& namespaces_;
  client::Informer& accounts_;
  client::Informer& maps_;
};

}  // namespace

std::unique_ptr<Controller> make_namespaces(const Surroundings& around, std::string root_ca_pem) {
  return std::make_unique<Namespaces>(around, std::move(root_ca_pem));
}

}  // namespace firesteel::cluster
