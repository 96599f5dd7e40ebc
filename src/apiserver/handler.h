#pragma once
// The handler chain: authenticate, authorize, route. Everything that third-party code throws ends
// here as a 500.
#include <atomic>
#include <memory>
#include <mutex>

#include "apiserver/answer.h"
#include "apiserver/auth.h"
#include "apiserver/core.h"
#include "apiserver/discovery.h"
#include "apiserver/openapi.h"
#include "apiserver/rbac.h"
#include "net/http.h"

namespace firesteel::apiserver {

class ApiHandler final : public net::Handler {
 public:
  // `core` must outlive it.
  explicit ApiHandler(Core& core);
  void handle(const net::Request& request, net::ResponseWriter& writer) override;

 private:
  // Discovery and OpenAPI of one registry snapshot.
  struct Documents;

  void answer(const net::Request& request, net::ResponseWriter& writer);
  void serve_path(const net::Request& request, const RequestPath& path,
                  net::ResponseWriter& writer);
  void serve_resource(Call& call, net::ResponseWriter& writer);
  // Logs and streams of pods.
  void serve_from_kubelet(Call& call, net::ResponseWriter& writer);
  [[nodiscard]] Result<void> authorize(const RequestPath& path, const net::Query& query,
                                       const net::Request& request, const User& user);
  [[nodiscard]] std::shared_ptr<const Documents> documents();
  [[nodiscard]] Result<Answer> answer_review(Call& call);
  void refresh_roles();

  Core& core_;
  Authorizer authorizer_;
  Authenticator authenticator_;
  std::mutex roles_mutex_;
  std::uint64_t roles_seen_ = ~std::uint64_t{0};
  std::mutex documents_mutex_;
  std::shared_ptr<const Documents> documents_;
};

// A resource request without watch, log and reviews: chooses the operation for verb and
// subresource. Errors: as those of the operations; kMethodNotAllowed and kNotFound for what there
// is none for.
[[nodiscard]] Result<Answer> operate(Call& call);

}  // namespace firesteel::apiserver
