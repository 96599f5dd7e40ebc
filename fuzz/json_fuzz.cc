// JSON text: whatever is read prints as text that reads back the same.
#include "base/json/print.h"
#include "fuzz/input.h"

using namespace firesteel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = json::parse(fuzz::text_of(data, size));
  if (!value) return 0;
  const std::string text = json::print(*value);
  const auto again = json::parse(text);
  MUST(again.has_value());
  // As text, and from the second time on: 1.0 prints as the integer 1, -0.0 as -0, which is 0.
  const auto settled = json::parse(json::print(*again));
  MUST(settled && json::print(*settled) == json::print(*again));
  const auto pretty = json::parse(json::print_pretty(*value));
  MUST(pretty && *pretty == *again);
  const auto canonical = json::parse(json::print_canonical(*again));
  MUST(canonical && json::print_canonical(*canonical) == json::print_canonical(*settled));
  return 0;
}
