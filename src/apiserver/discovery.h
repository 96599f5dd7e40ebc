#pragma once
// API discovery, all documents made once per Registry snapshot: /api, /apis, /api/v1, /apis/GROUP,
// /apis/GROUP/VERSION, aggregated discovery (apidiscovery.k8s.io v2 and v2beta1), /version.
// Immutable, thread-safe.
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apiserver/registry.h"
#include "base/json/json.h"
#include "net/http.h"

namespace firesteel::apiserver {

// The Kubernetes version whose API we speak; clients read it from /version.
inline constexpr std::string_view kKubernetesVersion = "v1.34.0";
inline constexpr std::string_view kKubernetesMajor = "1";
inline constexpr std::string_view kKubernetesMinor = "34";

// The body of /version (k8s.io/apimachinery version.Info); gitVersion is "v1.34.0+firesteel".
[[nodiscard]] json::Value version_info();

// Versions of a group as kubectl prefers them: v2 before v1 before v1beta2 before v1alpha1 before
// others.
[[nodiscard]] bool version_before(std::string_view left, std::string_view right);

class Discovery {
 public:
  // `server_address` ("127.0.0.1:6443") is what /api names. The registry is read only here.
  Discovery(const Registry& registry, std::string_view server_address);

  // The answer (200, 304 or 406) when the path is one of discovery's; nothing for any other path or
  // method than GET and HEAD. A group or version that is not served gives nothing too: the
  // handler's 404.
  [[nodiscard]] std::optional<net::Response> answer(const net::Request& request) const;

 private:
  struct Page {
    std::string body;
    std::string etag;  // quoted
    std::string content_type;
  };
  struct Pages {
    Page plain;
    std::optional<Page> aggregated_v2, aggregated_v2beta1;  // /api and /apis
  };

  std::map<std::string, Pages, std::less<>> pages_;  // by path without trailing slash
};

}  // namespace firesteel::apiserver
