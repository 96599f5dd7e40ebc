#include "cluster/controllers.h"

#include <vector>

#include "cluster/controller.h"

namespace firesteel::cluster {

KeyParts split_key(const std::string& key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string::npos) return {"", key};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

bool is_settled(const Error& error) {
  return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kAlreadyExists;
}

client::InformerOptions all_of(const kube::Resource& resource, std::string field_selector) {
  client::InformerOptions options;
  options.resource = resource;
  options.field_selector = std::move(field_selector);
  return options;
}

kube::WriteOptions to_subresource(std::string name) {
  kube::WriteOptions options;
  options.subresource = std::move(name);
  return options;
}

kube::DeleteOptions only_uid(std::string_view uid, kube::Propagation propagation) {
  kube::DeleteOptions options;
  options.propagation = propagation;
  options.uid = uid;
  return options;
}

client::WorkersOptions queue_named(std::string name, int threads,
                                   std::chrono::nanoseconds max_delay) {
  client::WorkersOptions options;
  options.name = std::move(name);
  options.threads = static_cast<std::size_t>(threads);
  options.max_delay = max_delay;
  return options;
}

namespace {

class AllControllers final : public Controllers {
 public:
  AllControllers(kube::Api& api, const Clock& clock, const Options& options)
      : informers_(api, clock) {
    const Surroundings around{api, clock, informers_, options.workers};
    // Namespaces first: a pod needs its service account before anything else.
    parts_.push_back(make_namespaces(around, options.root_ca_pem));
    parts_.push_back(make_scheduler(around));
    parts_.push_back(make_workloads(around));
    parts_.push_back(make_endpoints(around));
    parts_.push_back(make_jobs(around));
    parts_.push_back(make_stateful_sets(around));
    parts_.push_back(make_daemon_sets(around));
    parts_.push_back(make_cron_jobs(around));
    parts_.push_back(make_disruption(around));
    if (!options.volumes_directory.empty())
      parts_.push_back(make_claims(around, options.volumes_directory));
    parts_.push_back(make_garbage_collector(around));
    for (const std::unique_ptr<Controller>& part : parts_) part->start();
    informers_.start();
  }
  ~AllControllers() override {
    for (const std::unique_ptr<Controller>& part : parts_) part->stop();
    informers_.stop();
  }

 private:
  SharedInformers informers_;
  std::vector<std::unique_ptr<Controller>> parts_;
};

}  // namespace

Result<std::unique_ptr<Controllers>> Controllers::start(kube::Api& api, const Clock& clock,
                                                        Options options) {
  return std::make_unique<AllControllers>(api, clock, options);
}

}  // namespace firesteel::cluster
