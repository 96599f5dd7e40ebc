#pragma once
// When a refused read may be tried again. Internal to client.
#include "base/stop.h"
#include "net/http.h"

namespace firesteel::client {

// For 429 and 503 waits as long as Retry-After says (a number of seconds, at most 30; 1 without it)
// and returns true. False at once for another status, and when stopped.
[[nodiscard]] bool wait_to_retry(int status, const net::Headers& headers, const StopToken& stop);

}  // namespace firesteel::client
