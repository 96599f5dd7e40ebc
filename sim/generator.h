#pragma once
// A life for every seed: what is asked of the operator, and what goes wrong meanwhile. The same
// seed is the same life as long as the generator stays as it is.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "sim/simulation.h"

namespace firesteel::sim {

// A small application of the namespace data-platform; `spec_patch` is a JSON merge patch for it.
[[nodiscard]] json::Value make_application(std::string_view name, std::string_view restart_policy,
                                           std::string_view fates,
                                           std::string_view spec_patch = "{}");

struct Life {
  Plan plan;
  std::vector<json::Value> applications;
  std::vector<json::Value> taken_over;
  std::vector<json::Value> schedules;
  // Only faults: it must end like the same life without them.
  bool ends_alike = false;

  [[nodiscard]] Life without_faults() const;
};
[[nodiscard]] Life life_of(std::uint64_t seed);

// Lives it. All that was wrong; empty when nothing was. `history`, when given, gets the last
// changes of its world.
[[nodiscard]] std::vector<std::string> live(const Life& life, std::string* history = nullptr);

}  // namespace firesteel::sim
