#pragma once
// A regular expression of an OpenAPI schema. CRD authors write RE2 syntax; it is translated to
// POSIX extended syntax, and what has no equal there (look-around, back references, Unicode
// classes, word boundaries) is refused, never approximated. Matching works on bytes: `.` is one
// byte. Immutable; any thread may match. Pure.
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace firesteel::kube {

// A pattern may not expand to more states than this: (a{1000}){1000} would take the memory of the
// machine.
inline constexpr std::size_t kMaxPatternSize = 20'000;

class Pattern {
 public:
  // Errors: kInvalid, saying what in the pattern cannot be kept.
  [[nodiscard]] static Result<Pattern> compile(std::string_view text);
  // True when the pattern is found anywhere in `text`: anchors are the author's business.
  [[nodiscard]] bool matches(std::string_view text) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Compiled;
  std::string text_;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace firesteel::kube
