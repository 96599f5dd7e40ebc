#include "operator/validation.h"

#include <algorithm>
#include <memory>

#include "client/time_zones.h"
#include "kube/loop/cron.h"
#include "operator/decide/annotations.h"
#include "operator/decide/schedule.h"
#include "spark/defaults.h"
#include "spark/validate.h"

namespace firesteel::operators {
namespace {

std::vector<Problem> all_of(const json::Value& object, spark::Validation found) {
  std::vector<Problem> problems = std::move(found.problems);
  std::ranges::move(decide::annotation_problems(object), std::back_inserter(problems));
  for (Problem& warning : found.warnings) {
    warning.reason = "Warning";
    problems.push_back(std::move(warning));
  }
  return problems;
}

// What would otherwise be told by status.reason only, when nobody looks any more.
void check_times(const json::Value& schedule, client::TimeZones& zones,
                 std::vector<Problem>& problems) {
  const json::Value* text = json::find(schedule, {"spec", "schedule"});
  if (text == nullptr || !text->is_string()) return;  // said already
  const auto cron = kube::loop::Cron::parse(json::view(text->get_string()));
  if (!cron) problems.push_back({"spec.schedule", cron.error().message, "FieldValueInvalid"});
  const std::string zone = decide::zone_name(schedule);
  const auto found = zones.find(zone);
  // A machine without time zones knows none: no reason to refuse one.
  const bool unknown =
      !found &&
      (found.error().code == ErrorCode::kBadRequest ||
       (found.error().code == ErrorCode::kNotFound && zones.find("Europe/London").has_value()));
  if (unknown) problems.push_back({"spec.timeZone", found.error().message, "FieldValueInvalid"});
}

}  // namespace

std::map<kube::Resource, Validator> validators() {
  const auto zones = std::make_shared<client::TimeZones>();
  return {
      {kube::resources::kSparkApplications,
       [](const json::Value& object) { return all_of(object, spark::validate(object)); }},
      {kube::resources::kScheduledSparkApplications,
       [zones](const json::Value& object) {
         std::vector<Problem> problems = all_of(object, spark::validate_scheduled(object));
         check_times(object, *zones, problems);
         return problems;
       }},
  };
}

std::map<kube::Resource, Defaulter> defaulters() {
  return {{kube::resources::kSparkApplications,
           [](json::Value& object) { object = spark::apply_defaults(std::move(object)); }}};
}

}  // namespace firesteel::operators
