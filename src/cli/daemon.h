#pragma once
// What `up` and the daemon that it starts agree on.

namespace firesteel::cli {

// Environment variable with the number of the descriptor on which the daemon reports its start.
inline constexpr const char* kReportVariable = "FIRESTEEL_REPORT_FD";

}  // namespace firesteel::cli
