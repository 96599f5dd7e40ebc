#pragma once
// kube::Api over HTTP. Thread-safe. Reads (get, list, the start of a watch or log) answered with
// 429 or 503 are tried up to three times, waiting as Retry-After says (one second without it);
// writes never are.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/stop.h"
#include "client/kubeconfig.h"
#include "kube/api.h"
#include "net/client.h"

namespace firesteel::client {

// PodLogOptions (core/v1).
struct LogOptions {
  std::string container;  // "" = the only one
  bool follow = false;
  bool previous = false;
  bool timestamps = false;
  std::optional<std::int64_t> tail_lines;
  std::optional<std::int64_t> since_seconds;
  std::optional<std::int64_t> limit_bytes;
};

class HttpApi : public kube::Api {
 public:
  // The body of GET /api/v1/namespaces/SPACE/pods/POD/log as it comes. Errors: the server's Status;
  // kBadRequest for a pod that is on no node yet (204).
  [[nodiscard]] virtual Result<std::unique_ptr<net::ResponseStream>> open_log(
      std::string_view space, std::string_view pod, const LogOptions& options) = 0;
  // GET of any path ("/readyz", "/version", "/apis"), the body as it is. Errors: the server's
  // Status.
  [[nodiscard]] virtual Result<std::string> get_raw(std::string_view path_and_query) = 0;
  // By discovery: the resource that serves this apiVersion and kind. kNotFound when the server has
  // none.
  [[nodiscard]] virtual Result<kube::Resource> find_resource(std::string_view api_version,
                                                             std::string_view kind) = 0;
  [[nodiscard]] virtual const Connection& connection() const = 0;
};

// Nothing is sent yet. `stop` cuts whatever is under way, with kUnavailable. Errors: kInvalid (url,
// certificate).
[[nodiscard]] Result<std::unique_ptr<HttpApi>> connect(const Connection& connection,
                                                       std::string user_agent, StopToken stop = {});

// The path of a collection ("/apis/apps/v1/namespaces/x/deployments"), or of an object when `name`
// is given, with
// "/subresource" when that is. Pure.
[[nodiscard]] std::string path_of(const kube::Resource& resource, std::string_view space,
                                  std::string_view name = {}, std::string_view subresource = {});

}  // namespace firesteel::client
