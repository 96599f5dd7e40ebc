#pragma once
// What an operator's informers have seen of the world: a prefix of its log, with gaps.
#include <map>
#include <string>
#include <vector>

#include "operator/observe.h"
#include "operator/scheduled_reconcile.h"
#include "sim/world.h"

namespace firesteel::sim {

// "namespace/application" by the pod's label.
[[nodiscard]] std::string application_of(const json::Value& pod);

class LateCaches final : public operators::Caches, public operators::ScheduleCaches {
 public:
  explicit LateCaches(const World& world) : world_(world) {}

  [[nodiscard]] json::Document application(const std::string& key) const override;
  [[nodiscard]] std::vector<json::Document> applications() const;
  [[nodiscard]] std::vector<json::Document> pods(const std::string& key) const override;
  [[nodiscard]] json::Document schedule(const std::string& key) const override;
  [[nodiscard]] std::vector<json::Document> runs(const std::string& key) const override;

  [[nodiscard]] bool is_behind() const { return next_ < world_.log().size(); }
  // The next change of the log; applied, or lost on its way.
  Change take(bool apply_it);
  // A list that the server answers as of `position` of its log.
  void replay(std::size_t position);

 private:
  using Objects = std::map<std::string, json::Document>;

  void apply(const Change& change);

  const World& world_;
  std::size_t next_ = 0;
  Objects applications_;
  Objects schedules_;
  std::map<std::string, Objects> pods_;  // by application
};

}  // namespace firesteel::sim
