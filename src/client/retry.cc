#include "client/retry.h"

#include <poll.h>

#include <charconv>

namespace firesteel::client {
namespace {

constexpr int kMaxSeconds = 30;

}  // namespace

bool wait_to_retry(int status, const net::Headers& headers, const StopToken& stop) {
  if (status != 429 && status != 503) return false;
  int seconds = 1;
  const std::string_view text = headers.get("Retry-After");
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  pollfd polled{stop.fd(), POLLIN, 0};
  ::poll(&polled, 1, std::clamp(seconds, 0, kMaxSeconds) * 1000);
  return !stop.stop_requested();
}

}  // namespace firesteel::client
