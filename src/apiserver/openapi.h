#pragma once
// OpenAPI documents: /openapi/v3 (index with hashes), /openapi/v3/api/v1,
// /openapi/v3/apis/GROUP/VERSION, /openapi/v2 (JSON only). Custom resources have the schema of
// their CRD; built-in ones that of kube/types. Each
// document is made when first asked for. Thread-safe.
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "apiserver/registry.h"
#include "base/json/json.h"
#include "net/http.h"

namespace firesteel::apiserver {

class OpenApi {
 public:
  explicit OpenApi(std::shared_ptr<const Registry> registry);

  // The answer (200, 304, 404, 406) for paths under /openapi; nothing for any other path or method
  // than GET and HEAD.
  [[nodiscard]] std::optional<net::Response> answer(const net::Request& request) const;

 private:
  struct Page {
    std::string body;
    std::string hash;  // of the body: ETag, and the index's ?hash=
  };
  [[nodiscard]] const Page& version_page(const std::string& key) const;  // "apis/apps/v1"
  [[nodiscard]] const Page& index_page() const;
  [[nodiscard]] const Page& v2_page() const;

  std::shared_ptr<const Registry> registry_;
  std::map<std::string, std::pair<std::string, std::string>, std::less<>>
      versions_;  // key to group, version
  mutable std::recursive_mutex mutex_;
  mutable std::map<std::string, Page, std::less<>> pages_;
};

// The OpenAPI v3 document of one group and version. (Exposed for tests.)
[[nodiscard]] json::Value openapi_v3(const Registry& registry, std::string_view group,
                                     std::string_view version);
// The Swagger 2.0 document of everything.
[[nodiscard]] json::Value openapi_v2(const Registry& registry);

}  // namespace firesteel::apiserver
