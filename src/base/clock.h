#pragma once
// Time as a parameter. Pure code takes a TimePoint; shells take a Clock&. Only clock.cc asks the
// system.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace firesteel {

using TimePoint = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
};

// For tests and the simulation: moves only when told to. Not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : now_(start) {}
  [[nodiscard]] TimePoint now() const override { return now_; }
  void advance(std::chrono::nanoseconds by) {
    now_ += std::chrono::duration_cast<TimePoint::duration>(by);
  }
  void set(TimePoint to) { now_ = to; }

 private:
  TimePoint now_;
};

// metav1.Time: "2026-11-22T17:39:33Z", UTC, whole seconds (rounded down).
[[nodiscard]] std::string format_time(TimePoint time);
// metav1.MicroTime: "2026-11-22T17:39:33.123456Z".
[[nodiscard]] std::string format_micro_time(TimePoint time);
// RFC 3339 with nine digits, as in container logs: "2026-11-22T17:39:33.123456789Z".
[[nodiscard]] std::string format_nano_time(TimePoint time);
// RFC 3339 with Z or a numeric offset and 0 to 9 fraction digits; nothing if it is not one.
[[nodiscard]] std::optional<TimePoint> parse_time(std::string_view text);

}  // namespace firesteel
