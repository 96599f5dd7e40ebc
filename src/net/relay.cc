#include "net/relay.h"

#include <poll.h>

#include <array>
#include <cerrno>

namespace firesteel::net {
namespace {

constexpr std::size_t kReadSize = 32 * 1024;

struct Direction {
  Stream& from;
  Stream& to;
  std::string held;
  bool ended = false;   // nothing more comes
  bool broken = false;  // nothing more can be delivered

  [[nodiscard]] bool reads() const { return !ended && held.size() < kMaxRelayed; }
  [[nodiscard]] bool over() const { return broken || (ended && held.empty()); }

  // True when anything was moved.
  bool move() {
    bool moved = false;
    if (reads()) {
      std::array<char, kReadSize> chunk;
      const auto count = from.read_some(chunk.data(), chunk.size(), {});
      if (count && *count > 0) held.append(chunk.data(), *count);
      const bool nothing = !count && count.error().code == ErrorCode::kTimeout;
      ended = !nothing && (!count || *count == 0);
      moved = !nothing;
    }
    if (!held.empty()) {
      const auto count = to.write_some(held);
      if (!count) {
        broken = true;
        return true;
      }
      held.erase(0, *count);
      moved = moved || *count > 0;
    }
    return moved;
  }
};

}  // namespace

void relay(Stream& left, Stream& right, std::string first, const StopToken& stop) {
  left.set_read_timeout(std::chrono::milliseconds(0));
  right.set_read_timeout(std::chrono::milliseconds(0));
  Direction to_left{right, left, std::move(first)};
  Direction to_right{left, right, {}};
  while (!stop.stop_requested()) {
    const bool moved_left = to_left.move();
    const bool moved_right = to_right.move();
    if (to_left.over() || to_right.over()) return;
    if (moved_left || moved_right) continue;
    const auto events = [](const Direction& in, const Direction& out) {
      return static_cast<short>((in.reads() ? POLLIN : 0) | (out.held.empty() ? 0 : POLLOUT));
    };
    pollfd polled[] = {{left.fd(), events(to_right, to_left), 0},
                       {right.fd(), events(to_left, to_right), 0},
                       {stop.fd(), POLLIN, 0}};
    if (::poll(polled, std::size(polled), -1) < 0 && errno != EINTR) return;
    // A side that hung up without being read from would wake us for ever.
    for (const pollfd& each : polled)
      if ((each.revents & (POLLERR | POLLNVAL)) != 0) return;
  }
}

}  // namespace firesteel::net
