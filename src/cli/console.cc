#include "cli/console.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/table.h"

namespace firesteel::cli {

namespace {

constexpr std::size_t kElapsedWidth = 6;
constexpr std::size_t kLabelWidth = 16;
constexpr std::size_t kMaxPartialLine = 1024 * 1024;  // a line without an end is written in pieces

std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kBad:
      return "\x1b[31m";
    case Tone::kBusy:
      return "\x1b[33m";
    case Tone::kFaint:
      return "\x1b[2m";
    case Tone::kBold:
      return "\x1b[1m";
  }
  return "";
}

void write_to(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

std::string padded(std::string_view text, std::size_t width, bool right) {
  const std::size_t used = display_width(text);
  const std::string blanks(used < width ? width - used : 0, ' ');
  return right ? blanks + std::string(text) : std::string(text) + blanks;
}

bool is_unreachable(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout;
}

}  // namespace

std::string paint(std::string_view text, Tone tone, bool coloured) {
  if (!coloured || tone == Tone::kPlain) return std::string(text);
  return fmt::format("{}{}\x1b[0m", escape_of(tone), text);
}

bool is_coloured(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* terminal = std::getenv("TERM");
  if (terminal == nullptr || std::string_view(terminal) == "dumb") return false;
  return ::isatty(fd) == 1;
}

void print_out(std::string_view text) {
  write_to(stdout, text);
}
void print_error(std::string_view text) {
  write_to(stderr, text);
}

int report(const Error& error) {
  const bool coloured = is_coloured(STDERR_FILENO);
  std::string text =
      fmt::format("{} {}\n", paint("firesteel:", Tone::kBad, coloured), error.message);
  for (const Problem& problem : error.problems) {
    // A server's message often lists them already.
    if (error.message.find(problem.message) != std::string::npos) continue;
    text += fmt::format("  {}: {}\n", problem.path, problem.message);
  }
  if (is_unreachable(error.code)) {
    text +=
        "Is the cluster up? `firesteel up` starts one on this machine; "
        "`kubectl config get-contexts` shows the others.\n";
  }
  print_error(text);
  return is_unreachable(error.code) ? kExitUnreachable : kExitFailed;
}

Progress::Progress(const Clock& clock)
    : clock_(clock), started_(clock.now()), coloured_(is_coloured(STDERR_FILENO)) {}

void Progress::step(std::string_view label, Tone tone, std::string_view text) {
  const std::string time = padded(human_duration(elapsed()), kElapsedWidth, true);
  const std::string name = text.empty() ? std::string(label) : padded(label, kLabelWidth, false);
  const std::string line = fmt::format("{}  {} {}", paint(time, Tone::kFaint, coloured_),
                                       paint(name, tone, coloured_), text);
  const std::lock_guard lock(mutex_);
  print_error(line.substr(0, line.find_last_not_of(' ') + 1) + "\n");
}

void Progress::log(std::string_view piece) {
  const std::lock_guard lock(mutex_);
  partial_ += piece;
  const std::size_t end = partial_.rfind('\n');
  if (end == std::string::npos && partial_.size() < kMaxPartialLine) return;
  const std::size_t size = end == std::string::npos ? partial_.size() : end + 1;
  print_out(std::string_view(partial_).substr(0, size));
  partial_.erase(0, size);
}

void Progress::end_log() {
  const std::lock_guard lock(mutex_);
  if (!partial_.empty()) print_out(partial_ + "\n");
  partial_.clear();
}

}  // namespace firesteel::cli
