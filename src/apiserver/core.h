#pragma once
// What all handlers share: the store, the registry, the clock and the hooks; and one request as
// they see it. Core is thread-safe; a Call belongs to one request.
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/object_source.h"
#include "apiserver/quota_book.h"
#include "apiserver/registry.h"
#include "apiserver/request_path.h"
#include "apiserver/server.h"
#include "apiserver/store/store.h"
#include "apiserver/user.h"
#include "apiserver/webhook_client.h"
#include "base/clock.h"
#include "base/stop.h"

namespace firesteel::apiserver {

class Authorizer;

class Core final : public ObjectSource {
 public:
  // `clock` must outlive it.
  Core(std::unique_ptr<store::Store> objects, const ApiServer::Options& options);

  [[nodiscard]] json::Document get(const kube::Resource& resource, std::string_view space,
                                   std::string_view name) const override;
  [[nodiscard]] std::vector<json::Document> list(const kube::Resource& resource,
                                                 std::string_view space) const override;

  [[nodiscard]] store::Store& store() const { return *store_; }
  [[nodiscard]] TimePoint now() const { return clock_.now(); }
  [[nodiscard]] RegistryHolder& registry() { return registry_; }
  [[nodiscard]] const ApiServer::Options& options() const { return options_; }
  // "127.0.0.1:6443", as discovery tells it.
  [[nodiscard]] std::string server_address() const;
  void set_port(int port) { port_ = port; }
  [[nodiscard]] int port() const { return port_; }
  // Grows with every write of an RBAC object.
  [[nodiscard]] std::uint64_t roles_written() const { return roles_written_; }
  // Makes a new registry snapshot from the built-in kinds and the stored CRDs.
  void rebuild_registry();
  // Called after every write of `served`: keeps the registry (and who watches it) current.
  void written(const ServedResource& served);

  // Uncommonly long critical sections: allocations of Service addresses.
  std::mutex service_mutex;
  WebhookClients webhooks;
  QuotaBook quotas;

 private:
  std::unique_ptr<store::Store> store_;
  const Clock& clock_;
  ApiServer::Options options_;
  std::atomic<int> port_;
  std::atomic<std::uint64_t> roles_written_{0};
  RegistryHolder registry_;
  std::mutex registry_mutex_;
};

// One resource request on its way through the handlers.
struct Call {
  Core& core;
  const net::Request& http;
  RequestPath path;
  net::Query query;
  std::shared_ptr<const Registry> registry;
  const ServedResource* served = nullptr;  // in `registry`
  User user;
  std::vector<std::string> warnings = {};    // become Warning headers
  const Authorizer* authorizer = nullptr;    // null where what is written is the server's own
  std::string object_name = {};              // of what is created, for the details of an error
  std::vector<std::string> duplicates = {};  // paths of what stands twice in the body

  [[nodiscard]] const kube::Resource& resource() const { return served->resource; }
  [[nodiscard]] bool dry_run() const { return query_value(query, "dryRun") == "All"; }
  // ?fieldManager=, or the user agent's program name, as kube-apiserver defaults it.
  [[nodiscard]] std::string field_manager() const;
};

// "pods/default/x", "nodes/x"; with an empty name the prefix of all ("pods/default/", "pods/").
[[nodiscard]] std::string key_of(const ServedResource& served, std::string_view space,
                                 std::string_view name);

// `pods "x" not found`, `pods "x" already exists`.
[[nodiscard]] std::unexpected<Error> not_found(const kube::Resource& resource,
                                               std::string_view name);
[[nodiscard]] std::unexpected<Error> already_exists(const kube::Resource& resource,
                                                    std::string_view name);
// `Operation cannot be fulfilled on pods "x": WHY`.
[[nodiscard]] std::unexpected<Error> conflict(const kube::Resource& resource, std::string_view name,
                                              std::string_view why);
inline constexpr std::string_view kModified =
    "the object has been modified; please apply your changes to the latest version and try again";

// The stored object as this version of the resource shows it (another apiVersion, another layout).
// The same document when nothing differs.
[[nodiscard]] json::Document present(const ServedResource& served, json::Document stored);
// The reverse, for writes.
[[nodiscard]] json::Value to_storage(const ServedResource& served, json::Value object);

}  // namespace firesteel::apiserver
