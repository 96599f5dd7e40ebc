// A SparkApplication of any shape: validated, defaulted and built; what passes validation must not
// crash the builder, and building twice gives the same objects.
#include "base/json/print.h"
#include "base/json/yaml.h"
#include "fuzz/input.h"
#include "spark/defaults.h"
#include "spark/submission.h"
#include "spark/validate.h"

using namespace firesteel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto documents = json::parse_yaml(fuzz::text_of(data, size));
  if (!documents || documents->empty()) return 0;
  const json::Value& application = documents->front().value;
  if (!application.is_object()) return 0;
  const spark::Validation validation = spark::validate(application);
  (void)spark::validate_scheduled(application);
  (void)spark::to_error(validation, application);
  const json::Value defaulted = spark::apply_defaults(application);
  MUST(spark::apply_defaults(defaulted) == defaulted);
  const spark::AttemptInputs inputs{.submission_id = "00000000-0000-4000-8000-000000000000",
                                    .application_id = "spark-00000000000000000000000000000000",
                                    .unique_id = "0123456789abcdef",
                                    .local_dir_id = "00000000-0000-4000-8000-000000000001",
                                    .submitted_at = TimePoint{},
                                    .kubernetes_master = "https://10.96.0.1:443",
                                    .default_service_account = "spark"};
  const auto once = spark::build_submission(defaulted, inputs);
  const auto twice = spark::build_submission(defaulted, inputs);
  MUST(once.has_value() == twice.has_value());
  if (!once) return 0;
  MUST(json::print(once->driver_pod) == json::print(twice->driver_pod));
  MUST(once->dependents.size() == twice->dependents.size());
  return 0;
}
