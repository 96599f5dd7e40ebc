#include "node/outlet.h"

#include <sys/socket.h>

#include <cerrno>

namespace firesteel::node {

Outlet::Outlet(Fd out, Fd err)
    : out_{std::move(out), {}},
      err_{std::move(err), {}},
      moved_(std::chrono::steady_clock::now()) {}

void Outlet::push(bool to_err, std::string_view bytes) {
  Side& side = to_err ? err_ : out_;
  if (!side.fd.valid()) return;
  if (!waits()) moved_ = std::chrono::steady_clock::now();
  side.held += bytes;
}

// False when the other end is closed.
bool Outlet::Side::send() {
  while (!held.empty()) {
    const ssize_t count = ::send(fd.get(), held.data(), held.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    held.erase(0, static_cast<std::size_t>(count));
  }
  return true;
}

bool Outlet::flush() {
  const std::size_t before = out_.held.size() + err_.held.size();
  if (before == 0) return true;
  if (!out_.send() || !err_.send()) return false;
  const auto now = std::chrono::steady_clock::now();
  if (out_.held.size() + err_.held.size() < before) moved_ = now;
  return now - moved_ < kOutletPatience;
}

int Outlet::waiting_fd() const {
  if (!out_.held.empty()) return out_.fd.get();
  return err_.held.empty() ? -1 : err_.fd.get();
}

}  // namespace firesteel::node
