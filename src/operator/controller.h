#pragma once
// The operator's controller: informers on SparkApplications and their pods, workers, events.
// Event-driven: nothing polls, and a new application's driver pod is two requests away.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kube/api.h"
#include "operator/decide/queue.h"
#include "operator/driver_log.h"
#include "operator/metrics.h"

namespace firesteel::operators {

class Controller {
 public:
  struct Options {
    std::vector<std::string> namespaces;  // empty = all
    int workers = 10;                     // applications worked on at once
    std::string kubernetes_master;        // what drivers connect to: "https://10.96.0.1:443"
    std::string
        default_service_account;  // for drivers that name none; "" = the namespace's default
    bool ui_service = false;
    std::string ingress_url_format = "";  // see decide::Settings, as the next four
    std::string ingress_class_name = "";
    std::chrono::seconds driver_start_timeout{0};
    std::chrono::seconds executor_start_timeout{0};
    std::chrono::seconds run_timeout{0};
    decide::QueueLimits limits = {};    // of concurrent drivers and executors
    Metrics* metrics = nullptr;         // what to count in; must outlive the controller
    DriverLogs* driver_logs = nullptr;  // where to look why drivers failed; must outlive it
  };

  // Starts its threads and returns; the API server need not answer yet. `api` and `clock` must
  // outlive the controller. Errors: kInvalid for options that cannot work.
  [[nodiscard]] static Result<std::unique_ptr<Controller>> start(kube::Api& api, const Clock& clock,
                                                                 Options options);
  // Stops: what is being worked on is finished, events are written, threads are joined.
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // All collections have been listed. Any thread.
  [[nodiscard]] bool is_synced() const;

 private:
  struct State;
  explicit Controller(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firesteel::operators
