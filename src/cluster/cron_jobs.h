#pragma once
// CronJob -> Jobs. Pure. Source: kube-controller-manager, pkg/controller/cronjob
// (cronjob_controllerv2.go). A run is named after the minute it was due in, so starting it twice
// gives the same Job. Unlike there status.active is what runs now, not what was once started.
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "kube/loop/cron.h"
#include "kube/resource.h"

namespace firesteel::cluster {

inline const kube::Resource kCronJobs{"batch", "v1", "cronjobs", "CronJob"};

struct CronJobDecision {
  std::vector<std::string> replace;   // names of Jobs that still run and give way
  std::optional<json::Value> create;  // the Job that is due
  std::vector<std::string> remove;    // names of finished Jobs beyond the history limits
  std::optional<json::Value> status;  // the whole new status; nothing when it is as it should be
  struct Note {
    std::string reason;
    std::string message;
  };
  std::vector<Note> warnings;
  std::optional<std::chrono::nanoseconds> again;
};

// `jobs` are those that the CronJob controls. `zone` is that of spec.timeZone, null when it is not
// known: `zone_error` says why.
[[nodiscard]] CronJobDecision decide_cron_job(const json::Value& cron_job,
                                              std::span<const json::Document> jobs,
                                              const kube::loop::TimeZone* zone,
                                              const std::string& zone_error, TimePoint now);

// The last activation after `after` and not after `now`; nothing when there is none.
[[nodiscard]] std::optional<TimePoint> last_activation(const kube::loop::Cron& cron,
                                                       const kube::loop::TimeZone& zone,
                                                       TimePoint after, TimePoint now);

}  // namespace firesteel::cluster
