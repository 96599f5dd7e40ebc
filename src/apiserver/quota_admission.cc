#include "apiserver/quota_admission.h"

#include <fmt/format.h>

#include <set>

#include "apiserver/quota.h"
#include "base/log.h"
#include "kube/object.h"

namespace firesteel::apiserver {

namespace {

const kube::Resource kQuotas{"", "v1", "resourcequotas", "ResourceQuota"};
// Between two rounds of status updates: many writes make one of them.
constexpr std::chrono::milliseconds kRest{50};
constexpr std::size_t kEventsAtOnce = 1000;

std::unexpected<Error> refuse(const Call& call, const json::Value& object, std::string why) {
  return fail(ErrorCode::kForbidden,
              fmt::format("{} \"{}\" is forbidden: {}", call.resource().group_resource(),
                          kube::name_of(object), why));
}

// The larger of both for each name: an object that is in the store and in the book counts once.
Resources larger(Resources left, const Resources& right) {
  for (const auto& [name, quantity] : right) {
    const auto [found, added] = left.emplace(name, quantity);
    if (!added && found->second < quantity) found->second = quantity;
  }
  return left;
}

// What the quota counts of one resource now, without `left_out`.
using Usages = std::map<std::string, Resources>;  // by name of the object
Usages stored_usages(const Core& core, const kube::Resource& resource, const json::Value& quota,
                     std::string_view space) {
  Usages usages;
  for (const json::Document& each : core.list(resource, space)) {
    if (!in_scope(quota, resource, *each)) continue;
    usages.emplace(std::string(kube::name_of(*each)), usage_of(resource, *each));
  }
  return usages;
}

Resources sum_of(const Usages& usages, std::string_view left_out = {}) {
  Resources sum;
  for (const auto& [name, usage] : usages) {
    if (left_out.empty() || name != left_out) kube::add_to(sum, usage);
  }
  return sum;
}

Result<void> check_quota(const Call& call, const json::Value& quota, const json::Value& object,
                         const json::Value* before, QuotaBook::Entries::const_iterator first,
                         QuotaBook::Entries::const_iterator last) {
  const kube::Resource& resource = call.resource();
  const std::vector<std::string> names = counted_names(quota, resource);
  if (names.empty() || !in_scope(quota, resource, object)) return {};
  if (resource == kube::resources::kPods && before == nullptr) {
    const std::string missing = unspecified(quota, object);
    if (!missing.empty()) {
      return refuse(call, object,
                    fmt::format("failed quota: {}: {}", kube::name_of(quota), missing));
    }
  }
  const std::string_view space = call.path.space;
  Usages usages = stored_usages(call.core, resource, quota, space);
  for (auto it = first; it != last; ++it) {
    const QuotaBook::Entry& held = *it->second;
    if (held.resource != resource || !in_scope(quota, resource, held.object)) continue;
    usages[held.name] = larger(usages[held.name], usage_of(resource, held.object));
  }
  const Resources used = only(sum_of(usages), names);
  const Resources without = only(sum_of(usages, kube::name_of(object)), names);
  const Resources own = only(usage_of(resource, object), names);
  const Resources hard = kube::quantities_at(quota, {"spec", "hard"});
  Resources requested, exceeded_used, exceeded_hard;
  for (const auto& [name, quantity] : own) {
    kube::Quantity after = quantity;
    if (const auto found = without.find(name); found != without.end()) after += found->second;
    const auto now = used.find(name);
    const kube::Quantity present = now == used.end() ? kube::Quantity() : now->second;
    const auto limit = hard.find(name);
    // What does not grow may stay above a quota that has been lowered.
    if (limit == hard.end() || after <= limit->second || after <= present) continue;
    after -= present;
    requested.emplace(name, before == nullptr ? quantity : after);
    exceeded_used.emplace(name, present);
    exceeded_hard.emplace(name, limit->second);
  }
  if (requested.empty()) return {};
  return refuse(
      call, object,
      fmt::format("exceeded quota: {}, requested: {}, used: {}, limited: {}", kube::name_of(quota),
                  kube::print_resources(requested), kube::print_resources(exceeded_used),
                  kube::print_resources(exceeded_hard)));
}

// status as it should be.
json::Value status_of(const Core& core, const Registry& registry, const json::Value& quota) {
  const Resources hard = kube::quantities_at(quota, {"spec", "hard"});
  Resources used;
  for (const auto& [name, quantity] : hard) used.emplace(name, kube::Quantity());
  for (const ServedResource& served : registry.all()) {
    if (!served.stored || !served.namespaced()) continue;
    const std::vector<std::string> names = counted_names(quota, served.resource);
    if (names.empty()) continue;
    for (const auto& [name, quantity] :
         only(sum_of(stored_usages(core, served.resource, quota, kube::namespace_of(quota))),
              names)) {
      used[name] = quantity;
    }
  }
  json::Object hard_json, used_json;
  for (const auto& [name, quantity] : hard) hard_json[name] = quantity.text();
  for (const auto& [name, quantity] : used) used_json[name] = quantity.text();
  return json::Object{{"hard", std::move(hard_json)}, {"used", std::move(used_json)}};
}

// "pods/NAMESPACE/x" -> NAMESPACE; "" for what is in none.
std::string space_of(const std::string& key) {
  const std::size_t first = key.find('/');
  const std::size_t second = key.find('/', first + 1);
  if (second == std::string::npos) return {};
  return key.substr(first + 1, second - first - 1);
}

}  // namespace

Result<QuotaBook::Hold> hold_quota(Call& call, const json::Value& object,
                                   const json::Value* before) {
  if (!call.served->namespaced()) return QuotaBook::Hold();
  const std::vector<json::Document> quotas = call.core.list(kQuotas, call.path.space);
  bool counted = false;
  for (const json::Document& quota : quotas) {
    counted = counted || counts_any(*quota, call.resource());
  }
  if (!counted) return QuotaBook::Hold();
  // Of what can be changed only Services and claims count for more than one.
  const bool measured = call.resource() == kube::resources::kServices ||
                        call.resource() == kube::resources::kPersistentVolumeClaims;
  if (before != nullptr && !measured) return QuotaBook::Hold();
  auto entry = std::make_shared<const QuotaBook::Entry>(
      QuotaBook::Entry{call.resource(), std::string(kube::name_of(object)), object});
  return call.core.quotas.add(call.path.space, std::move(entry),
                              [&](auto first, auto last) -> Result<void> {
                                for (const json::Document& quota : quotas) {
                                  TRY(check_quota(call, *quota, object, before, first, last));
                                }
                                return {};
                              });
}

QuotaStatus::QuotaStatus(Core& core)
    : core_(core), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void QuotaStatus::run(const std::stop_token& stop) {
  std::uint64_t written = 0;
  store::Revision position = 0;
  std::set<std::string> spaces{""};
  while (!stop.stop_requested()) {
    const std::vector<json::Document> quotas = core_.list(kQuotas, "");
    if (quotas.empty()) {
      written = core_.quotas.wait_for_quota(written, stop);
      position = core_.store().revision();
      spaces = {""};
      if (core_.list(kQuotas, "").empty()) continue;
    }
    if (!spaces.empty()) update(core_.list(kQuotas, ""), spaces);
    core_.quotas.rest(kRest, stop);
    core_.store().wait(position, std::chrono::seconds(60));
    if (stop.stop_requested()) return;
    const auto events = core_.store().events_after("", position, kEventsAtOnce, position);
    spaces.clear();
    if (!events) {
      position = core_.store().revision();
      spaces.insert("");
      continue;
    }
    for (const auto& event : *events) spaces.insert(space_of(event->key));
    // Objects in no namespace count for nothing; "" stands for all.
    spaces.erase("");
  }
}

void QuotaStatus::update(const std::vector<json::Document>& quotas,
                         const std::set<std::string>& spaces) {
  const auto registry = core_.registry().get();
  const ServedResource* served = registry->find("", "v1", "resourcequotas");
  for (const json::Document& quota : quotas) {
    const std::string space(kube::namespace_of(*quota));
    if (!spaces.contains("") && !spaces.contains(space)) continue;
    json::Value status = status_of(core_, *registry, *quota);
    const json::Value* old = json::find(*quota, "status");
    if (old != nullptr && *old == status) continue;
    const std::string key = key_of(*served, space, kube::name_of(*quota));
    const auto entry = core_.store().get(key);
    if (!entry) continue;
    json::Value next = *entry->value;
    next.as_object()["status"] = std::move(status);
    const auto updated = core_.store().update(key, entry->revision, std::move(next));
    // Somebody wrote it in this moment: that write's event brings us back.
    if (!updated && updated.error().code == ErrorCode::kIo) {
      log::error("the usage of a quota could not be written",
                 {{"quota", key}, {"error", updated.error().message}});
    }
  }
}

}  // namespace firesteel::apiserver
