#include "apiserver/event_versions.h"

#include <array>

namespace firesteel::apiserver {

namespace {

struct Renamed {
  std::string_view core, fresh;
};
constexpr std::array<Renamed, 7> kRenamed = {{{"involvedObject", "regarding"},
                                              {"message", "note"},
                                              {"source", "deprecatedSource"},
                                              {"firstTimestamp", "deprecatedFirstTimestamp"},
                                              {"lastTimestamp", "deprecatedLastTimestamp"},
                                              {"count", "deprecatedCount"},
                                              {"reportingComponent", "reportingController"}}};

json::Value rename(const json::Value& event, std::string_view api_version, bool to_core) {
  json::Object out;
  for (const auto& member : event.as_object()) {
    std::string_view name = member.key();
    for (const Renamed& renamed : kRenamed) {
      if (name == (to_core ? renamed.fresh : renamed.core)) {
        name = to_core ? renamed.core : renamed.fresh;
        break;
      }
    }
    out[name] = member.value();
  }
  out["apiVersion"] = api_version;
  return out;
}

}  // namespace

bool is_new_event(const kube::Resource& resource) {
  return resource.group == "events.k8s.io" && resource.plural == "events";
}

json::Value new_event_from_core(const json::Value& event) {
  json::Value out = rename(event, "events.k8s.io/v1", false);
  // Always written in core/v1, left out here when they are empty.
  for (const std::string_view member : {"reportingController", "reportingInstance"}) {
    if (json::string_at(out, member).empty()) json::remove(out.as_object(), member);
  }
  return out;
}

json::Value core_event_from_new(json::Value event) {
  return rename(event, "v1", true);
}

}  // namespace firesteel::apiserver
