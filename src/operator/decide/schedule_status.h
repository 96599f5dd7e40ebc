#pragma once
// ScheduledSparkApplication.status as the operator computes with it, and the runs of a schedule.
// Pure.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::operators::decide {

inline constexpr std::string_view kScheduled = "Scheduled";
inline constexpr std::string_view kFailedValidation = "FailedValidation";

struct ScheduleStatus {
  std::optional<TimePoint> last_run;
  std::optional<TimePoint> next_run;
  std::string last_run_name;
  std::vector<std::string> successful;  // the newest first
  std::vector<std::string> failed;
  std::string state;   // "", kScheduled or kFailedValidation
  std::string reason;  // why it is in that state, or what a run that is due waits for
  // What next_run was computed from, "zone|schedule". A CRD that prunes fields it does not know
  // loses it; then an edit is noticed by an earlier activation.
  std::string observed_schedule;
};

// Fields of a wrong type read as missing.
[[nodiscard]] ScheduleStatus decode_schedule_status(const json::Value& schedule);
[[nodiscard]] json::Value encode_schedule_status(const ScheduleStatus& status);

// The runs that this schedule owns and that are not being removed in the background.
struct Runs {
  std::vector<const json::Value*> active;     // neither COMPLETED nor FAILED
  std::vector<const json::Value*> completed;  // the newest first
  std::vector<const json::Value*> failed;
};
[[nodiscard]] Runs sort_runs(const json::Value& schedule, const std::vector<json::Document>& all);

}  // namespace firesteel::operators::decide
