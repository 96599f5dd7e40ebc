// Server-side apply: applying the same again changes nothing, and forced apply never conflicts.
#include "fuzz/input.h"
#include "kube/apply.h"

using namespace firesteel;

namespace {

void apply(const kube::ApplyTypes& types, const json::Value* live, const json::Value& applied) {
  const TimePoint now{};
  (void)kube::server_side_apply(types, live, applied, "one", false, now);
  const auto forced = kube::server_side_apply(types, live, applied, "two", true, now);
  if (!forced) {
    MUST(forced.error().code != ErrorCode::kConflict);
    return;
  }
  const auto again = kube::server_side_apply(types, &forced->object, applied, "two", false, now);
  MUST(again.has_value());
  MUST(!again->changed);
  json::Value updated = forced->object;
  kube::track_update(types, updated, live, "three", "", now);
  kube::track_update(types, updated, &forced->object, "four", "status", now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [before, change] = fuzz::parts_of<2>(fuzz::text_of(data, size));
  const auto live = json::parse(before);
  const auto applied = json::parse(change);
  if (!applied || !applied->is_object()) return 0;
  const json::Value* base = live && live->is_object() ? &*live : nullptr;
  apply(kube::ApplyTypes::built_in("v1", "Pod"), base, *applied);
  apply(kube::ApplyTypes::built_in("v1", "Service"), base, *applied);
  return 0;
}
