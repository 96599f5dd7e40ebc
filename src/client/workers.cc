#include "client/workers.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/check.h"
#include "base/log.h"
#include "kube/loop/work_queue.h"

namespace firesteel::client {
namespace {

constexpr std::chrono::nanoseconds kLongestWait = std::chrono::hours(1);

kube::loop::Backoff backoff_of(const WorkersOptions& options) {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  return {ceil<milliseconds>(options.base_delay), ceil<milliseconds>(options.max_delay)};
}

}  // namespace

struct Workers::State {
  State(WorkersOptions options_in, const Clock& clock_in, Reconcile reconcile_in)
      : options(std::move(options_in)),
        clock(clock_in),
        reconcile(std::move(reconcile_in)),
        queue(backoff_of(options)) {}

  void run();
  // The next key, which is then under work; nothing when stopped.
  std::optional<std::string> take();
  void settle(const std::string& key,
              const Result<std::optional<std::chrono::nanoseconds>>& result);

  const WorkersOptions options;
  const Clock& clock;
  const Reconcile reconcile;
  std::mutex mutex;
  std::condition_variable changed;
  kube::loop::WorkQueue queue;
  bool stopped = false;
  std::vector<std::jthread> threads;
};

void Workers::State::run() {
  while (auto key = take()) settle(*key, reconcile(*key));
}

std::optional<std::string> Workers::State::take() {
  std::unique_lock lock(mutex);
  while (!stopped) {
    const TimePoint now = clock.now();
    if (auto key = queue.next(now)) return key;
    const auto due = queue.next_due();
    if (due)
      changed.wait_for(lock, std::clamp<std::chrono::nanoseconds>(
                                 *due - now, std::chrono::milliseconds(1), kLongestWait));
    else
      changed.wait(lock);
  }
  return std::nullopt;
}

void Workers::State::settle(const std::string& key,
                            const Result<std::optional<std::chrono::nanoseconds>>& result) {
  if (!result) {
    // A conflict is the ordinary way to learn that the snapshot was old.
    const auto say = result.error().code == ErrorCode::kConflict ? log::debug : log::warning;
    say("reconcile failed, will be tried again",
        {{"queue", options.name}, {"key", key}, {"error", result.error().message}});
  }
  const std::lock_guard lock(mutex);
  const TimePoint now = clock.now();
  if (!result) {
    queue.backoff(key, now);
  } else {
    queue.forget(key);
    if (*result) queue.add_after(key, now + std::chrono::ceil<TimePoint::duration>(**result));
  }
  queue.done(key);
  changed.notify_all();
}

Workers::Workers(WorkersOptions options, const Clock& clock, Reconcile reconcile)
    : state_(std::make_unique<State>(std::move(options), clock, std::move(reconcile))) {}

Workers::~Workers() {
  stop();
}

void Workers::start() {
  ASSERT(state_->threads.empty(), "workers start once");
  for (std::size_t i = 0; i < std::max<std::size_t>(state_->options.threads, 1); ++i)
    state_->threads.emplace_back([state = state_.get()] { state->run(); });
}

void Workers::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  state_->changed.notify_all();
  for (std::jthread& thread : state_->threads)
    if (thread.joinable()) thread.join();
}

void Workers::add(const std::string& key) {
  const std::lock_guard lock(state_->mutex);
  state_->queue.add(key);
  state_->changed.notify_one();
}

void Workers::add_after(const std::string& key, std::chrono::nanoseconds delay) {
  const std::lock_guard lock(state_->mutex);
  state_->queue.add_after(key, state_->clock.now() + std::chrono::ceil<TimePoint::duration>(delay));
  state_->changed.notify_all();
}

std::size_t Workers::depth() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.size();
}

void Workers::wake() {
  state_->changed.notify_all();
}

}  // namespace firesteel::client
