#include "operator/validation.h"

#include "spark/defaults.h"
#include "spark/validate.h"

namespace firesteel::operators {
namespace {

std::vector<Problem> all_of(spark::Validation found) {
  std::vector<Problem> problems = std::move(found.problems);
  for (Problem& warning : found.warnings) {
    warning.reason = "Warning";
    problems.push_back(std::move(warning));
  }
  return problems;
}

}  // namespace

std::map<kube::Resource, Validator> validators() {
  return {
      {kube::resources::kSparkApplications,
       [](const json::Value& object) { return all_of(spark::validate(object)); }},
      {kube::resources::kScheduledSparkApplications,
       [](const json::Value& object) { return all_of(spark::validate_scheduled(object)); }},
  };
}

std::map<kube::Resource, Defaulter> defaulters() {
  return {{kube::resources::kSparkApplications,
           [](json::Value& object) { object = spark::apply_defaults(std::move(object)); }}};
}

}  // namespace firesteel::operators
