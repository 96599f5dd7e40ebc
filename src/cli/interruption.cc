#include "cli/interruption.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <limits>

namespace firesteel::cli {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interruption::Interruption(std::chrono::seconds limit) {
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  thread_ = std::jthread([this, limit] { wait(limit); });
}

Interruption::~Interruption() {
  ended_.request_stop();
  thread_.join();
  // A signal that stays pending would end the process as soon as it is let through.
  signalfd_siginfo taken;
  while (::read(signals_.get(), &taken, sizeof taken) > 0) {
  }
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interruption::wait(std::chrono::seconds limit) {
  pollfd watched[] = {{signals_.get(), POLLIN, 0}, {ended_.token().fd(), POLLIN, 0}};
  const std::int64_t limit_ms = std::chrono::milliseconds(limit).count();
  constexpr std::int64_t kLongest = std::numeric_limits<int>::max();
  const int timeout = limit_ms == 0 ? -1 : static_cast<int>(std::min(limit_ms, kLongest));
  const int ready = ::poll(watched, 2, timeout);
  if (ready > 0 && watched[1].revents != 0) return;
  cause_ = ready == 0 ? Cause::kTimeout : Cause::kSignal;
  source_.request_stop();
}

bool wait_for(std::chrono::milliseconds time, const StopToken& stop) {
  if (stop.stop_requested()) return false;
  pollfd watched{stop.fd(), POLLIN, 0};
  ::poll(&watched, 1, static_cast<int>(time.count()));
  return !stop.stop_requested();
}

}  // namespace firesteel::cli
