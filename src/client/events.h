#pragma once
// Records core/v1 Events. Fire and forget: a bounded queue and one thread; an event that cannot be
// written is logged and dropped, for events are for people. Thread-safe. Source: client-go,
// tools/record (aggregation by count).
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json/json.h"
#include "kube/api.h"

namespace firesteel::client {

enum class EventKind { kNormal, kWarning };

class EventRecorder {
 public:
  static constexpr std::size_t kMaxQueue = 1000;  // over it the newest is dropped
  static constexpr std::size_t kMaxKnown =
      4096;  // events remembered for counting; over it the oldest is forgotten
  static constexpr std::size_t kMaxMessage = 1024;  // bytes, as kube-apiserver validates

  // `component` is source.component and reportingComponent. `api` and `clock` must outlive it.
  EventRecorder(kube::Api& api, std::string component, const Clock& clock);
  // Writes what is queued (for at most two seconds), then stops and joins.
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  // About `object` (its apiVersion, kind and metadata are copied). The same object, reason and
  // message again raises count and lastTimestamp of the event there is.
  void record(const json::Value& object, EventKind kind, std::string_view reason,
              std::string_view message);
  // Waits until all recorded so far has been tried; false when that took longer.
  bool flush(std::chrono::milliseconds timeout);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firesteel::client
