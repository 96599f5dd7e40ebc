#pragma once
// Leader election by a Lease of coordination.k8s.io/v1: of several processes with the same lease at
// most one acts. Source: client-go's tools/leaderelection, whose leases we can share.
//
// No clock but our own is trusted: a lease counts as expired when it has not been seen to change
// for the duration that it names. A leader's right ends on its own clock, before anybody else may
// take over; may_act() says so at every moment, also in a process that was stopped and woken.
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"
#include "kube/api.h"

namespace firesteel::client {

struct LeaseOptions {
  std::string space;                  // where the Lease is
  std::string name;                   // "spark-operator-lock"
  std::string identity;               // other for each process: the pod's name and something random
  std::chrono::seconds duration{15};  // others wait for that long
  // Without a renewal for that long, a leader is none.
  std::chrono::milliseconds renew_deadline{10'000};
  std::chrono::milliseconds retry_period{2'000};
};

namespace lease {

// Time that no one sets back: nanoseconds of a steady clock.
using Ticks = std::chrono::nanoseconds;

// What a process remembers of the lease between two steps.
struct Memory {
  json::Value seen = nullptr;  // the specification last seen
  Ticks seen_at{0};            // when it was first seen like that
  Ticks renewed_at{0};         // when our last successful write began
  bool leading = false;
};

struct Create {
  json::Value lease;
};
struct Update {  // the resourceVersion is its precondition
  json::Value lease;
};
struct Wait {
  std::string holder;
};
using Step = std::variant<Create, Update, Wait>;

// What to do about the lease as the server has just answered it (null: there is none). Pure but for
// `memory`, which learns what was seen. `now` is the wall clock, for the times that people read.
[[nodiscard]] Step step(const json::Value& lease, Memory& memory, const LeaseOptions& options,
                        Ticks ticks, TimePoint now);
// The write that began at `began` has succeeded, with this answer.
void succeeded(const json::Value& lease, Memory& memory, Ticks began);
// Whether the leader's right still holds.
[[nodiscard]] bool may_act(const Memory& memory, const LeaseOptions& options, Ticks ticks);
// The lease given back, for the next leader not to have to wait.
[[nodiscard]] json::Value released(const json::Value& lease, TimePoint now);

}  // namespace lease

// One process's part in an election, without its thread: whoever has one says when to try and what
// time it is. Thread-safe, but for attempt() and give_back(), which are one thread's.
class Candidate {
 public:
  // `api` and `clock` must outlive it. `ticks` is a steady clock that counts on while the process
  // is stopped; called from all threads.
  Candidate(kube::Api& api, const Clock& clock, LeaseOptions options,
            std::function<lease::Ticks()> ticks);
  // Reads the lease, and creates, renews or takes it when that is due. Errors: those of the API;
  // kConflict when another one was quicker.
  [[nodiscard]] Result<void> attempt();
  // Never blocks on the network.
  [[nodiscard]] bool may_act() const;
  // Of a lease that is held: the next leader does not have to wait. Errors: those of the API.
  [[nodiscard]] Result<void> give_back();
  [[nodiscard]] const LeaseOptions& options() const { return options_; }

 private:
  kube::Api& api_;
  const Clock& clock_;
  const LeaseOptions options_;
  const std::function<lease::Ticks()> ticks_;
  json::Document current_;  // the lease as it was last written
  mutable std::mutex mutex_;
  lease::Memory memory_;
};

class LeaderElection {
 public:
  // Starts its thread. `changed` is called on it with true when the lease is ours, and with false,
  // at most once and for good, when it is lost: the process should end then. `api` and `clock` must
  // outlive it. Errors: kInvalid for durations that cannot work.
  [[nodiscard]] static Result<std::unique_ptr<LeaderElection>> start(
      kube::Api& api, const Clock& clock, LeaseOptions options,
      std::function<void(bool leading)> changed);
  // Joins the thread; a lease that is held is given back.
  ~LeaderElection();
  LeaderElection(const LeaderElection&) = delete;
  LeaderElection& operator=(const LeaderElection&) = delete;

  // Ask right before every write. Any thread; never blocks on the network.
  [[nodiscard]] bool may_act() const;

 private:
  struct State;
  explicit LeaderElection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firesteel::client
