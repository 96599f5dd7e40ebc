#pragma once
// What every target shares: how one input becomes several texts, and JSON of them.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/json/json.h"
#include "base/json/parse.h"

namespace firesteel::fuzz {

// Parts the texts of one input; no JSON text may hold it.
inline constexpr char kSeparator = '\x1e';

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The first N texts; those that are not there are empty, the last one is the rest.
template <std::size_t N>
std::array<std::string_view, N> parts_of(std::string_view text) {
  std::array<std::string_view, N> parts;
  for (std::size_t i = 0; i + 1 < N; ++i) {
    const std::size_t end = std::min(text.find(kSeparator), text.size());
    parts[i] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  parts[N - 1] = text;
  return parts;
}

}  // namespace firesteel::fuzz

// What must hold of any input; libFuzzer keeps the input that breaks it.
#define MUST(condition) ASSERT(condition, "this input shows a bug")

// Each target defines it; called with any bytes whatever.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
