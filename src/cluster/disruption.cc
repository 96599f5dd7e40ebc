#include "cluster/disruption.h"

#include <algorithm>
#include <map>

#include "cluster/deployment.h"
#include "cluster/pods.h"
#include "kube/conditions.h"
#include "kube/object.h"
#include "kube/selector.h"

namespace firesteel::cluster {

namespace {

using json::string_at;

// An eviction that was allowed but whose pod does not go is forgotten after that (upstream's
// DeletionTimeout).
constexpr std::chrono::minutes kEvictionTimeout{2};

bool is_given(const json::Value& budget, std::string_view field) {
  const json::Value* value = json::find(budget, {"spec", field});
  return value != nullptr && !value->is_null();
}

// How many pods there should be: what their controllers ask for; nothing when one has no scale.
std::optional<int> expected_pods(
    const std::vector<json::Document>& pods,
    const std::function<std::optional<int>(const json::Value&)>& scale_of) {
  std::map<std::string, int> scales;  // by the controller's uid
  for (const json::Document& pod : pods) {
    const json::Value* controller = kube::controller_of(*pod);
    const std::optional<int> scale = controller == nullptr ? std::nullopt : scale_of(*controller);
    if (!scale) return std::nullopt;
    scales[std::string(string_at(*controller, "uid"))] = *scale;
  }
  int sum = 0;
  for (const auto& [uid, scale] : scales) sum += scale;
  return sum;
}

struct Need {
  int expected = 0;
  int healthy = 0;  // at least
};

std::optional<Need> need_of(const json::Value& budget, const std::vector<json::Document>& pods,
                            const std::function<std::optional<int>(const json::Value&)>& scale_of) {
  const json::Value* least = json::find(budget, {"spec", "minAvailable"});
  if (!is_given(budget, "maxUnavailable")) {
    const int present = static_cast<int>(pods.size());
    if (least == nullptr || !least->is_string())
      return Need{present, int_or_percent(least, present, true, "0")};
    const std::optional<int> expected = expected_pods(pods, scale_of);
    if (!expected) return std::nullopt;
    return Need{*expected, int_or_percent(least, *expected, true, "0")};
  }
  const std::optional<int> expected = expected_pods(pods, scale_of);
  if (!expected) return std::nullopt;
  const int most =
      int_or_percent(json::find(budget, {"spec", "maxUnavailable"}), *expected, true, "0");
  return Need{*expected, std::max(0, *expected - most)};
}

}  // namespace

DisruptionDecision decide_disruption(
    const json::Value& budget, std::span<const json::Document> pods,
    const std::function<std::optional<int>(const json::Value& controller)>& scale_of,
    TimePoint now) {
  DisruptionDecision decision;
  const json::Value* selector = json::find(budget, {"spec", "selector"});
  const auto wanted =
      kube::LabelSelector::from_json(selector == nullptr ? json::Value() : *selector);
  std::vector<json::Document> covered;
  for (const json::Document& pod : pods)
    if (wanted && wanted->matches_object(*pod) && !is_finished(*pod)) covered.push_back(pod);
  json::Object evicted;  // of those still there, not long ago
  for (const auto& [name, value] : json::object_at(budget, {"status", "disruptedPods"})) {
    const auto since =
        value.is_string() ? parse_time(json::view(value.get_string())) : std::nullopt;
    const bool there = std::ranges::any_of(covered, [&](const json::Document& pod) {
      return kube::name_of(*pod) == name && !kube::is_deleting(*pod);
    });
    if (!there || !since || now - *since >= kEvictionTimeout) continue;
    evicted[name] = value;
    decision.again = kEvictionTimeout;
  }
  int healthy = 0;
  for (const json::Document& pod : covered) {
    const bool counts = is_ready(*pod) && !kube::is_deleting(*pod) &&
                        evicted.if_contains(kube::name_of(*pod)) == nullptr;
    if (counts) ++healthy;
  }
  const std::optional<Need> need = need_of(budget, covered, scale_of);
  const int allowed = need && need->expected > 0 ? std::max(0, healthy - need->healthy) : 0;
  const json::Value* given = json::find(budget, "status");
  json::Value status =
      given != nullptr && given->is_object() ? *given : json::Value(json::Object{});
  json::Object& object = status.as_object();
  json::remove(object, "disruptedPods");
  if (!evicted.empty()) object["disruptedPods"] = std::move(evicted);
  object["disruptionsAllowed"] = allowed;
  if (need) {
    object["currentHealthy"] = healthy;
    object["desiredHealthy"] = need->healthy;
    object["expectedPods"] = need->expected;
  } else {
    for (const char* name : {"currentHealthy", "desiredHealthy", "expectedPods"}) {
      if (object.if_contains(name) == nullptr) object[name] = 0;
    }
  }
  object["observedGeneration"] = json::int_at(budget, {"metadata", "generation"});
  kube::set_condition(status, "DisruptionAllowed", allowed > 0 ? "True" : "False",
                      !need         ? "SyncFailed"
                      : allowed > 0 ? "SufficientPods"
                                    : "InsufficientPods",
                      "", now);
  if (given == nullptr || status != *given) decision.status = std::move(status);
  return decision;
}

}  // namespace firesteel::cluster
