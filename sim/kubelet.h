#pragma once
// Plays the nodes and the Spark drivers: pods go from Pending to Running to their end, drivers
// start executors, deleted pods vanish. How a driver ends is written in its application's
// annotations, so that runs can be compared.
#include <map>
#include <string>

#include "base/clock.h"
#include "operator/driver_log.h"
#include "sim/random.h"
#include "sim/world.h"

namespace firesteel::sim {

// What becomes of this application's drivers, one word each ("error,oom,ok"; the words are those of
// kFates in kubelet.cc); those after the last end well. Of a label where there is no annotation.
inline constexpr std::string_view kFates = "sim/fates";
// The end of its drivers' logs; no annotation: it cannot be read.
inline constexpr std::string_view kLog = "sim/log";

class Kubelet final : public operators::DriverLogs {
 public:
  // `wild_executors`: they fail, get lost and come back as chance has it.
  Kubelet(World& world, const Clock& clock, bool wild_executors)
      : world_(world), clock_(clock), wild_executors_(wild_executors) {}

  // Moves one pod a step on; false when no pod can move.
  bool step(Random& random);
  // The driver that another operator has created for this application.
  void place_driver(const json::Value& application, std::string_view name);
  [[nodiscard]] Result<std::string> tail(std::string_view space, std::string_view pod) override;

 private:
  [[nodiscard]] bool can_move(const json::Value& pod) const;
  void move_driver(const json::Value& pod, Random& random);
  void move_executor(const json::Value& pod, Random& random);
  void remove(const json::Value& pod, Random& random);
  void start(const json::Value& pod);
  void start_executors(const json::Value& driver);
  void finish(const json::Value& driver, std::string_view fate);
  void end_executors(const json::Value& driver);
  [[nodiscard]] std::string fate_of(const json::Value& driver) const;

  World& world_;
  const Clock& clock_;
  const bool wild_executors_;
  std::map<std::string, int> ended_;  // drivers by application uid
};

}  // namespace firesteel::sim
