#include "cli/console.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/commands.h"

namespace firesteel::cli {

namespace {

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

}  // namespace firesteel::cli
