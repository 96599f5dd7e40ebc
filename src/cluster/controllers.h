#pragma once
// The embedded cluster's own controllers as threads over the Kubernetes API: garbage collection,
// scheduler, deployments and replica sets, namespaces, endpoints, jobs. What
// kube-controller-manager and kube-scheduler are to a real cluster; never started against one.
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "kube/api.h"

namespace firesteel::cluster {

class Controllers {
 public:
  struct Options {
    std::string root_ca_pem;  // published in every namespace as ConfigMap kube-root-ca.crt
    int workers = 2;          // threads of each controller
    // Absolute: where persistent volumes are made; "" = claims stay Pending.
    std::string volumes_directory = {};
  };
  // Returns once the threads run; they list and watch on their own and survive an API that is not
  // there yet. `api` and `clock` must outlive the result.
  static Result<std::unique_ptr<Controllers>> start(kube::Api& api, const Clock& clock,
                                                    Options options);
  // Stops and joins all threads; an action under way is finished.
  virtual ~Controllers() = default;
};

}  // namespace firesteel::cluster
