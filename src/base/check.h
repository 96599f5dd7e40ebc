#pragma once
// Bugs abort: ASSERT states what the surrounding code guarantees, in every build.
#include <string_view>

namespace firesteel {

[[noreturn]] void assertion_failed(std::string_view condition, std::string_view why,
                                   std::string_view file, int line);

}  // namespace firesteel

#define ASSERT(condition, why)                                            \
  do {                                                                    \
    if (!(condition)) [[unlikely]]                                        \
      ::firesteel::assertion_failed(#condition, why, __FILE__, __LINE__); \
  } while (false)
