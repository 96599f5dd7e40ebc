#include "apiserver/server.h"

#include "apiserver/bootstrap.h"
#include "apiserver/core.h"
#include "apiserver/handler.h"
#include "apiserver/quota_admission.h"
#include "apiserver/store/sqlite_store.h"
#include "apiserver/write.h"
#include "base/check.h"
#include "kube/object.h"
#include "net/server.h"

namespace firesteel::apiserver {

namespace {

// Creates what a fresh cluster holds and this one lacks, as if kube-apiserver's own client had.
Result<void> bootstrap(Core& core) {
  for (const BootstrapObject& each : bootstrap_objects()) {
    const std::string_view name = kube::name_of(each.object);
    const std::string_view space = kube::namespace_of(each.object);
    if (core.get(each.resource, space, name) != nullptr) continue;
    net::Request request;
    request.method = "POST";
    request.headers.add("User-Agent", "firesteel-apiserver/1");
    const auto registry = core.registry().get();
    Call call{
        core,     request,
        {},       {},
        registry, registry->find(each.resource.group, each.resource.version, each.resource.plural),
        {}};
    ASSERT(call.served != nullptr, "bootstrap objects are of built-in kinds");
    call.path.space = space;
    TRY(context(create_object(call, each.object),
                fmt::format("create {} {}", each.resource.kind, name)));
  }
  return {};
}

class Running final : public ApiServer {
 public:
  explicit Running(std::unique_ptr<store::Store> store, const Options& options)
      : core_(std::move(store), options), handler_(core_), quota_status_(core_) {}

  // Watches look at the store's stop before they look at the connection's.
  ~Running() override {
    quota_status_.request_stop();
    core_.webhooks.stop();
    core_.store().stop_waiting();
    server_.reset();
  }

  Result<void> listen(const Options& options) {
    net::ServerOptions server;
    server.address = options.address;
    server.port = options.port;
    server.tls =
        TRY(net::TlsServerContext::create(options.serving_certificate, options.client_ca_pem));
    server_ = TRY(net::Server::start(server, handler_));
    core_.set_port(server_->port());
    return {};
  }

  Core& core() { return core_; }
  [[nodiscard]] int port() const override { return server_->port(); }

 private:
  Core core_;
  ApiHandler handler_;
  QuotaStatus quota_status_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace

Result<std::unique_ptr<ApiServer>> ApiServer::start(Options options) {
  ASSERT(options.clock != nullptr, "the server needs a clock");
  auto store = TRY(store::SqliteStore::open(options.data_directory + "/apiserver.db"));
  auto running = std::make_unique<Running>(std::move(store), options);
  TRY(context(bootstrap(running->core()), "prepare the cluster's first objects"));
  TRY(running->listen(options));
  return std::unique_ptr<ApiServer>(std::move(running));
}

}  // namespace firesteel::apiserver
