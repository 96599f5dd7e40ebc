#pragma once
// Who may start, when not everybody can: applications that want a driver stand in one line, by
// priority, then by age. Pure.
//
// Rules:
//  - What there is to give is a set of pools: a limit of concurrent drivers or executors, of one
//    namespace or of all, and each resource of each ResourceQuota. Who fits into all of them may
//    start.
//  - Who does not fit holds a place: those behind cannot take what it waits for, else small
//    applications would pass a large one for ever. But only for `reservation`, and only when the
//    end of running applications would make room for it: one that waits for a job without end,
//    or for room that other programs take, stops nobody.
//  - Who is larger than a pool can never start, and is said so at once.
//  - An application counts with all executors that it begins with, and with more when it has more.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "spark/demand.h"

namespace firesteel::operators::decide {

struct QueueLimits {
  struct Limit {
    std::optional<std::int64_t> drivers;
    std::optional<std::int64_t> executors;
    bool operator==(const Limit&) const = default;
  };
  Limit all;                                // of all namespaces together
  std::map<std::string, Limit> namespaces;  // of one
  std::chrono::seconds reservation{600};

  [[nodiscard]] bool empty() const { return all == Limit{} && namespaces.empty(); }
};

// One application that has, or wants, a driver.
struct Contender {
  std::string key;  // "namespace/name"
  std::string space;
  std::int64_t priority = 0;
  TimePoint since;  // created: the older goes first
  spark::Demand demand;
  bool started = false;             // it may have a driver, or is about to create it
  bool has_driver = false;          // the driver pod is known to exist
  std::int64_t live_executors = 0;  // that exist
  // Waiting:
  TimePoint waiting_since;
  // The API server refused its pod, which the pools did not foresee: until then it takes nothing.
  std::optional<TimePoint> refused_until;
};

// A ResourceQuota without scopes, as its status tells.
struct Quota {
  std::string space;
  std::string name;
  kube::Resources hard;
  kube::Resources used;
};

struct Place {
  bool may_start = true;
  bool never = false;      // it is larger than what there is in all
  std::size_t number = 0;  // 1 = the first of those that wait for the same
  std::size_t of = 0;
  std::string message = {};  // why it waits, or never starts: a sentence
  TimePoint since = {};      // may_start: when it was told so
};

// The place of every contender that has not started.
[[nodiscard]] std::map<std::string, Place> line_up(const std::vector<const Contender*>& contenders,
                                                   const QueueLimits& limits,
                                                   const std::vector<Quota>& quotas, TimePoint now);

// Why a quota keeps the missing executors of a started application from being created; "" when none
// does.
[[nodiscard]] std::string shortage_of(const Contender& contender, const std::vector<Quota>& quotas);

// How soon somebody at that place should look again for its place in words: those in front more
// often, so that a line of ten thousand costs no more than ten looks a second.
[[nodiscard]] std::chrono::seconds look_again_after(const Place& place);

// From command lines: "3" for all namespaces together, "NAMESPACE=3" for one. Errors: kInvalid.
[[nodiscard]] Result<QueueLimits> parse_queue_limits(const std::vector<std::string>& drivers,
                                                     const std::vector<std::string>& executors);

// What it stands in the line with: the annotation firesteel.dev/priority, else the name of a
// PriorityClass, in `class_name`.
struct Priority {
  std::optional<std::int64_t> value;
  std::string class_name;  // "" = the cluster's default class
};
[[nodiscard]] Priority priority_of(const json::Value& application);

// A ResourceQuota's hard and used; nothing for one with scopes, which count some pods only.
[[nodiscard]] std::optional<Quota> quota_of(const json::Value& resource_quota);

}  // namespace firesteel::operators::decide
