// Quantities, cron expressions, durations, patterns: the small languages in strings.
#include "fuzz/input.h"
#include "kube/loop/cron.h"
#include "kube/pattern.h"
#include "kube/quantity.h"

using namespace firesteel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [first, second] = fuzz::parts_of<2>(fuzz::text_of(data, size));
  if (const auto quantity = kube::Quantity::parse(first)) {
    const auto again = kube::Quantity::parse(quantity->text());
    MUST(again && *again == *quantity);
    MUST(again->text() == quantity->text());
    kube::Quantity sum = *quantity;
    sum += *quantity;
    sum -= *quantity;
    (void)sum.to_milli();
    (void)sum.to_units();
  }
  if (const auto value = json::parse(first)) (void)kube::Quantity::from_json(*value);
  if (const auto cron = kube::loop::Cron::parse(first); cron && !cron->interval()) {
    const TimePoint start{std::chrono::seconds(1'700'000'000)};
    const auto next = cron->next(start, kube::loop::TimeZone());
    MUST(!next || *next > start);
  }
  (void)kube::loop::parse_go_duration(first);
  if (const auto pattern = kube::Pattern::compile(first)) {
    // The sanitizer's regexec looks for a NUL whatever the flags say.
    (void)pattern->matches(std::string(second));
  }
  return 0;
}
