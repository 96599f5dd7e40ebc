#pragma once
// How the parts beside the handlers (RBAC, tokens, reviews, logs, discovery) read the server's own
// objects without going through HTTP. Reads come from memory. Thread-safe.
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::apiserver {

class ObjectSource {
 public:
  virtual ~ObjectSource() = default;
  // Null when there is none. `space` is "" for cluster-scoped resources.
  [[nodiscard]] virtual json::Document get(const kube::Resource& resource, std::string_view space,
                                           std::string_view name) const = 0;
  // All objects of the resource, or those of one namespace.
  [[nodiscard]] virtual std::vector<json::Document> list(const kube::Resource& resource,
                                                         std::string_view space) const = 0;
};

}  // namespace firesteel::apiserver
