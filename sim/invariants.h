#pragma once
// What must hold after every single change of the world, whatever fails.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/world.h"

namespace firesteel::sim {

class Invariants {
 public:
  explicit Invariants(const World& world) : world_(world) {}

  void check(const Change& change);
  // At the end, when all is quiet: no object without its owner, no driver that lives on, every
  // application at rest.
  void check_rest();
  // In words; empty when all held.
  [[nodiscard]] const std::vector<std::string>& breaches() const { return breaches_; }

 private:
  void check_driver(const Change& change);
  void check_application(const Change& change);
  void breach(std::string what) { breaches_.push_back(std::move(what)); }

  const World& world_;
  std::vector<std::string> breaches_;
  std::map<std::string, int> drivers_created_;  // by submission id
  std::set<std::string> succeeded_;             // submission ids whose driver ended with 0 unasked
};

}  // namespace firesteel::sim
