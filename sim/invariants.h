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
  // An outsider deletes this driver. When that happens before its creation is acknowledged in the
  // status, nobody can know that it ever was: it may be created again.
  void excuse(const json::Value& driver);
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
  std::set<std::string> excused_;               // submission ids
  std::set<std::string> succeeded_;             // submission ids whose driver ended with 0 unasked
};

}  // namespace firesteel::sim
