#include "client/steady_clock.h"

#include <ctime>

namespace firesteel::client {

TimePoint SteadyClock::now() const {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  const auto since = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  return TimePoint(std::chrono::duration_cast<TimePoint::duration>(since));
}

}  // namespace firesteel::client
