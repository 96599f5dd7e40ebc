// Lives of the operator, one for every seed. SIM_SEED=17 replays one; SIM_LIVES=1000000 lives more
// of them (`make sim`).
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <fstream>

#include "sim/generator.h"

namespace firesteel::sim {
namespace {

// Shards are tests of their own, for all processors to have something to do.
constexpr std::uint64_t kShards = 4;
// Failures after which a shard ends.
constexpr int kEnough = 5;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// A failing seed prints the line with which it can be lived again.
bool holds(std::uint64_t seed, bool tell_all = false) {
  std::string history;
  const std::vector<std::string> wrong = live(life_of(seed), tell_all ? &history : nullptr);
  if (tell_all) fmt::print("{}{}\n", history, fmt::join(wrong, "\n"));
  if (wrong.empty()) return true;
  ADD_FAILURE() << "SIM_SEED=" << seed << " build/dev/sim/sim_test --gtest_filter='*Lives.Hold/0'"
                << ": " << wrong.front()
                << (wrong.size() > 1 ? fmt::format(" (and {} more)", wrong.size() - 1) : "");
  return false;
}

class Lives : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Lives, Hold) {
  if (const std::uint64_t seed = number_from("SIM_SEED", 0)) {
    if (GetParam() == 0) (void)holds(seed, true);
    return;
  }
  const std::uint64_t first = number_from("SIM_FIRST", 1);
  const std::uint64_t last = first + number_from("SIM_LIVES", FIRESTEEL_LIVES);
  int failures = 0;
  for (std::uint64_t seed = first + GetParam(); seed < last; seed += kShards) {
    if (!holds(seed) && ++failures == kEnough) return;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Lives, testing::Range(std::uint64_t{0}, kShards),
                         testing::PrintToStringParamName());

// Seeds that once failed stay: one a line, then what was wrong.
TEST(Lives, OfSeedsThatOnceFailedHold) {
  std::ifstream file(FIRESTEEL_SEEDS);
  ASSERT_TRUE(file) << FIRESTEEL_SEEDS;
  std::string line;
  while (std::getline(file, line)) {
    std::uint64_t seed = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), seed);
    if (parsed.ec == std::errc()) (void)holds(seed);
  }
}

}  // namespace
}  // namespace firesteel::sim
