#include "kube/loop/watch_machine.h"

#include <fmt/core.h>

#include "kube/object.h"
#include "kube/status.h"

namespace firesteel::kube::loop {

WatchNext WatchMachine::start() {
  return pending();
}

WatchStep WatchMachine::step(WatchInput input, TimePoint now) {
  return std::visit([&](auto&& each) { return on(std::move(each), now); }, std::move(input));
}

WatchNext WatchMachine::pending() const {
  switch (state_) {
    case State::kListing:
      return DoList{continue_token_, limits_.page};
    case State::kWatching:
      return ReadOn{};
    case State::kWaiting:
      return WaitUntil{wait_until_};
  }
  return DoList{};
}

WatchStep WatchMachine::list_again(std::string why) {
  last_error_ = std::move(why);
  state_ = State::kListing;
  pages_.clear();
  continue_token_.clear();
  return {{}, pending()};
}

WatchStep WatchMachine::wait(std::string why, TimePoint now) {
  last_error_ = std::move(why);
  auto wait = limits_.first_wait;
  for (int i = 0; i < failures_ && wait < limits_.longest_wait; ++i) wait *= 2;
  ++failures_;
  state_ = State::kWaiting;
  wait_until_ = now + std::min(wait, limits_.longest_wait);
  return {{}, pending()};
}

WatchStep WatchMachine::on(ListDone&& input, TimePoint now) {
  if (state_ != State::kListing) return {{}, pending()};
  for (json::Document& item : input.list.items) pages_.push_back(std::move(item));
  if (!input.list.continue_token.empty()) {
    continue_token_ = std::move(input.list.continue_token);
    return {{}, pending()};
  }
  continue_token_.clear();
  version_ = std::move(input.list.resource_version);
  state_ = State::kWatching;
  synced_ = true;
  watch_started_ = now;
  received_ = false;
  last_error_.clear();
  WatchStep result;
  result.outputs.emplace_back(Replace{std::exchange(pages_, {})});
  result.next = DoWatch{version_};
  return result;
}

WatchStep WatchMachine::on(ListFailed&& input, TimePoint now) {
  if (state_ != State::kListing) return {{}, pending()};
  // The continue token expired: the pages so far are of a version that is gone.
  if (input.error.code == ErrorCode::kGone && !continue_token_.empty()) {
    return list_again(std::move(input.error.message));
  }
  pages_.clear();
  continue_token_.clear();
  list_after_wait_ = true;
  return wait(std::move(input.error.message), now);
}

WatchStep WatchMachine::on(EventReceived&& input, TimePoint now) {
  if (state_ != State::kWatching) return {{}, pending()};
  if (input.event.object == nullptr) {
    list_after_wait_ = true;
    return wait("a watch event without an object", now);
  }
  const json::Value& object = *input.event.object;
  if (input.event.type == EventType::kError) {
    Error error = from_status(static_cast<int>(json::int_at(object, {"code"}, 500)), object);
    if (error.code == ErrorCode::kGone) return list_again(std::move(error.message));
    list_after_wait_ = false;
    return wait(std::move(error.message), now);
  }
  received_ = true;
  failures_ = 0;
  last_error_.clear();
  if (const auto version = resource_version_of(object); !version.empty()) version_ = version;
  WatchStep result;
  if (input.event.type != EventType::kBookmark) {
    result.outputs.emplace_back(Apply{std::move(input.event)});
  }
  result.next = ReadOn{};
  return result;
}

WatchStep WatchMachine::on(StreamEnded&&, TimePoint now) {
  if (state_ != State::kWatching) return {{}, pending()};
  if (!received_ && now - watch_started_ < limits_.shortest_watch) {
    list_after_wait_ = false;
    return wait("the server closed the watch at once", now);
  }
  failures_ = 0;
  watch_started_ = now;
  received_ = false;
  return {{}, DoWatch{version_}};
}

WatchStep WatchMachine::on(StreamFailed&& input, TimePoint now) {
  if (state_ != State::kWatching) return {{}, pending()};
  if (input.error.code == ErrorCode::kGone) return list_again(std::move(input.error.message));
  list_after_wait_ = false;
  return wait(std::move(input.error.message), now);
}

WatchStep WatchMachine::on(Tick&&, TimePoint now) {
  if (state_ != State::kWaiting || now < wait_until_) return {{}, pending()};
  if (list_after_wait_) {
    state_ = State::kListing;
    return {{}, pending()};
  }
  state_ = State::kWatching;
  watch_started_ = now;
  received_ = false;
  return {{}, DoWatch{version_}};
}

}  // namespace firesteel::kube::loop
