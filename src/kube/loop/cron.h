#pragma once
// When something is to run again: cron with five fields, descriptors and @every, as robfig/cron v3
// reads its standard form (the library of Kubernetes' CronJobs and of the Kubeflow operator). Pure.
//
// Daylight saving, as there: an activation is every moment whose wall clock matches. A time that
// the clock skips is not made up for; one that it shows twice activates twice.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "kube/loop/time_zone.h"

namespace firesteel::kube::loop {

class Cron {
 public:
  // "*/5 8-18 * jan-mar mon", "@hourly", "@every 1h30m", each with an optional "CRON_TZ=Area/City "
  // or "TZ=Area/City " in front. Errors: kBadRequest with the field, what was found and expected.
  [[nodiscard]] static Result<Cron> parse(std::string_view text);

  // Of the prefix; "" without one.
  [[nodiscard]] const std::string& zone() const { return zone_; }
  // The first activation after `time`, in whole seconds; nothing when there is none in five years.
  [[nodiscard]] std::optional<TimePoint> next(TimePoint time, const TimeZone& zone) const;
  // Of @every (at least a second): the activations depend on where one starts to count.
  [[nodiscard]] std::optional<std::chrono::seconds> interval() const { return interval_; }

 private:
  struct Field {
    std::uint64_t bits = 0;
    bool any = false;  // "*" or "?"
    [[nodiscard]] bool has(unsigned value) const { return (bits >> value & 1U) != 0; }
  };
  struct Bounds;
  struct Descriptor;
  [[nodiscard]] static Result<Field> parse_field(std::string_view text, const Bounds& bounds);
  [[nodiscard]] static Result<Field> parse_range(std::string_view text, const Bounds& bounds);
  [[nodiscard]] Result<void> parse_fields(std::string_view text);
  [[nodiscard]] Result<void> parse_descriptor(std::string_view text);
  [[nodiscard]] std::chrono::seconds wait(std::chrono::sys_seconds local) const;
  [[nodiscard]] bool matches_day(std::chrono::sys_days day) const;

  std::string zone_;
  std::optional<std::chrono::seconds> interval_;
  Field minute_, hour_, day_, month_, weekday_;
};

// A duration as Go writes it: "300ms", "1.5h", "2h45m". Errors: kBadRequest.
[[nodiscard]] Result<std::chrono::nanoseconds> parse_go_duration(std::string_view text);

}  // namespace firesteel::kube::loop
