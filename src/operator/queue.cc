#include "operator/queue.h"

#include <algorithm>
#include <charconv>

#include "kube/object.h"
#include "operator/decide/status.h"
#include "spark/defaults.h"
#include "spark/names.h"

namespace firesteel::operators {
namespace {

using decide::State;

// How long an application whose pod a quota refused lets others try.
constexpr std::chrono::seconds kAfterRefusal{30};

// Whether a driver lives, or may be created any moment, in this state.
bool wants_driver(State state) {
  switch (state) {
    case State::kSubmitted:
    case State::kRunning:
    case State::kUnknown:
      return true;
    case State::kNew:
    case State::kCompleted:
    case State::kFailed:
    case State::kSubmissionFailed:
    case State::kPendingRerun:
    case State::kInvalidating:
    case State::kSucceeding:
    case State::kFailing:
    case State::kSuspending:
    case State::kSuspended:
    case State::kResuming:
      return false;
  }
  std::unreachable();
}

std::int64_t live_executors(const decide::Status& status) {
  return std::ranges::count_if(status.executor_state, [](const auto& executor) {
    return !decide::is_terminal(executor.second);
  });
}

// 0 for what is no number. Resource versions can be compared as numbers (KEP 5504).
std::uint64_t version_of(const json::Value& object) {
  const std::string_view text = kube::resource_version_of(object);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

}  // namespace

Queue::Queue(decide::QueueLimits limits, const Clock& clock, Wake wake)
    : limits_(std::move(limits)), clock_(clock), wake_(std::move(wake)) {}

void Queue::seed(const std::vector<Known>& all) {
  const std::scoped_lock lock(mutex_);
  for (const Known& known : all) note(known.application, known.has_driver);
}

bool Queue::governs(std::string_view space) const {
  if (limits_.all != decide::QueueLimits::Limit{}) return true;
  if (limits_.namespaces.contains(std::string(space))) return true;
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(quotas_,
                             [&](const auto& quota) { return quota.second.space == space; });
}

decide::Place Queue::ask(const json::Document& application) {
  const std::scoped_lock lock(mutex_);
  const std::string key = kube::key_of(*application);
  (void)is_outdated(key, *application);
  Entry& entry = enter(application);
  decide::Contender& own = entry.contender;
  decide::Place place;
  if (!own.started) {
    own.refused_until.reset();
    own.priority = priority_of(*application);
    place = places().at(key);
    own.started = place.may_start;
    if (own.started) {
      entry.started_at = clock_.now();
      --waiting_;
    }
  }
  place.since = entry.started_at;
  return place;
}

void Queue::give_back(const std::string& key) {
  std::vector<std::string> starters;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || !found->second.contender.started) return;
    found->second.contender.started = false;
    found->second.contender.refused_until = clock_.now() + kAfterRefusal;
    ++waiting_;
    released_ = true;
    starters = take_starters();
  }
  wake(starters);
}

std::optional<std::string> Queue::shortage(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end() || !found->second.contender.has_driver) return std::nullopt;
  measure(found->second);
  const decide::Contender& own = found->second.contender;
  if (own.live_executors >= own.demand.executors) return std::nullopt;
  return decide::shortage_of(own, quotas());
}

void Queue::saw(const json::Document& application) {
  std::vector<std::string> starters;
  {
    const std::scoped_lock lock(mutex_);
    note(application, false);
    starters = take_starters();
  }
  wake(starters);
}

void Queue::forget(const std::string& key) {
  std::vector<std::string> starters;
  {
    const std::scoped_lock lock(mutex_);
    drop(key);
    newest_.erase(key);
    starters = take_starters();
  }
  wake(starters);
}

void Queue::set_quota(const std::string& key, const json::Document& quota) {
  std::vector<std::string> starters;
  {
    const std::scoped_lock lock(mutex_);
    auto read = quota == nullptr ? std::nullopt : decide::quota_of(*quota);
    if (read) {
      quotas_[key] = std::move(*read);
    } else {
      quotas_.erase(key);
    }
    released_ = true;
    starters = take_starters();
  }
  wake(starters);
}

void Queue::set_priority_class(const std::string& name, const json::Document& priority_class) {
  const std::scoped_lock lock(mutex_);
  if (priority_class == nullptr) {
    classes_.erase(name);
    return;
  }
  classes_[name] = json::int_at(*priority_class, {"value"});
  if (json::bool_at(*priority_class, {"globalDefault"})) default_priority_ = classes_[name];
}

std::map<std::string, std::size_t> Queue::waiting() const {
  const std::scoped_lock lock(mutex_);
  std::map<std::string, std::size_t> counts;
  for (const auto& [key, entry] : entries_) {
    if (!entry.contender.started) ++counts[entry.contender.space];
  }
  return counts;
}

// The entry of an application that wants a driver; a new one waits.
Queue::Entry& Queue::enter(const json::Document& application) {
  const auto [found, added] = entries_.try_emplace(kube::key_of(*application));
  Entry& entry = found->second;
  const json::Document before = std::exchange(entry.application, application);
  if (added) {
    decide::Contender& own = entry.contender;
    own.key = found->first;
    own.space = kube::namespace_of(*application);
    own.since = parse_time(json::string_at(*application, {"metadata", "creationTimestamp"}))
                    .value_or(clock_.now());
    own.waiting_since =
        decide::decode_status(*application).last_submission_attempt_time.value_or(clock_.now());
    own.priority = priority_of(*application);
    ++waiting_;
  } else if (json::int_at(*before, {"metadata", "generation"}) !=
             json::int_at(*application, {"metadata", "generation"})) {
    entry.has_demand = false;
  }
  return entry;
}

void Queue::note(const json::Document& application, bool has_driver) {
  const decide::Status status = decide::decode_status(*application);
  const std::string key = kube::key_of(*application);
  const auto found = entries_.find(key);
  if (is_outdated(key, *application)) return;
  const bool replaced = found != entries_.end() &&
                        kube::uid_of(*found->second.application) != kube::uid_of(*application);
  const bool given_up = kube::is_deleting(*application) && status.creating();
  const bool wants = wants_driver(status.state) && !given_up;
  if (replaced || !wants) drop(key);
  if (!wants) return;
  // Without driver it asks when its turn comes; it may be ours that was told to start.
  if (status.creating() && !has_driver) return;
  Entry& entry = enter(application);
  if (!entry.contender.started) {
    entry.contender.started = true;
    entry.started_at = clock_.now();
    --waiting_;
  }
  entry.contender.has_driver = true;
  const std::int64_t executors = live_executors(status);
  released_ = released_ || executors < entry.contender.live_executors;
  entry.contender.live_executors = executors;
}

bool Queue::is_outdated(const std::string& key, const json::Value& application) {
  std::uint64_t& newest = newest_[key];
  const std::uint64_t version = version_of(application);
  const bool outdated = version != 0 && version < newest;
  newest = std::max(newest, version);
  return outdated;
}

void Queue::drop(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  if (!found->second.contender.started) --waiting_;
  entries_.erase(found);
  released_ = true;
}

std::int64_t Queue::priority_of(const json::Value& application) const {
  const decide::Priority priority = decide::priority_of(application);
  if (priority.value) return *priority.value;
  const auto found = classes_.find(priority.class_name);
  return found == classes_.end() ? default_priority_ : found->second;
}

void Queue::measure(Entry& entry) const {
  if (entry.has_demand) return;
  entry.contender.demand = spark::demand_of(spark::apply_defaults(*entry.application));
  entry.has_demand = true;
}

std::vector<decide::Quota> Queue::quotas() const {
  std::vector<decide::Quota> all;
  for (const auto& [key, quota] : quotas_) all.push_back(quota);
  return all;
}

std::map<std::string, decide::Place> Queue::places() {
  std::vector<const decide::Contender*> contenders;
  contenders.reserve(entries_.size());
  for (auto& [key, entry] : entries_) {
    measure(entry);
    contenders.push_back(&entry.contender);
  }
  return decide::line_up(contenders, limits_, quotas(), clock_.now());
}

std::vector<std::string> Queue::take_starters() {
  std::vector<std::string> starters;
  if (!std::exchange(released_, false) || waiting_ == 0) return starters;
  for (const auto& [key, place] : places()) {
    if (place.may_start) starters.push_back(key);
  }
  return starters;
}

void Queue::wake(const std::vector<std::string>& keys) const {
  for (const std::string& key : keys) wake_(key);
}

bool has_driver(const json::Value& application, const std::vector<json::Document>& pods) {
  const std::string_view attempt = json::string_at(application, {"status", "submissionID"});
  return std::ranges::any_of(pods, [&](const json::Document& pod) {
    return kube::label_of(*pod, spark::kLabelSparkRole) == spark::kRoleDriver &&
           kube::label_of(*pod, spark::kLabelSubmissionId) == attempt;
  });
}

}  // namespace firesteel::operators
