#pragma once
// The line of a driver's log that says why it failed. Pure.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "operator/decide/failure.h"

namespace firesteel::operators::decide {

// Of a log, as much of its end is looked at.
inline constexpr std::size_t kLogTail = std::size_t{64} * 1024;

struct LogFinding {
  FailureClass failure = FailureClass::kUser;
  std::string line;    // at most a few hundred characters, without secrets
  std::string change;  // what to do about it, a sentence without a full stop
};

// `tail` is the end of the log, whose first line may be cut. Looks from the last exception on for
// what people know a remedy for, then for the exception itself: the last line of a Python
// traceback, or the exception that ended main() and its last cause. Nothing when there is none.
[[nodiscard]] std::optional<LogFinding> diagnose_log(std::string_view tail);

// The text with what follows "password=", "secret.key=" and the like, and credentials in URLs,
// replaced by "***".
[[nodiscard]] std::string hide_secrets(std::string_view text);

}  // namespace firesteel::operators::decide
