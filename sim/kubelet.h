#pragma once
// Plays the nodes and the Spark drivers: pods go from Pending to Running to their end, drivers
// start executors, deleted pods vanish. How a driver ends is written in its application's
// annotations, so that runs can be compared.
#include <map>
#include <string>

#include "base/clock.h"
#include "sim/random.h"
#include "sim/world.h"

namespace firesteel::sim {

// As many drivers of this application fail before one succeeds.
inline constexpr std::string_view kFailFirst = "sim/fail-first";

class Kubelet {
 public:
  Kubelet(World& world, const Clock& clock) : world_(world), clock_(clock) {}

  // Moves one pod a step on; false when no pod can move.
  bool step(Random& random);

 private:
  bool can_move(const json::Value& pod) const;
  void start(const json::Value& pod);
  void start_executors(const json::Value& driver);
  void finish(const json::Value& pod, int exit_code);
  int exit_code(const json::Value& driver);

  World& world_;
  const Clock& clock_;
  std::map<std::string, int> ended_;  // drivers by application uid and generation
};

}  // namespace firesteel::sim
