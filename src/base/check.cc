#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace firesteel {

void assertion_failed(std::string_view condition, std::string_view why, std::string_view file,
                      int line) {
  std::fprintf(stderr, "firesteel: bug: %.*s: %.*s (%.*s:%d)\n", static_cast<int>(why.size()),
               why.data(), static_cast<int>(condition.size()), condition.data(),
               static_cast<int>(file.size()), file.data(), line);
  std::abort();
}

}  // namespace firesteel
