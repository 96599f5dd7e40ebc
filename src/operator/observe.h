#pragma once
// From caches, or from the API server itself, to what decide() takes.
#include <string>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "kube/api.h"
#include "operator/decide/observed.h"

namespace firesteel::operators {

// The last known state of the cluster, which may lag. Implementations are thread-safe.
class Caches {
 public:
  virtual ~Caches() = default;
  // By "namespace/name"; null when there is none.
  [[nodiscard]] virtual json::Document application(const std::string& key) const = 0;
  // The pods in the application's namespace whose label app-name is its name.
  [[nodiscard]] virtual std::vector<json::Document> pods(const std::string& key) const = 0;
};

// Replaces the application and the drivers among the pods by what the server says now. Errors:
// those of the API; kNotFound when the application is gone or another one has its name.
[[nodiscard]] Result<void> look_live(kube::Api& api, decide::Observed& seen);

// Puts a pod that the server has just answered in the place of what the cache says of it.
void overlay_pod(decide::Observed& seen, const json::Document& pod);

}  // namespace firesteel::operators
