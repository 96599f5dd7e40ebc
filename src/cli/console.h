#pragma once
// What people see: results on standard output, everything about them on standard error. Colours
// only on a terminal, and not with NO_COLOR or TERM=dumb. Thread-safe.
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace firesteel::cli {

enum class Tone { kPlain, kGood, kBad, kBusy, kFaint, kBold };

[[nodiscard]] std::string paint(std::string_view text, Tone tone, bool coloured);
// Whether colours may be written to this descriptor.
[[nodiscard]] bool is_coloured(int fd);

// One write each; the text ends its own lines.
void print_out(std::string_view text);
void print_error(std::string_view text);

// Prints the error with its problems as "firesteel: ...", and what to do when the cluster cannot be
// reached. The exit code.
int report(const Error& error);

// Lines that tell how something goes on: "  12s  RUNNING   1/2 executors". Each is written once;
// nothing is overwritten, so that a log and a terminal show the same.
class Progress {
 public:
  explicit Progress(const Clock& clock);
  void step(std::string_view label, Tone tone, std::string_view text);
  // A piece of a followed log, to standard output: only whole lines are written, the rest waits for
  // more.
  void log(std::string_view piece);
  void end_log();  // writes what is left, with a line break
  [[nodiscard]] std::chrono::nanoseconds elapsed() const { return clock_.now() - started_; }

 private:
  const Clock& clock_;
  const TimePoint started_;
  const bool coloured_;
  std::mutex mutex_;
  std::string partial_;
};

}  // namespace firesteel::cli
