#pragma once
// What there is in a world, comparable with another world's. Pure.
#include <string>

#include "sim/world.h"

namespace firesteel::sim {

// In few words: states, attempts, phases, counts.
[[nodiscard]] std::string summary_of(const World& world);
// Every object whole, one a line, without what the server counts, what time it was, and with "#"
// for every id that chance made.
[[nodiscard]] std::string end_of(const World& world);

// Its last changes, one a line, to see how it came to that.
[[nodiscard]] std::string history_of(const World& world, std::size_t count);

}  // namespace firesteel::sim
