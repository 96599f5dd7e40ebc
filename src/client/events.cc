#include "client/events.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "kube/object.h"

namespace firesteel::client {
namespace {

constexpr std::size_t kMaxName = 253;  // of an object (RFC 1123 subdomain)
constexpr std::chrono::seconds kLastWords{2};

struct Item {
  json::Object involved;
  EventKind kind = EventKind::kNormal;
  std::string reason;
  std::string message;
  TimePoint time;

  // Two items with the same identity are one event that happened twice.
  [[nodiscard]] std::string identity() const {
    const json::Value object(involved);
    std::string text(json::string_at(object, "uid"));
    if (text.empty())
      text = fmt::format("{}/{}", json::string_at(object, "namespace"),
                         json::string_at(object, "name"));
    for (const std::string& part : {reason, message}) text += '\0' + part;
    return text;
  }
};

json::Object reference_to(const json::Value& object) {
  json::Object reference;
  const auto put = [&](std::string_view field, std::string_view value) {
    if (!value.empty()) reference[field] = value;
  };
  put("apiVersion", json::string_at(object, "apiVersion"));
  put("kind", json::string_at(object, "kind"));
  put("namespace", kube::namespace_of(object));
  put("name", kube::name_of(object));
  put("uid", kube::uid_of(object));
  put("resourceVersion", kube::resource_version_of(object));
  return reference;
}

// At most `limit` bytes, not cut inside a UTF-8 sequence.
std::string shorten(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  std::size_t end = limit - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace

struct EventRecorder::State {
  struct Known {
    std::string space;
    std::string name;
    std::int64_t count = 1;
  };

  State(kube::Api& api_in, std::string component_in, const Clock& clock_in)
      : api(api_in), component(std::move(component_in)), clock(clock_in) {}

  void run();
  void write(const Item& item);
  Result<void> raise(Known& known, const Item& item);
  Result<Known> create(const Item& item);
  void remember(const std::string& identity, Known known);
  // One warning for a row of failures: a server that is away would fill the log.
  template <typename T>
  void note(const Item& item, const Result<T>& result) {
    if (!result)
      (failing ? log::debug : log::warning)(
          "an event was not recorded",
          {{"reason", item.reason}, {"message", item.message}, {"error", result.error().message}});
    failing = !result;
  }

  kube::Api& api;
  const std::string component;
  const Clock& clock;

  // The thread's own.
  std::map<std::string, Known> known;
  std::deque<std::string> order;  // of `known`, oldest first
  std::uint64_t serial = 0;
  bool failing = false;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Item> queue;
  bool busy = false;
  bool stopped = false;
  bool dropping = false;
  std::jthread thread;
};

void EventRecorder::State::run() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return stopped || !queue.empty(); });
    if (stopped) return;
    const Item item = std::move(queue.front());
    queue.pop_front();
    busy = true;
    lock.unlock();
    write(item);
    lock.lock();
    busy = false;
    changed.notify_all();
  }
}

void EventRecorder::State::write(const Item& item) {
  const std::string identity = item.identity();
  if (const auto found = known.find(identity); found != known.end()) {
    const auto raised = raise(found->second, item);
    // Events expire on the server after an hour; then it begins anew.
    if (raised || raised.error().code != ErrorCode::kNotFound) return note(item, raised);
  }
  auto created = create(item);
  note(item, created);
  if (created) remember(identity, std::move(*created));
}

Result<void> EventRecorder::State::raise(Known& event, const Item& item) {
  const json::Value patch =
      json::Object{{"count", event.count + 1}, {"lastTimestamp", format_time(item.time)}};
  TRY(api.patch(kube::resources::kEvents, event.space, event.name, kube::PatchType::kMerge, patch,
                {}));
  ++event.count;
  return {};
}

Result<EventRecorder::State::Known> EventRecorder::State::create(const Item& item) {
  const json::Value involved(item.involved);
  Known event;
  event.space = json::string_at(involved, "namespace");
  if (event.space.empty()) event.space = "default";  // where those of cluster-scoped objects go
  // Unique without asking anyone: the time in nanoseconds, as client-go does, and what tells two of
  // one instant apart.
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(item.time.time_since_epoch()).count();
  const std::string suffix =
      fmt::format(".{:016x}", static_cast<std::uint64_t>(nanoseconds) + serial++);
  event.name =
      std::string(json::string_at(involved, "name").substr(0, kMaxName - suffix.size())) + suffix;
  const std::string time = format_time(item.time);
  json::Object body{{"apiVersion", "v1"}, {"kind", "Event"}};
  body["metadata"] = json::Object{{"name", event.name}, {"namespace", event.space}};
  body["involvedObject"] = item.involved;
  body["reason"] = item.reason;
  body["message"] = item.message;
  json::Object source;
  source["component"] = component;
  body["source"] = std::move(source);
  body["firstTimestamp"] = time;
  body["lastTimestamp"] = time;
  body["count"] = 1;
  body["type"] = item.kind == EventKind::kNormal ? "Normal" : "Warning";
  body["eventTime"] = nullptr;
  body["reportingComponent"] = component;
  body["reportingInstance"] = "";
  TRY(api.create(kube::resources::kEvents, event.space, json::Value(std::move(body)), {}));
  return event;
}

void EventRecorder::State::remember(const std::string& identity, Known event) {
  if (known.insert_or_assign(identity, std::move(event)).second) order.push_back(identity);
  if (order.size() <= kMaxKnown) return;
  known.erase(order.front());
  order.pop_front();
}

EventRecorder::EventRecorder(kube::Api& api, std::string component, const Clock& clock)
    : state_(std::make_unique<State>(api, std::move(component), clock)) {
  state_->thread = std::jthread([state = state_.get()] { state->run(); });
}

EventRecorder::~EventRecorder() {
  flush(kLastWords);
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

void EventRecorder::record(const json::Value& object, EventKind kind, std::string_view reason,
                           std::string_view message) {
  Item item{reference_to(object), kind, std::string(reason), shorten(message, kMaxMessage),
            state_->clock.now()};
  const std::lock_guard lock(state_->mutex);
  const bool full = state_->queue.size() >= kMaxQueue;
  if (full && !state_->dropping)
    log::warning("events are dropped: the API server does not keep up",
                 {{"queued", std::to_string(state_->queue.size())}});
  state_->dropping = full;
  if (full) return;
  state_->queue.push_back(std::move(item));
  state_->changed.notify_all();
}

bool EventRecorder::flush(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, timeout,
                                  [this] { return state_->queue.empty() && !state_->busy; });
}

}  // namespace firesteel::client
