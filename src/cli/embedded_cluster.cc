#include "cli/embedded_cluster.h"

#include <fmt/core.h>

#include <filesystem>

#include "apiserver/server.h"
#include "base/check.h"
#include "cli/platform.h"
#include "cli/version.h"
#include "client/http_api.h"
#include "cluster/controllers.h"
#include "kube/conditions.h"
#include "kube/object.h"
#include "node/agent.h"
#include "operator/validation.h"

namespace firesteel::cli {
namespace {

namespace resources = kube::resources;

client::Connection connection(const ClusterKeys& keys, const net::KeyPair& user, int port) {
  client::Connection made;
  made.url = fmt::format("https://127.0.0.1:{}", port);
  made.ca_pem = keys.authority.certificate_pem;
  made.certificate = user;
  made.default_namespace = std::string(kPlatformNamespace);
  return made;
}

const kube::Resource kValidatingWebhooks{"admissionregistration.k8s.io", "v1",
                                         "validatingwebhookconfigurations",
                                         "ValidatingWebhookConfiguration", kube::Scope::kCluster};
const kube::Resource kMutatingWebhooks{"admissionregistration.k8s.io", "v1",
                                       "mutatingwebhookconfigurations",
                                       "MutatingWebhookConfiguration", kube::Scope::kCluster};

const kube::Resource* resource_of_kind(std::string_view kind) {
  static const kube::Resource* const kKinds[] = {
      &resources::kNamespaces,   &resources::kServiceAccounts,
      &resources::kClusterRoles, &resources::kClusterRoleBindings,
      &resources::kRoles,        &resources::kRoleBindings,
      &resources::kServices,     &resources::kDeployments,
      &resources::kSecrets,      &kValidatingWebhooks,
      &kMutatingWebhooks,        &resources::kCustomResourceDefinitions};
  for (const kube::Resource* resource : kKinds) {
    if (resource->kind == kind) return resource;
  }
  return nullptr;
}

Result<void> install_platform(kube::Api& api) {
  kube::WriteOptions options;
  options.field_manager = "firesteel";
  options.force = true;
  for (const json::Value& object : platform_objects(kVersion)) {
    const kube::Resource* resource = resource_of_kind(json::string_at(object, "kind"));
    ASSERT(resource != nullptr, "the platform's kinds are all listed");
    TRY(context(api.patch(*resource, kube::namespace_of(object), kube::name_of(object),
                          kube::PatchType::kApply, object, options),
                fmt::format("install {} {}", resource->kind, kube::name_of(object))));
  }
  return {};
}

bool is_available(const json::Value& deployment) {
  return json::int_at(deployment, {"status", "availableReplicas"}) >= 1 &&
         json::int_at(deployment, {"status", "observedGeneration"}) >=
             json::int_at(deployment, {"metadata", "generation"});
}

std::string operator_selector() {
  return fmt::format("app.kubernetes.io/name={}", kOperatorName);
}

std::string_view container_id(const json::Value& pod) {
  const json::Array& statuses = json::array_at(pod, {"status", "containerStatuses"});
  return statuses.empty() ? std::string_view() : json::string_at(statuses[0], "containerID");
}

bool is_ready(const json::Value& pod) {
  const json::Value* status = json::find(pod, "status");
  const json::Value* ready = status == nullptr ? nullptr : kube::find_condition(*status, "Ready");
  return ready != nullptr && json::string_at(*ready, "status") == "True";
}

// The operator's containers of former runs: dead, although the API may still say that they run.
Result<std::set<std::string>> former_containers(kube::Api& api) {
  kube::ListOptions options;
  options.label_selector = operator_selector();
  const auto pods = TRY(api.list(resources::kPods, kPlatformNamespace, options));
  std::set<std::string> ids;
  for (const json::Document& pod : pods.items) ids.emplace(container_id(*pod));
  return ids;
}

// Why a pod does not run, in its own words: the last error of its container, or what it waits for.
std::string why_not(kube::Api& api) {
  kube::ListOptions options;
  options.label_selector = operator_selector();
  const auto pods = api.list(resources::kPods, kPlatformNamespace, options);
  if (!pods) return pods.error().message;
  for (const json::Document& pod : pods->items) {
    for (const json::Value& one : json::array_at(*pod, {"status", "containerStatuses"})) {
      for (const auto path : {"lastState", "state"}) {
        for (const auto kind : {"terminated", "waiting"}) {
          const auto message = json::string_at(one, {path, kind, "message"});
          if (!message.empty()) return std::string(message);
        }
      }
    }
  }
  return "its pod says nothing yet";
}

// Returns at the first object of the watch for which `done` holds; gives up after a minute.
Result<void> wait_for(kube::Api& api, const kube::Resource& resource, kube::WatchOptions options,
                      const std::function<bool(const json::Value&)>& done, StopToken stop) {
  options.timeout = std::chrono::seconds(60);
  auto stream = TRY(api.watch(resource, kPlatformNamespace, options));
  while (true) {
    const auto event = TRY(stream->next(stop));
    if (!event) break;
    const bool state =
        event->type == kube::EventType::kAdded || event->type == kube::EventType::kModified;
    if (state && done(*event->object)) return {};
  }
  return fail(ErrorCode::kTimeout, fmt::format("Deployment {}/{} is not Available after 60 s: {}",
                                               kPlatformNamespace, kOperatorName, why_not(api)));
}

// Returns when a container of this run is ready and its Deployment is Available.
Result<void> wait_for_operator(kube::Api& api, const std::set<std::string>& former,
                               StopToken stop) {
  kube::WatchOptions pods;
  pods.label_selector = operator_selector();
  const auto is_fresh = [&former](const json::Value& pod) {
    return is_ready(pod) && !former.contains(std::string(container_id(pod)));
  };
  TRY(wait_for(api, resources::kPods, pods, is_fresh, stop));
  kube::WatchOptions deployment;
  deployment.field_selector = fmt::format("metadata.name={}", kOperatorName);
  return wait_for(api, resources::kDeployments, deployment, is_available, stop);
}

class Running final : public EmbeddedCluster {
 public:
  explicit Running(const Clock& clock) : clock_(clock) {}

  Result<void> start_server(const Options& options, const ClusterKeys& keys) {
    apiserver::ApiServer::Options server;
    server.data_directory = options.directory;
    server.address = "127.0.0.1";
    server.port = options.port;
    server.serving_certificate = keys.serving;
    server.client_ca_pem = keys.authority.certificate_pem;
    server.service_account_key_pem = keys.service_account_key_pem;
    server.kubelet_client = keys.kubelet_client;
    server.clock = &clock_;
    server.validators = operators::validators();
    server.defaulters = operators::defaulters();
    server_ = TRY(apiserver::ApiServer::start(std::move(server)));
    installer_ = TRY(client::connect(connection(keys, keys.installer, port()), "firesteel-up"));
    return {};
  }

  Result<void> start_controllers(const Options& cluster, const ClusterKeys& keys) {
    controllers_api_ =
        TRY(client::connect(connection(keys, keys.controllers, port()), "firesteel-controllers"));
    cluster::Controllers::Options options;
    options.root_ca_pem = keys.authority.certificate_pem;
    options.volumes_directory = std::filesystem::absolute(cluster.directory).string() + "/volumes";
    controllers_ = TRY(cluster::Controllers::start(*controllers_api_, clock_, options));
    return {};
  }

  Result<void> start_node(const Options& options, const ClusterKeys& keys) {
    node_api_ = TRY(client::connect(connection(keys, keys.node, port()), "firesteel-node"));
    node::Agent::Options agent;
    agent.data_directory = options.directory;
    agent.node_name = std::string(kNodeName);
    agent.api_host = "127.0.0.1";
    agent.api_port = std::to_string(port());
    agent.serving = keys.node;
    agent.client_ca_pem = keys.authority.certificate_pem;
    agent.binary_path = options.binary_path;
    agent.image_extras = options.image_extras;
    agent.memory_bytes = std::int64_t{options.memory_mib} * 1024 * 1024;
    agent_ = TRY(node::Agent::start(*node_api_, clock_, std::move(agent)));
    return {};
  }

  kube::Api& installer() { return *installer_; }
  [[nodiscard]] int port() const override { return server_->port(); }

 private:
  const Clock& clock_;
  // In the order of construction; destroyed in reverse: pods first, the server last.
  std::unique_ptr<apiserver::ApiServer> server_;
  std::unique_ptr<client::HttpApi> installer_;
  std::unique_ptr<client::HttpApi> controllers_api_;
  std::unique_ptr<cluster::Controllers> controllers_;
  std::unique_ptr<client::HttpApi> node_api_;
  std::unique_ptr<node::Agent> agent_;
};

}  // namespace

client::Connection administrator_connection(const ClusterKeys& keys, int port) {
  return connection(keys, keys.administrator, port);
}

Result<std::unique_ptr<EmbeddedCluster>> EmbeddedCluster::start(
    const Options& options, const Clock& clock,
    const std::function<void(std::string_view)>& progress, StopToken stop) {
  const ClusterKeys keys =
      TRY(load_or_make_keys(options.directory, std::string(kNodeName), clock.now()));
  auto running = std::make_unique<Running>(clock);
  progress("starting the API server");
  TRY(context(running->start_server(options, keys), "start the API server"));
  progress("installing the platform");
  TRY(install_platform(running->installer()));
  const auto former = TRY(former_containers(running->installer()));
  progress("starting controllers and node");
  TRY(context(running->start_controllers(options, keys), "start the controllers"));
  TRY(context(running->start_node(options, keys), "start the node agent"));
  progress("waiting for the operator");
  TRY(wait_for_operator(running->installer(), former, stop));
  return running;
}

}  // namespace firesteel::cli
