#pragma once
// How an application is shown: pure functions from the object (and its pods, and now) to words and
// tables.
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "cli/console.h"

namespace firesteel::cli {

// status.applicationState.state; "NEW" while there is none.
[[nodiscard]] std::string_view state_of(const json::Value& application);
[[nodiscard]] std::string_view error_of(const json::Value& application);
// COMPLETED, FAILED, and SUSPENDED: nothing goes on by itself.
[[nodiscard]] bool is_at_rest(std::string_view state);
[[nodiscard]] bool has_succeeded(std::string_view state);
[[nodiscard]] Tone tone_of(std::string_view state);
[[nodiscard]] std::string_view driver_pod_of(const json::Value& application);

struct ExecutorCounts {
  int wanted = 0, pending = 0, running = 0, completed = 0, failed = 0;
};
[[nodiscard]] ExecutorCounts executors_of(const json::Value& application);
// Of the last attempt, from its submission to its end or now; "" before the first.
[[nodiscard]] std::string duration_of(const json::Value& application, TimePoint now);

// "driver spark-pi-driver, 1/2 executors": what `run` shows beside a state.
[[nodiscard]] std::string progress_text(const json::Value& application);
// What an application waits for that was submitted: its place in the line, what its driver's pod
// lacks, a quota that refuses executors; "" when it waits for nothing that is known.
[[nodiscard]] std::string pending_text(const json::Value& application);
// What a pod waits for: `assembling image "apache/spark:3.5.9": 40%`, "0/1 nodes are available:
// ...";
// "" when it does not.
[[nodiscard]] std::string waiting_text(const json::Value& pod);
// "spark-pi completed in 34s", or "spark-pi failed after 12s: driver container failed ...".
[[nodiscard]] std::string result_text(const json::Value& application, TimePoint now);

// The youngest first; of those of one second by name.
void sort_by_age(std::vector<json::Document>& applications);
[[nodiscard]] std::string applications_table(std::span<const json::Document> applications,
                                             bool all_namespaces, bool wide, TimePoint now,
                                             bool coloured);
// `pods` are those of the application; `inferred` what the manifest left out, in words.
[[nodiscard]] std::string application_text(const json::Value& application,
                                           std::span<const json::Document> pods,
                                           std::span<const std::string> inferred, TimePoint now,
                                           bool coloured);
// Sorted by time, the oldest first.
[[nodiscard]] std::string events_table(std::span<const json::Document> events, TimePoint now,
                                       bool with_header = true);

}  // namespace firesteel::cli
