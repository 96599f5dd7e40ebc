#pragma once
// UTF-8 as JSON text may hold it (RFC 3629): no overlong forms, no surrogates, nothing above
// U+10FFFF. What is not that cannot be read back once it is stored. Pure.
#include <cstddef>
#include <string>
#include <string_view>

namespace firesteel::json {

// How many bytes at the start of `text` are UTF-8: its size when all are.
[[nodiscard]] std::size_t utf8_prefix(std::string_view text);

[[nodiscard]] inline bool is_utf8(std::string_view text) {
  return utf8_prefix(text) == text.size();
}

// Each byte that is none replaced by U+FFFD, as Go's encoder writes it: for messages that quote.
[[nodiscard]] std::string replace_broken_utf8(std::string_view text);

}  // namespace firesteel::json
