#pragma once
// A stop request that can be waited for with poll(2) as well as asked for. Thread-safe.
#include <memory>

namespace firesteel {

class StopToken {
 public:
  StopToken() = default;  // never stops
  [[nodiscard]] bool stop_requested() const;
  // Readable once a stop is requested; -1 for a token that never stops. Owned by the source.
  [[nodiscard]] int fd() const;

 private:
  friend class StopSource;
  struct State;
  std::shared_ptr<State> state_;
};

class StopSource {
 public:
  StopSource();
  void request_stop();
  [[nodiscard]] bool stop_requested() const { return token().stop_requested(); }
  [[nodiscard]] StopToken token() const;

 private:
  std::shared_ptr<StopToken::State> state_;
};

}  // namespace firesteel
