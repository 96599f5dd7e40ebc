#include "operator/decide/owner.h"

#include "kube/object.h"
#include "spark/names.h"

namespace firesteel::operators::decide {

Owner owner_of(const json::Value& object, const json::Value& application) {
  for (const json::Value& owner : json::array_at(object, {"metadata", "ownerReferences"})) {
    if (json::string_at(owner, "kind") != spark::kSparkApplicationKind) continue;
    if (json::string_at(owner, "uid") == kube::uid_of(application)) {
      return Owner::kThisApplication;
    }
    if (json::string_at(owner, "name") == kube::name_of(application)) return Owner::kGoneNamesake;
  }
  return Owner::kOther;
}

}  // namespace firesteel::operators::decide
