#include "client/informer.h"

#include <poll.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/check.h"
#include "base/log.h"
#include "base/stop.h"
#include "kube/loop/cache.h"
#include "kube/loop/watch_machine.h"
#include "kube/object.h"

namespace firesteel::client {
namespace {

namespace loop = kube::loop;

// client-go's reflector asks for 5 to 10 minutes: a watch that hangs unnoticed is replaced then.
constexpr std::int64_t kShortestWatch = 300;
constexpr std::int64_t kWatchSpread = 300;
constexpr int kLongestWait = 3600 * 1000;  // of one poll, in milliseconds

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

}  // namespace

struct Informer::State {
  State(kube::Api& api_in, InformerOptions options_in, const Clock& clock_in, std::uint64_t seed_in)
      : api(api_in),
        options(std::move(options_in)),
        clock(clock_in),
        watch_timeout(kShortestWatch + static_cast<std::int64_t>(seed_in % kWatchSpread)),
        cache(options.indexed_label) {}

  void run();
  // Does what the machine wants, and says what came of it. Nothing when stopped.
  std::optional<loop::WatchInput> act(const loop::WatchNext& next);
  loop::WatchInput list(const loop::DoList& wanted);
  std::optional<loop::WatchInput> open(const loop::DoWatch& wanted);
  std::optional<loop::WatchInput> read();
  void wait(TimePoint until);
  void publish(loop::WatchOutput output);
  void note(const loop::WatchMachine& machine);

  kube::Api& api;
  const InformerOptions options;
  const Clock& clock;
  const std::chrono::seconds watch_timeout;
  std::vector<std::function<void(const Change&)>> handlers;  // fixed by start()
  std::unique_ptr<kube::WatchStream> stream;                 // the thread's own

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  loop::Cache cache;
  bool synced = false;
  std::string last_error;

  StopSource stop;
  std::jthread thread;
};

void Informer::State::run() {
  loop::WatchMachine machine;
  loop::WatchNext next = machine.start();
  while (true) {
    auto input = act(next);
    if (!input || stop.stop_requested()) break;
    loop::WatchStep step = machine.step(std::move(*input), clock.now());
    for (loop::WatchOutput& output : step.outputs) publish(std::move(output));
    note(machine);
    next = std::move(step.next);
    if (!std::holds_alternative<loop::ReadOn>(next)) stream.reset();
  }
  stream.reset();
}

std::optional<loop::WatchInput> Informer::State::act(const loop::WatchNext& next) {
  return std::visit(
      Overloaded{[&](const loop::DoList& wanted) { return std::optional(list(wanted)); },
                 [&](const loop::DoWatch& wanted) { return open(wanted); },
                 [&](const loop::ReadOn&) { return read(); },
                 [&](const loop::WaitUntil& until) -> std::optional<loop::WatchInput> {
                   wait(until.time);
                   if (stop.stop_requested()) return std::nullopt;
                   return loop::WatchInput(loop::Tick{});
                 }},
      next);
}

loop::WatchInput Informer::State::list(const loop::DoList& wanted) {
  kube::ListOptions query;
  query.label_selector = options.label_selector;
  query.field_selector = options.field_selector;
  query.limit = wanted.limit;
  query.continue_token = wanted.continue_token;
  auto page = api.list(options.resource, options.space, query);
  if (!page) return loop::ListFailed{page.error()};
  return loop::ListDone{std::move(*page)};
}

std::optional<loop::WatchInput> Informer::State::open(const loop::DoWatch& wanted) {
  kube::WatchOptions query;
  query.label_selector = options.label_selector;
  query.field_selector = options.field_selector;
  query.resource_version = wanted.resource_version;
  query.timeout = watch_timeout;
  auto opened = api.watch(options.resource, options.space, query);
  if (!opened) return loop::WatchInput(loop::StreamFailed{opened.error()});
  stream = std::move(*opened);
  return read();
}

std::optional<loop::WatchInput> Informer::State::read() {
  ASSERT(stream != nullptr, "the machine reads only a stream that it has opened");
  auto event = stream->next(stop.token());
  if (stop.stop_requested()) return std::nullopt;
  if (!event) return loop::WatchInput(loop::StreamFailed{event.error()});
  if (!*event) return loop::WatchInput(loop::StreamEnded{});
  return loop::WatchInput(loop::EventReceived{std::move(**event)});
}

void Informer::State::wait(TimePoint until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock.now()).count();
  const StopToken token = stop.token();
  pollfd polled{token.fd(), POLLIN, 0};
  if (left > 0) ::poll(&polled, 1, static_cast<int>(std::min<std::int64_t>(left, kLongestWait)));
}

void Informer::State::publish(loop::WatchOutput output) {
  std::vector<Change> changes;
  {
    const std::lock_guard lock(mutex);
    if (const auto* replace = std::get_if<loop::Replace>(&output)) {
      const loop::Cache before = cache;  // the documents are shared
      for (const std::string& key : cache.replace(replace->items))
        changes.push_back({key, before.get(key), nullptr});
    } else {
      const kube::WatchEvent& event = std::get<loop::Apply>(output).event;
      const json::Document before = cache.get(kube::key_of(*event.object));
      for (const std::string& key : cache.apply(event)) changes.push_back({key, before, nullptr});
    }
    for (Change& change : changes) change.after = cache.get(change.key);
  }
  for (const Change& change : changes)
    for (const auto& handler : handlers) handler(change);
}

void Informer::State::note(const loop::WatchMachine& machine) {
  const std::lock_guard lock(mutex);
  if (!machine.last_error().empty() && machine.last_error() != last_error)
    log::warning("watching is interrupted", {{"resource", options.resource.group_resource()},
                                             {"namespace", options.space},
                                             {"error", machine.last_error()}});
  last_error = machine.last_error();
  if (machine.synced() && !synced) {
    synced = true;
    changed.notify_all();
  }
}

Informer::Informer(kube::Api& api, InformerOptions options, const Clock& clock, std::uint64_t seed)
    : state_(std::make_unique<State>(api, std::move(options), clock, seed)) {}

Informer::~Informer() {
  state_->stop.request_stop();
  if (state_->thread.joinable()) state_->thread.join();
}

void Informer::on_change(std::function<void(const Change&)> handler) {
  ASSERT(!state_->thread.joinable(), "handlers are added before start()");
  state_->handlers.push_back(std::move(handler));
}

void Informer::start() {
  ASSERT(!state_->thread.joinable(), "an informer starts once");
  state_->thread = std::jthread([state = state_.get()] { state->run(); });
}

json::Document Informer::get(std::string_view key) const {
  const std::lock_guard lock(state_->mutex);
  return state_->cache.get(key);
}

std::vector<json::Document> Informer::list(std::string_view space) const {
  const std::lock_guard lock(state_->mutex);
  return state_->cache.items(space);
}

std::vector<json::Document> Informer::by_label(std::string_view value) const {
  const std::lock_guard lock(state_->mutex);
  return state_->cache.by_label(value);
}

bool Informer::has_synced() const {
  const std::lock_guard lock(state_->mutex);
  return state_->synced;
}

bool Informer::wait_for_sync(std::chrono::milliseconds timeout) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, timeout, [this] { return state_->synced; });
}

std::string Informer::last_error() const {
  const std::lock_guard lock(state_->mutex);
  return state_->last_error;
}

}  // namespace firesteel::client
