#pragma once
// What people see: results on standard output, everything about them on standard error. Colours
// only on a terminal, and not with NO_COLOR or TERM=dumb. Thread-safe.
#include <string>
#include <string_view>

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

}  // namespace firesteel::cli
