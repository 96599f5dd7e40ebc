#pragma once
// A clock that nobody sets: for waiting, as opposed to dates. Its time goes on while the process is
// stopped and while the machine sleeps, and says nothing about the time of day.
#include "base/clock.h"

namespace firesteel::client {

class SteadyClock final : public Clock {
 public:
  // Since an unknown moment.
  [[nodiscard]] TimePoint now() const override;
};

}  // namespace firesteel::client
