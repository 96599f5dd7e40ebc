#pragma once
// Executes a decision against the Kubernetes API: its actions in their order, up to the first that
// fails. It decides nothing. Any thread, for different applications at once.
#include <optional>
#include <string>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "kube/api.h"
#include "operator/decide/action.h"

namespace firesteel::operators {

struct Outcome {
  json::Document
      application;        // as the server answered the last status write; null when there was none
  json::Document driver;  // the driver pod that was created or adopted
  // What the next decision has to know: see decide::Observed.
  json::Document occupant;
  std::optional<Error> creation_error;
  std::vector<std::string> warnings;  // refusals that stop nothing, in words
  // A status write or a deletion failed. kConflict: the application has changed.
  std::optional<Error> error;

  [[nodiscard]] bool succeeded() const { return occupant == nullptr && !creation_error && !error; }
};

// `application` is the one that was decided upon: its name, namespace, uid and, for the status, its
// resourceVersion.
[[nodiscard]] Outcome act(kube::Api& api, const json::Value& application,
                          const decide::Decision& decision);

}  // namespace firesteel::operators
