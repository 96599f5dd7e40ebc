#pragma once
// What Pods remembers of one pod; included by its sources alone.
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/json/json.h"
#include "node/plan/exec_plan.h"
#include "node/plan/machine.h"
#include "node/pod_directory.h"
#include "node/pods.h"

namespace firesteel::node {

inline constexpr std::string_view kHostIp = "127.0.0.1";

// What other threads may know.
struct Pods::Index {
  struct Container {
    std::string path;
    std::string previous;
    bool running = false;
    std::string waiting;
    std::string process;  // of the supervisor
    bool input_once = false;
  };
  mutable std::mutex mutex;
  std::map<std::string, std::map<std::string, Container>> pods;  // by namespace/name
  std::map<std::string, std::string> addresses;                  // by namespace/name
};

struct Pods::Pod {
  Pod(plan::PodState first, PodDirectory place)
      : state(std::move(first)), directory(std::move(place)) {}

  std::string uid;
  plan::PodState state;
  PodDirectory directory;
  plan::Resolved resolved;
  std::optional<plan::ExecPlan> plan;
  std::set<std::string> images_missing;  // containers whose image is being assembled
  std::optional<TimePoint> tokens_due;
  std::optional<TimePoint> sizes_due;  // none while it is measured, or without a limit
  json::Value published;               // the status last written
  bool publish_again = false;
  bool remove_again = false;
  std::optional<TimePoint> retry_at;
  bool cleaned = false;  // it is over, and its volumes are gone
  bool done = false;     // forgotten: to be erased
};

}  // namespace firesteel::node
