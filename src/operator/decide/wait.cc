// What an application does that cannot start yet. It waits with its intent written and nothing
// created, in state SUBMITTED: Airflow takes that alone for "not yet started" (reference
// airflow.md, section 4), and a queue's own state would make it look for a pod and give up.
#include <fmt/format.h>

#include "kube/conditions.h"
#include "kube/object.h"
#include "operator/decide/pass.h"

namespace firesteel::operators::decide {
namespace {

constexpr std::string_view kQueued = "Queued";  // the reason of the conditions while it waits
// A quota may get room without this operator noticing: it need not be allowed to watch quotas.
constexpr std::chrono::seconds kQuotaWait{30};

bool waits_already(const Pass& pass) {
  const json::Value* status = json::find(pass.application, "status");
  const json::Value* running =
      status == nullptr ? nullptr : kube::find_condition(*status, "Running");
  return running != nullptr && json::string_at(*running, "reason") == kQueued;
}

Decision wait(const Pass& pass, std::string message, Requeue requeue, Reason why) {
  std::vector<EventNote> events;
  if (!waits_already(pass)) {
    events.push_back(note(EventKind::kNormal, "SparkApplicationQueued",
                          fmt::format("SparkApplication {} waits to start: {}",
                                      kube::name_of(pass.application), message)));
  }
  return finish(pass, pass.status,
                {.requeue = requeue,
                 .why = why,
                 .events = std::move(events),
                 .running = {std::string(kQueued), std::move(message)}});
}

// "cpu=2,memory=4Gi" between these words of "requested: ..., used: ..., limited: ...".
kube::Resources listed(std::string_view message, std::string_view from, std::string_view to) {
  const std::size_t begin = message.find(from);
  if (begin == std::string_view::npos) return {};
  message.remove_prefix(begin + from.size());
  message = message.substr(0, message.find(to));
  kube::Resources resources;
  while (!message.empty()) {
    const std::string_view item = message.substr(0, message.find(','));
    message.remove_prefix(std::min(message.size(), item.size() + 1));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    if (const auto quantity = kube::Quantity::parse(item.substr(equals + 1))) {
      resources.emplace(item.substr(0, equals), *quantity);
    }
  }
  return resources;
}

// Whether the pod alone is more than the quota has in all.
bool can_never_fit(std::string_view message) {
  const kube::Resources hard = listed(message, "limited: ", ";");
  for (const auto& [name, wanted] : listed(message, "requested: ", ", used:")) {
    const auto most = hard.find(name);
    if (most != hard.end() && most->second < wanted) return true;
  }
  return false;
}

}  // namespace

std::optional<Decision> stand_in_line(const Pass& pass) {
  // The driver may be there although its acknowledgement got lost.
  if (pass.driver != nullptr || !pass.seen.settings.has_queue) return std::nullopt;
  if (!pass.seen.place) {
    return Decision{.actions = {},
                    .events = {},
                    .needs_place = true,
                    .requeue = Requeue::on_change(),
                    .why = Reason::kWaitingInLine};
  }
  const Place& place = *pass.seen.place;
  if (place.may_start) return std::nullopt;
  if (place.never) {
    return fail_submission(pass, pass.status, place.message, FailureClass::kQuota);
  }
  return wait(pass, place.message, Requeue::after(look_again_after(place)), Reason::kWaitingInLine);
}

Decision wait_for_quota(const Pass& pass, const Error& error) {
  if (can_never_fit(error.message)) {
    return fail_submission(pass, pass.status, "it can never start: " + error.message,
                           FailureClass::kQuota);
  }
  Decision decision = wait(pass, "a quota leaves no room: " + error.message,
                           Requeue::after(kQuotaWait), Reason::kQuotaExceeded);
  decision.gives_place_back = true;
  return decision;
}

}  // namespace firesteel::operators::decide
