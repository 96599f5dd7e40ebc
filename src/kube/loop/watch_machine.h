#pragma once
// List, then watch, for ever: what to do next after what just happened. The rules of client-go's
// reflector: the watch continues from the last version seen (bookmarks move it), 410 Gone means
// list again, failures back off. Whoever owns it does the calls and feeds back their outcome. Pure;
// not thread-safe.
#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "kube/api.h"

namespace firesteel::kube::loop {

// What happened.
struct ListDone {
  List list;  // one page; the machine asks for the next while there is a continue token
};
struct ListFailed {
  Error error;
};
struct EventReceived {
  WatchEvent event;
};
struct StreamEnded {};  // the server closed the watch in an orderly way
struct StreamFailed {   // the watch could not be opened, or broke
  Error error;
};
struct Tick {};  // time has passed
using WatchInput =
    std::variant<ListDone, ListFailed, EventReceived, StreamEnded, StreamFailed, Tick>;

// What it means for whoever holds the objects, to be done in this order before the next action.
struct Replace {
  std::vector<json::Document> items;  // the whole content
};
struct Apply {
  WatchEvent event;  // kAdded, kModified or kDeleted
};
using WatchOutput = std::variant<Replace, Apply>;

// What to do next.
struct DoList {
  std::string continue_token;
  std::int64_t limit = 0;
};
struct DoWatch {
  std::string resource_version;
};
struct ReadOn {};  // keep reading the open stream
struct WaitUntil {
  TimePoint time;  // then step(Tick{})
};
using WatchNext = std::variant<DoList, DoWatch, ReadOn, WaitUntil>;

struct WatchStep {
  std::vector<WatchOutput> outputs;
  WatchNext next;
};

struct WatchLimits {
  std::chrono::milliseconds first_wait{200};
  std::chrono::milliseconds longest_wait{30'000};
  // A watch that ends sooner than this with nothing received counts as a failure, so that a server
  // which closes at once is not asked in a tight loop.
  std::chrono::milliseconds shortest_watch{1'000};
  std::int64_t page = 500;
};

class WatchMachine {
 public:
  enum class State { kListing, kWatching, kWaiting };

  explicit WatchMachine(WatchLimits limits = {}) : limits_(limits) {}

  // The first action: always a list.
  [[nodiscard]] WatchNext start();
  // An input that cannot happen in this state (a list result while watching) is ignored and the
  // pending action repeated.
  [[nodiscard]] WatchStep step(WatchInput input, TimePoint now);

  [[nodiscard]] State state() const { return state_; }
  // True once a whole list has been delivered.
  [[nodiscard]] bool synced() const { return synced_; }
  [[nodiscard]] const std::string& resource_version() const { return version_; }
  // Why it is waiting, or what last failed; "" after a success.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }

 private:
  WatchStep on(ListDone&& input, TimePoint now);
  WatchStep on(ListFailed&& input, TimePoint now);
  WatchStep on(EventReceived&& input, TimePoint now);
  WatchStep on(StreamEnded&& input, TimePoint now);
  WatchStep on(StreamFailed&& input, TimePoint now);
  WatchStep on(Tick&& input, TimePoint now);
  WatchStep list_again(std::string why);
  WatchStep wait(std::string why, TimePoint now);
  [[nodiscard]] WatchNext pending() const;

  WatchLimits limits_;
  State state_ = State::kListing;
  bool list_after_wait_ = true;
  bool synced_ = false;
  int failures_ = 0;
  std::string version_;
  std::string continue_token_;
  std::string last_error_;
  std::vector<json::Document> pages_;
  TimePoint watch_started_{};
  TimePoint wait_until_{};
  bool received_ = false;  // anything from this watch
};

}  // namespace firesteel::kube::loop
