#pragma once
// What must hold after every single change of the world, whatever fails.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "operator/decide/status.h"
#include "sim/world.h"

namespace firesteel::sim {

// The label of objects that are nobody's business.
inline constexpr std::string_view kStranger = "sim/stranger";

class Invariants {
 public:
  explicit Invariants(const World& world) : world_(world) {}

  void check(const Change& change);
  // An outsider deletes this driver. When that happens before its creation is acknowledged in the
  // status, nobody can know that it ever was: it may be created again.
  void excuse(const json::Value& driver);
  // A user has his hands on this application: what Airflow expects of one that is left alone does
  // not hold for it.
  void touched(const std::string& key) { touched_.insert(key); }
  // A due time may come twice then, and be run twice.
  void clock_was_set() { clock_was_set_ = true; }
  // Each run of this schedule is started once, and beside no other unless it allows that.
  void expect_runs_of(const json::Value& schedule);
  // At the end, when all is quiet: no object without its owner, no driver that lives on, every
  // application at rest.
  void check_rest();
  void breach(std::string what) { breaches_.push_back(std::move(what)); }
  // In words; empty when all held.
  [[nodiscard]] const std::vector<std::string>& breaches() const { return breaches_; }

 private:
  using Status = operators::decide::Status;

  [[nodiscard]] bool is_there(std::string_view application_uid) const;
  void check_driver(const Change& change);
  void check_application(const Change& change);
  void check_explained(const std::string& key, const Status& after);
  void check_airflow(const json::Value& application, const std::string& key, const Status& before,
                     const Status& after);
  void check_run(const json::Value& run);
  void check_owner(const kube::Resource& resource, const json::Value& object,
                   const std::set<std::string>& uids);

  const World& world_;
  std::vector<std::string> breaches_;
  std::map<std::string, int> drivers_created_;  // by submission id
  std::map<std::string, int> drivers_of_;       // by application uid
  std::set<std::string> excused_;               // submission ids
  std::set<std::string> ran_;                   // submission ids whose driver ran
  std::set<std::string> succeeded_;             // submission ids whose driver ended with 0 unasked
  std::set<std::string> unknown_;               // submission ids whose driver's node was lost
  std::set<std::string> touched_;               // keys of applications
  std::map<std::string, std::string> schedules_;  // concurrency policy by name
  std::set<std::string> runs_;                    // names
  bool clock_was_set_ = false;
};

}  // namespace firesteel::sim
