#pragma once
// How something goes on. In a pipe: plain lines, each written once ("  12s  RUNNING   1/2
// executors"). On a terminal: one line at the bottom that is rewritten, above which a followed log
// scrolls. Thread-safe.
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/stop.h"
#include "cli/console.h"

namespace firesteel::cli {

// `text` cut to `width` columns, the last of them an ellipsis then. No escape sequences. Pure.
[[nodiscard]] std::string cut_to_width(std::string_view text, std::size_t width);
// A bar of `width` columns for a fraction from 0 to 1; `rich`: with box characters, else in ASCII.
[[nodiscard]] std::string bar_of(double fraction, std::size_t width, bool rich);
// The time, the label, the text: one line without its end, of at most `columns`.
[[nodiscard]] std::string progress_line(std::chrono::nanoseconds elapsed, std::string_view label,
                                        Tone tone, std::string_view text, std::size_t columns,
                                        bool coloured);

class Progress {
 public:
  explicit Progress(const Clock& clock);
  ~Progress();  // the rewritten line is removed
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A line that stays.
  void step(std::string_view label, Tone tone, std::string_view text);
  // How it is now: the rewritten line on a terminal (bad news stays there too), a line elsewhere.
  void state(std::string_view label, Tone tone, std::string_view text);
  // A part of a whole, 0 to 1: a bar on a terminal, elsewhere a line for every stage and tenth.
  // What `text` says after ": " is a detail that makes no stage of its own.
  void part(std::string_view text, double fraction);
  // Removes the rewritten line, before something else is written to the terminal.
  void clear();
  // A piece of a followed log, to standard output: only whole lines are written, the rest waits for
  // more.
  void log(std::string_view piece);
  void end_log();  // writes what is left, with a line break
  [[nodiscard]] bool is_live() const { return live_; }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const { return clock_.now() - started_; }

 private:
  void show(std::string_view label, Tone tone, std::string_view text, double fraction);
  void draw();
  void erase();
  void start_ticking();

  const Clock& clock_;
  const TimePoint started_;
  const bool coloured_;
  const bool live_;  // standard error is a terminal that can rewrite a line
  const bool rich_;
  std::mutex mutex_;  // guards all below
  std::string label_;
  std::string text_;
  Tone tone_ = Tone::kPlain;
  double fraction_ = -1;  // < 0: no bar
  bool active_ = false;   // there is a line to show
  std::string shown_;     // as it stands on the terminal
  std::string stage_;     // of part(), in a pipe
  int tenth_ = -1;
  std::string partial_;
  StopSource stop_;
  std::jthread ticker_;  // rewrites the elapsed time
};

}  // namespace firesteel::cli
