#pragma once
// Authentication: who sent a request. Client certificates (verified by TLS), service account tokens
// (JSON Web Tokens, ES256, of our own making), impersonation. Nobody else gets in, but for health
// and version. Thread-safe.
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/object_source.h"
#include "apiserver/rbac.h"
#include "apiserver/user.h"
#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"
#include "net/http.h"

namespace firesteel::apiserver {

// The `iss` of our tokens and the audience that the API server itself answers to.
inline constexpr std::string_view kDefaultIssuer = "https://kubernetes.default.svc.cluster.local";

// Lifetimes of requested tokens, as kube-apiserver bounds them.
inline constexpr std::chrono::seconds kMinTokenLifetime{600};
inline constexpr std::chrono::seconds kDefaultTokenLifetime{3600};
inline constexpr std::chrono::seconds kMaxTokenLifetime{1LL << 32};

// What a service account token says (Kubernetes, serviceaccount/claims.go).
struct TokenClaims {
  std::string issuer{kDefaultIssuer};
  std::vector<std::string> audiences{std::string(kDefaultIssuer)};
  std::string space;  // namespace of the service account
  std::string service_account;
  std::string service_account_uid;
  // What it is bound to, and falls with: a Pod, Secret or Node of that uid; name "" for nothing.
  struct Bound {
    std::string kind;
    std::string name;
    std::string uid;
  };
  Bound bound;
  Bound node;  // where a bound pod runs; told, but not checked
  std::chrono::seconds lifetime = kDefaultTokenLifetime;
};

// Signs with the EC P-256 key; iat and nbf are `now`, the id is random. Errors: those of the key.
[[nodiscard]] Result<std::string> issue_token(const TokenClaims& claims, const std::string& key_pem,
                                              TimePoint now);

// The kind (kPods, kSecrets or kNodes) and name that a TokenRequest asks to be bound to
// (spec.boundObjectRef), nothing for none or another kind: look it up, then create_token.
struct BoundReference {
  kube::Resource resource;
  std::string_view name;
};
[[nodiscard]] std::optional<BoundReference> bound_object_of(const json::Value& token_request);

// What that lookup found; null when it is not there. `node` is the bound pod's.
struct BoundObjects {
  const json::Value* object = nullptr;
  const json::Value* node = nullptr;
};

// POST serviceaccounts/NAME/token: the TokenRequest with status.token and
// status.expirationTimestamp. Errors: kInvalid with the fields (lifetime, kind of the bound
// object), kNotFound for a missing bound object, kConflict when its uid is another.
[[nodiscard]] Result<json::Value> create_token(const json::Value& token_request,
                                               const json::Value& service_account,
                                               const BoundObjects& bound,
                                               const std::string& key_pem, TimePoint now);

struct AuthenticatorOptions {
  std::string key_pem;  // signs and verifies service account tokens
  std::string issuer{kDefaultIssuer};
  std::vector<std::string> audiences{std::string(kDefaultIssuer)};  // of the API server
};

// What a token proved, and for which of the asked audiences (TokenReview).
struct VerifiedToken {
  User user;
  std::vector<std::string> audiences;
};

class Authenticator {
 public:
  // All references must outlive it. `objects` tells whether service accounts and bound pods are
  // still there.
  Authenticator(AuthenticatorOptions options, const ObjectSource& objects,
                const Authorizer& authorizer, const Clock& clock);
  ~Authenticator();

  // The user that the request acts as: certificate, else bearer token, else anonymous for /livez,
  // /readyz, /healthz and /version; then what Impersonate-* headers make of it. Errors:
  // kUnauthorized ("Unauthorized"), kForbidden and kBadRequest for impersonation.
  [[nodiscard]] Result<User> authenticate(const net::Request& request) const;

  // A token for any of `audiences` (empty: the API server's own). Errors: kUnauthorized with the
  // reason in words.
  [[nodiscard]] Result<VerifiedToken> verify_token(std::string_view token,
                                                   const std::vector<std::string>& audiences) const;

 private:
  struct Cache;
  [[nodiscard]] Result<User> requester(const net::Request& request) const;
  [[nodiscard]] Result<User> impersonate(const net::Request& request, User user) const;
  [[nodiscard]] Result<std::shared_ptr<const json::Value>> claims_of(std::string_view token) const;

  AuthenticatorOptions options_;
  const ObjectSource& objects_;
  const Authorizer& authorizer_;
  const Clock& clock_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace firesteel::apiserver
