#include "client/lease.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "client/steady_clock.h"
#include "kube/object.h"
#include "kube/resource.h"

namespace firesteel::client {
namespace lease {
namespace {

json::Value spec_of(const json::Value& lease) {
  const json::Value* spec = json::find(lease, "spec");
  return spec == nullptr ? json::Value(nullptr) : *spec;
}

json::Value fresh(const LeaseOptions& options, TimePoint now) {
  const std::string time = format_micro_time(now);
  return json::Object{{"apiVersion", "coordination.k8s.io/v1"},
                      {"kind", "Lease"},
                      {"metadata", {{"name", options.name}, {"namespace", options.space}}},
                      {"spec",
                       {{"holderIdentity", options.identity},
                        {"leaseDurationSeconds", options.duration.count()},
                        {"acquireTime", time},
                        {"renewTime", time},
                        {"leaseTransitions", 0}}}};
}

}  // namespace

Step step(const json::Value& lease, Memory& memory, const LeaseOptions& options, Ticks ticks,
          TimePoint now) {
  if (!lease.is_object()) return Create{fresh(options, now)};
  json::Value spec = spec_of(lease);
  if (spec != memory.seen) {
    memory.seen = spec;
    memory.seen_at = ticks;
  }
  const std::string holder(json::string_at(spec, "holderIdentity"));
  const bool mine = holder == options.identity;
  // As the holder promised it, for the next one may be configured otherwise.
  const std::chrono::seconds promised(
      json::int_at(spec, {"leaseDurationSeconds"}, options.duration.count()));
  if (!mine && !holder.empty() && ticks < memory.seen_at + promised) return Wait{holder};
  json::Value next = lease;
  json::Object& fields = json::make_object(next, {"spec"});
  fields["holderIdentity"] = options.identity;
  fields["leaseDurationSeconds"] = options.duration.count();
  fields["renewTime"] = format_micro_time(now);
  if (!mine) {
    fields["acquireTime"] = fields["renewTime"];
    fields["leaseTransitions"] = json::int_at(spec, {"leaseTransitions"}) + 1;
  }
  return Update{std::move(next)};
}

void succeeded(const json::Value& lease, Memory& memory, Ticks began) {
  memory.seen = spec_of(lease);
  memory.seen_at = began;
  memory.renewed_at = began;
  memory.leading = true;
}

bool may_act(const Memory& memory, const LeaseOptions& options, Ticks ticks) {
  return memory.leading && ticks < memory.renewed_at + options.renew_deadline;
}

json::Value released(const json::Value& lease, TimePoint now) {
  json::Value next = lease;
  json::Object& fields = json::make_object(next, {"spec"});
  fields["holderIdentity"] = "";
  fields["leaseDurationSeconds"] = 1;
  fields["renewTime"] = format_micro_time(now);
  return next;
}

}  // namespace lease

namespace {

using kube::resources::kLeases;

lease::Ticks ticks_now() {
  return SteadyClock().now().time_since_epoch();
}

}  // namespace

Candidate::Candidate(kube::Api& api, const Clock& clock, LeaseOptions options,
                     std::function<lease::Ticks()> ticks)
    : api_(api), clock_(clock), options_(std::move(options)), ticks_(std::move(ticks)) {}

Result<void> Candidate::attempt() {
  auto found = api_.get(kLeases, options_.space, options_.name);
  if (!found && found.error().code != ErrorCode::kNotFound) {
    return std::unexpected(std::move(found.error()));
  }
  // The right to act counts from before the write: the others count from when they see it.
  const lease::Ticks began = ticks_();
  lease::Step next = lease::Wait{};
  {
    const std::lock_guard lock(mutex_);
    next =
        lease::step(found ? **found : json::Value(nullptr), memory_, options_, began, clock_.now());
    if (std::holds_alternative<lease::Wait>(next)) {
      memory_.leading = false;
      return {};
    }
  }
  auto written = std::holds_alternative<lease::Create>(next)
                     ? api_.create(kLeases, options_.space, std::get<lease::Create>(next).lease, {})
                     : api_.replace(kLeases, options_.space, options_.name,
                                    std::get<lease::Update>(next).lease, {});
  if (!written) return std::unexpected(std::move(written.error()));
  current_ = *written;
  const std::lock_guard lock(mutex_);
  lease::succeeded(**written, memory_, began);
  return {};
}

bool Candidate::may_act() const {
  const std::lock_guard lock(mutex_);
  return lease::may_act(memory_, options_, ticks_());
}

Result<void> Candidate::give_back() {
  {
    const std::lock_guard lock(mutex_);
    memory_.leading = false;
  }
  auto given = api_.replace(kLeases, options_.space, options_.name,
                            lease::released(*current_, clock_.now()), {});
  if (!given) return std::unexpected(std::move(given.error()));
  return {};
}

struct LeaderElection::State {
  State(kube::Api& api, const Clock& clock, LeaseOptions options,
        std::function<void(bool)> changed_in)
      : candidate(api, clock, std::move(options), ticks_now), changed(std::move(changed_in)) {}

  void run();
  void give_back();

  Candidate candidate;
  const std::function<void(bool)> changed;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopped = false;
  std::jthread thread;
};

void LeaderElection::State::run() {
  const LeaseOptions& options = candidate.options();
  bool led = false;
  while (true) {
    const auto tried = candidate.attempt();
    if (!tried && tried.error().code != ErrorCode::kConflict) {
      log::warning(
          "the leader's lease could not be read or renewed",
          {{"lease", options.space + "/" + options.name}, {"error", tried.error().message}});
    }
    const bool leads = candidate.may_act();
    if (leads && !led) changed(true);
    if (led && !leads) {
      changed(false);
      return;
    }
    led = leads;
    std::unique_lock lock(mutex);
    if (wake.wait_for(lock, options.retry_period, [this] { return stopped; })) break;
  }
  if (candidate.may_act()) give_back();
}

void LeaderElection::State::give_back() {
  const auto given = candidate.give_back();
  if (!given) {
    log::warning("the leader's lease could not be given back; the next leader waits for its end",
                 {{"error", given.error().message}});
  }
}

LeaderElection::LeaderElection(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<LeaderElection>> LeaderElection::start(kube::Api& api, const Clock& clock,
                                                              LeaseOptions options,
                                                              std::function<void(bool)> changed) {
  const bool ordered = options.retry_period.count() > 0 &&
                       options.retry_period < options.renew_deadline &&
                       options.renew_deadline < options.duration;
  if (!ordered || options.name.empty() || options.space.empty() || options.identity.empty()) {
    return fail(
        ErrorCode::kInvalid,
        fmt::format("leader election: expected a namespace, a name, an identity and 0 < "
                    "retry period < renew deadline < lease duration, found \"{}\", \"{}\", "
                    "\"{}\" and {} ms, {} ms, {} s",
                    options.space, options.name, options.identity, options.retry_period.count(),
                    options.renew_deadline.count(), options.duration.count()));
  }
  auto state = std::make_unique<State>(api, clock, std::move(options), std::move(changed));
  state->thread = std::jthread([running = state.get()] { running->run(); });
  return std::unique_ptr<LeaderElection>(new LeaderElection(std::move(state)));
}

LeaderElection::~LeaderElection() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  state_->wake.notify_all();
  state_->thread.join();
}

bool LeaderElection::may_act() const {
  return state_->candidate.may_act();
}

}  // namespace firesteel::client
