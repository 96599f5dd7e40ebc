#pragma once
// People, and what they do to their applications: edit, suspend, delete, create again, kill
// drivers, and put things of their own in the operator's way.
#include <string>
#include <vector>

#include "sim/invariants.h"
#include "sim/random.h"
#include "sim/world.h"

namespace firesteel::sim {

class Users {
 public:
  Users(World& world, Random& random, Invariants& invariants)
      : world_(world), random_(random), invariants_(invariants) {}

  // Creates it, and looks after it from now on.
  void add(const json::Value& application);
  // Does something to one of the applications.
  void act();
  // Creates something under a name that the operator is about to use.
  void stand_in_the_way();
  // Wants everything to come to an end: nothing stays suspended, nothing is run for ever.
  void settle();

 private:
  void set(const std::string& key, std::string_view field, const json::Value& value);
  void delete_or_create(const json::Value& manifest);
  void kill_pods(const std::string& key);
  void edit_driver(const std::string& key, std::string_view field, const json::Value& value);

  World& world_;
  Random& random_;
  Invariants& invariants_;
  std::vector<json::Value> manifests_;
};

}  // namespace firesteel::sim
