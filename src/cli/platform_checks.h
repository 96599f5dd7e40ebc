#pragma once
// Whether a cluster can run applications: what `firesteel doctor` without a name asks it.
#include <string>
#include <string_view>
#include <vector>

#include "cli/access.h"

namespace firesteel::cli {

inline constexpr std::string_view kCheckApi = "API server";

struct PlatformCheck {
  std::string name;
  bool good = false;
  std::string found;   // what was seen, in words
  std::string change;  // what to do when it is not good
};

// In the order in which they depend on each other; when the API does not answer, that is the only
// one. Jobs are looked at in `cluster.space` when it was asked for, else in the operator's
// namespace.
[[nodiscard]] std::vector<PlatformCheck> check_platform(const Access& cluster, bool space_asked);

}  // namespace firesteel::cli
