#pragma once
// Whose a pod, ConfigMap or Service is. Pure.
#include "base/json/json.h"

namespace firesteel::operators::decide {

// Whose an object is, by its owner references.
enum class Owner {
  kThisApplication,
  kGoneNamesake,  // an application of this name with another uid: it exists no more, for the name
                  // is taken
  kOther,
};
[[nodiscard]] Owner owner_of(const json::Value& object, const json::Value& application);

}  // namespace firesteel::operators::decide
