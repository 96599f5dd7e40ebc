#pragma once
// One controller of the embedded cluster: informers that put keys on a queue, and workers that
// look, decide and act.
#include <memory>
#include <string>

#include "base/clock.h"
#include "client/informer.h"
#include "client/workers.h"
#include "cluster/informers.h"
#include "kube/api.h"

namespace firesteel::cluster {

class Controller {
 public:
  virtual ~Controller() = default;
  // Once each. The shared informers start after all controllers have, and end after all have
  // stopped: stop() joins the threads that read them.
  virtual void start() = 0;
  virtual void stop() = 0;
};

// What all of them need; the references must outlive the controller.
struct Surroundings {
  kube::Api& api;
  const Clock& clock;
  SharedInformers& informers;
  int workers = 2;
};

[[nodiscard]] std::unique_ptr<Controller> make_scheduler(const Surroundings& around);
[[nodiscard]] std::unique_ptr<Controller> make_workloads(const Surroundings& around);
[[nodiscard]] std::unique_ptr<Controller> make_stateful_sets(const Surroundings& around);
[[nodiscard]] std::unique_ptr<Controller> make_daemon_sets(const Surroundings& around);
[[nodiscard]] std::unique_ptr<Controller> make_cron_jobs(const Surroundings& around);
[[nodiscard]] std::unique_ptr<Controller> make_disruption(const Surroundings& around);
[[nodiscard]] std::unique_ptr<Controller> make_endpoints(const Surroundings& around);
[[nodiscard]] std::unique_ptr<Controller> make_namespaces(const Surroundings& around,
                                                          std::string root_ca_pem);
[[nodiscard]] std::unique_ptr<Controller> make_garbage_collector(const Surroundings& around);
[[nodiscard]] std::unique_ptr<Controller> make_jobs(const Surroundings& around);
// `directory` is where the volumes that are made lie.
[[nodiscard]] std::unique_ptr<Controller> make_claims(const Surroundings& around,
                                                      std::string directory);

// Options in one word (GCC warns about designated initializers that leave strings out).
[[nodiscard]] client::InformerOptions all_of(const kube::Resource& resource,
                                             std::string field_selector = {});
[[nodiscard]] kube::WriteOptions to_subresource(std::string name);
[[nodiscard]] kube::DeleteOptions only_uid(
    std::string_view uid, kube::Propagation propagation = kube::Propagation::kDefault);
[[nodiscard]] client::WorkersOptions queue_named(
    std::string name, int threads, std::chrono::nanoseconds max_delay = std::chrono::seconds(300));

// "namespace/name" in its parts; the namespace is "" for a cluster-scoped object.
struct KeyParts {
  std::string space;
  std::string name;
};
[[nodiscard]] KeyParts split_key(const std::string& key);
// Errors that mean that there is nothing left to do: the object is gone, or was made by someone
// else already.
[[nodiscard]] bool is_settled(const Error& error);

}  // namespace firesteel::cluster
