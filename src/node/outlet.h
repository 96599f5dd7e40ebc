#pragma once
// A second way for a container's output: to a client that is attached. The log gets everything
// first; a client that is slow holds the container up, but not for ever. Used by one thread.
#include <chrono>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace firesteel::node {

// A client that takes nothing for this long is let go.
inline constexpr std::chrono::seconds kOutletPatience{10};

class Outlet {
 public:
  // Non-blocking sockets; `err` is invalid with a terminal.
  Outlet(Fd out, Fd err);
  void push(bool to_err, std::string_view bytes);
  // Sends what waits. False when the client is gone, or too slow: then the outlet is of no use.
  bool flush();
  // The descriptor to poll for POLLOUT, -1 when nothing waits.
  [[nodiscard]] int waiting_fd() const;
  [[nodiscard]] bool waits() const { return waiting_fd() >= 0; }

 private:
  struct Side {
    Fd fd;
    std::string held;
    bool send();
  };
  Side out_;
  Side err_;
  std::chrono::steady_clock::time_point moved_;
};

}  // namespace firesteel::node
