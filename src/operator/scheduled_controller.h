#pragma once
// The controller of ScheduledSparkApplications: informers on them and on their runs, workers. A
// run that ends wakes its schedule. Part of operators::Controller, whose events it records.
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "client/events.h"
#include "kube/api.h"
#include "operator/decide/schedule.h"

namespace firesteel::operators {

class ScheduledController {
 public:
  struct Options {
    std::vector<std::string> namespaces;  // {""} = all
    int workers = 2;
    decide::TimestampPrecision precision = decide::TimestampPrecision::kNanos;
  };

  // Starts its threads. References must outlive it.
  ScheduledController(kube::Api& api, const Clock& clock, client::EventRecorder& events,
                      const Options& options);
  // Stops: what is being worked on is finished, threads are joined.
  ~ScheduledController();
  ScheduledController(const ScheduledController&) = delete;
  ScheduledController& operator=(const ScheduledController&) = delete;

  // All collections have been listed. Any thread.
  [[nodiscard]] bool is_synced() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firesteel::operators
