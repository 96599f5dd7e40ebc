#pragma once
// Chance that is the same on every machine for the same seed (SplitMix64; the standard
// distributions differ between libraries).
#include <cstddef>
#include <cstdint>
#include <string>

namespace firesteel::sim {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // In [0, limit).
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : next() % limit; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  // `digits` hex digits.
  std::string hex(std::size_t digits) {
    std::string text;
    while (text.size() < digits) text += "0123456789abcdef"[next() % 16];
    return text;
  }

 private:
  std::uint64_t state_;
};

}  // namespace firesteel::sim
