// The three kinds of patch on any document: no crash, and what must hold of their results.
#include "base/json/patch.h"
#include "fuzz/input.h"
#include "kube/strategic.h"

using namespace firesteel;

namespace {

bool has_null(const json::Value& value) {
  if (value.is_null()) return true;
  if (const json::Object* object = value.if_object()) {
    return std::any_of(object->begin(), object->end(),
                       [](const auto& member) { return has_null(member.value()); });
  }
  if (const json::Array* array = value.if_array()) {
    return std::any_of(array->begin(), array->end(), [](const auto& v) { return has_null(v); });
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [before, change] = fuzz::parts_of<2>(fuzz::text_of(data, size));
  const auto document = json::parse(before);
  const auto patch = json::parse(change);
  if (!document || !patch) return 0;
  (void)json::apply_json_patch(*document, *patch);
  const json::Value merged = json::apply_merge_patch(*document, *patch);
  MUST(json::apply_merge_patch(merged, *patch) == merged);
  // A merge patch cannot set a null.
  if (!has_null(*patch)) {
    const json::Value difference = json::make_merge_patch(*document, *patch);
    MUST(json::apply_merge_patch(*document, difference) == *patch);
  }
  for (const std::string_view kind : {"Pod", "Deployment", "Service", "ConfigMap"}) {
    (void)kube::apply_strategic_merge_patch(kind == "Deployment" ? "apps/v1" : "v1", kind,
                                            *document, *patch);
  }
  return 0;
}
