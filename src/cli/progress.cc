#include "cli/progress.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "cli/format.h"
#include "cli/interruption.h"
#include "cli/table.h"

namespace firesteel::cli {

namespace {

constexpr std::size_t kElapsedWidth = 6;
constexpr std::size_t kLabelWidth = 16;
constexpr std::size_t kBarWidth = 28;
constexpr std::size_t kMaxPartialLine = 1024 * 1024;  // a line without an end is written in pieces
constexpr std::size_t kUsualColumns = 80;
constexpr std::size_t kAnyWidth = 1024 * 1024;
constexpr std::chrono::milliseconds kTick{1000};
constexpr std::string_view kEraseLine = "\r\x1b[K";

std::string padded(std::string_view text, std::size_t width, bool right) {
  const std::size_t used = display_width(text);
  const std::string blanks(used < width ? width - used : 0, ' ');
  return right ? blanks + std::string(text) : std::string(text) + blanks;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_rewritable(int fd) {
  const std::string terminal = environment("TERM");
  return ::isatty(fd) == 1 && !terminal.empty() && terminal != "dumb";
}

// By the first of the three that is set, as setlocale(3) does.
bool is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = environment(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

std::size_t columns_of(int fd) {
  winsize size{};
  const bool known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualColumns;
}

}  // namespace

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (std::size_t used = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (begins && ++used > width - std::min<std::size_t>(width, 3)) break;
  }
  return std::string(text.substr(0, end)) + std::string("...").substr(0, width);
}

std::string bar_of(double fraction, std::size_t width, bool rich) {
  const double part = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
  const auto full = static_cast<std::size_t>(part * static_cast<double>(width));
  std::string bar;
  for (std::size_t at = 0; at < width; ++at) {
    bar += at < full ? (rich ? "━" : "#") : (rich ? "╌" : "-");
  }
  return bar;
}

std::string progress_line(std::chrono::nanoseconds elapsed, std::string_view label, Tone tone,
                          std::string_view text, std::size_t columns, bool coloured) {
  const std::string time = padded(human_duration(elapsed), kElapsedWidth, true);
  const std::string name = text.empty() ? std::string(label) : padded(label, kLabelWidth, false);
  const std::size_t used = display_width(time) + 2 + display_width(name) + 1;
  const std::string rest = cut_to_width(text, columns > used ? columns - used : 0);
  const std::string line = fmt::format("{}  {} {}", paint(time, Tone::kFaint, coloured),
                                       paint(name, tone, coloured), rest);
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

Progress::Progress(const Clock& clock)
    : clock_(clock),
      started_(clock.now()),
      coloured_(is_coloured(STDERR_FILENO)),
      live_(is_rewritable(STDERR_FILENO)),
      rich_(is_utf8()) {}

Progress::~Progress() {
  stop_.request_stop();
  if (ticker_.joinable()) ticker_.join();
  clear();
}

void Progress::step(std::string_view label, Tone tone, std::string_view text) {
  const std::lock_guard lock(mutex_);
  erase();
  print_error(progress_line(elapsed(), label, tone, text, kAnyWidth, coloured_) + "\n");
  draw();
}

void Progress::state(std::string_view label, Tone tone, std::string_view text) {
  if (!live_ || (tone == Tone::kBad && !text.empty())) step(label, tone, text);
  if (live_) show(label, tone, text, -1);
}

void Progress::part(std::string_view text, double fraction) {
  const std::string percent = fmt::format("{:3}%", static_cast<int>(fraction * 100));
  if (live_) {
    show(percent, Tone::kBusy, text, fraction);
    return;
  }
  const std::string_view stage = text.substr(0, text.find(": "));
  const int tenth = static_cast<int>(fraction * 10);
  if (stage == stage_ && tenth == tenth_) return;
  stage_ = stage;
  tenth_ = tenth;
  step(percent, Tone::kBusy, text);
}

void Progress::show(std::string_view label, Tone tone, std::string_view text, double fraction) {
  const std::lock_guard lock(mutex_);
  label_ = label;
  tone_ = tone;
  text_ = text;
  fraction_ = fraction;
  active_ = true;
  draw();
  start_ticking();
}

void Progress::start_ticking() {
  if (ticker_.joinable()) return;
  ticker_ = std::jthread([this] {
    while (wait_for(kTick, stop_.token())) {
      const std::lock_guard lock(mutex_);
      draw();
    }
  });
}

void Progress::draw() {
  if (!active_) return;
  // The last column stays free: a terminal would begin a new line after it.
  const std::size_t columns = columns_of(STDERR_FILENO) - 1;
  std::string line;
  if (fraction_ < 0) {
    line = progress_line(elapsed(), label_, tone_, text_, columns, coloured_);
  } else {
    const std::string bar = paint(bar_of(fraction_, kBarWidth, rich_), tone_, coloured_);
    const std::size_t used = kElapsedWidth + 2 + kBarWidth + 2 + label_.size() + 2;
    line = fmt::format(
        "{}  {}  {}  {}",
        paint(padded(human_duration(elapsed()), kElapsedWidth, true), Tone::kFaint, coloured_), bar,
        label_, cut_to_width(text_, columns > used ? columns - used : 0));
  }
  if (line == shown_) return;
  print_error(std::string(kEraseLine) + line);
  shown_ = std::move(line);
}

void Progress::erase() {
  if (shown_.empty()) return;
  print_error(kEraseLine);
  shown_.clear();
}

void Progress::clear() {
  const std::lock_guard lock(mutex_);
  erase();
  active_ = false;
}

void Progress::log(std::string_view piece) {
  const std::lock_guard lock(mutex_);
  partial_ += piece;
  const std::size_t end = partial_.rfind('\n');
  if (end == std::string::npos && partial_.size() < kMaxPartialLine) return;
  const std::size_t size = end == std::string::npos ? partial_.size() : end + 1;
  erase();
  print_out(std::string_view(partial_).substr(0, size));
  partial_.erase(0, size);
  // Not behind a line that goes on.
  if (end != std::string::npos) draw();
}

void Progress::end_log() {
  const std::lock_guard lock(mutex_);
  if (!partial_.empty()) {
    erase();
    print_out(partial_ + "\n");
    draw();
  }
  partial_.clear();
}

}  // namespace firesteel::cli
