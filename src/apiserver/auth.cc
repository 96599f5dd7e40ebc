#include "apiserver/auth.h"

#include <boost/json/array.hpp>
#include <deque>
#include <unordered_map>

#include "base/json/parse.h"
#include "base/log.h"
#include "kube/object.h"
#include "net/tls.h"

namespace firesteel::apiserver {
namespace {

// Tokens whose signature has been verified already; the rest is checked every time.
constexpr std::size_t kCachedTokens = 1024;
constexpr std::size_t kMaxTokenBytes = 16 * 1024;
constexpr std::size_t kMaxImpersonatedGroups = 256;

std::unexpected<Error> unauthorized(std::string why) {
  return fail(ErrorCode::kUnauthorized, std::move(why));
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

bool is_open_path(std::string_view path) {
  for (const std::string_view open : {"/livez", "/readyz", "/healthz"}) {
    if (path == open || (path.starts_with(open) && path[open.size()] == '/')) return true;
  }
  return path == "/version" || path == "/version/";
}

// The token of `Authorization: Bearer TOKEN`, "" without one.
std::string_view bearer_token(const net::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  std::string_view field = request.headers.get("Authorization");
  if (field.size() <= kScheme.size() ||
      !equal_ignoring_case(field.substr(0, kScheme.size()), kScheme)) {
    return {};
  }
  field.remove_prefix(kScheme.size());
  while (field.starts_with(' ')) field.remove_prefix(1);
  while (field.ends_with(' ')) field.remove_suffix(1);
  return field;
}

// One base64url part of a token, as JSON.
Result<json::Value> decode_part(std::string_view part) {
  const std::string text = TRY(net::base64url_decode(part));
  return json::parse(text);
}

std::vector<std::string> audiences_of(const json::Value& claims) {
  std::vector<std::string> out;
  const json::Value* given = json::find(claims, "aud");
  if (given != nullptr && given->is_string()) {
    out.emplace_back(json::view(given->get_string()));
  }
  for (const json::Value& audience : json::array_at(claims, {"aud"})) {
    if (audience.is_string()) out.emplace_back(json::view(audience.get_string()));
  }
  return out;
}

Result<void> check_times(const json::Value& claims, TimePoint now) {
  const std::int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (seconds >= json::int_at(claims, {"exp"})) return unauthorized("token has expired");
  if (seconds < json::int_at(claims, {"nbf"})) return unauthorized("token is not valid yet");
  return {};
}

Result<void> check_object(const ObjectSource& objects, const kube::Resource& resource,
                          std::string_view space, const json::Value& bound) {
  const std::string_view name = json::string_at(bound, "name");
  const json::Document object = objects.get(resource, space, name);
  if (object == nullptr) {
    return unauthorized(
        fmt::format("token is bound to {} {}/{}, which is not there", resource.kind, space, name));
  }
  if (kube::uid_of(*object) != json::string_at(bound, "uid")) {
    return unauthorized(
        fmt::format("token is bound to an earlier {} {}/{}", resource.kind, space, name));
  }
  return {};
}

void add_group(User& user, std::string_view group) {
  if (!user.in_group(group)) user.groups.emplace_back(group);
}

User service_account(const json::Value& claims) {
  const std::string_view space = json::string_at(claims, {"kubernetes.io", "namespace"});
  User user;
  user.name = json::string_at(claims, "sub");
  user.uid = json::string_at(claims, {"kubernetes.io", "serviceaccount", "uid"});
  user.groups = {std::string(kServiceAccountsGroup),
                 fmt::format("{}:{}", kServiceAccountsGroup, space),
                 std::string(kAuthenticatedGroup)};
  if (const std::string_view id = json::string_at(claims, "jti"); !id.empty()) {
    user.extra["authentication.kubernetes.io/credential-id"] = {fmt::format("JTI={}", id)};
  }
  for (const std::string_view kind : {"pod", "node"}) {
    const std::string_view name = json::string_at(claims, {"kubernetes.io", kind, "name"});
    if (name.empty()) continue;
    user.extra[fmt::format("authentication.kubernetes.io/{}-name", kind)] = {std::string(name)};
    user.extra[fmt::format("authentication.kubernetes.io/{}-uid", kind)] = {
        std::string(json::string_at(claims, {"kubernetes.io", kind, "uid"}))};
  }
  return user;
}

// What the Impersonate-* headers ask for.
struct Impersonation {
  User user;
  bool asked = false;
};

Impersonation impersonation_of(const net::Request& request) {
  constexpr std::string_view kExtra = "impersonate-extra-";
  Impersonation out;
  for (const auto& [name, value] : request.headers.fields()) {
    if (equal_ignoring_case(name, "Impersonate-User")) {
      out.user.name = value;
    } else if (equal_ignoring_case(name, "Impersonate-Uid")) {
      out.user.uid = value;
    } else if (equal_ignoring_case(name, "Impersonate-Group")) {
      out.user.groups.push_back(value);
    } else if (name.size() > kExtra.size() &&
               equal_ignoring_case(std::string_view(name).substr(0, kExtra.size()), kExtra)) {
      std::string key = net::percent_decode(std::string_view(name).substr(kExtra.size()));
      for (char& c : key) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      out.user.extra[key].push_back(value);
    } else {
      continue;
    }
    out.asked = true;
  }
  return out;
}

// The permissions that an impersonation needs, in kube-apiserver's order.
std::vector<Attributes> impersonation_checks(const User& requester, const User& target) {
  std::vector<Attributes> checks;
  const auto need = [&](std::string_view group, std::string_view resource,
                        std::string_view subresource, std::string_view space,
                        std::string_view name) {
    checks.push_back({.user = &requester,
                      .verb = "impersonate",
                      .group = std::string(group),
                      .resource = std::string(resource),
                      .subresource = std::string(subresource),
                      .space = std::string(space),
                      .name = std::string(name),
                      .path = {}});
  };
  std::string space;
  std::string account;
  if (split_service_account_user(target.name, space, account)) {
    need("", "serviceaccounts", "", space, account);
  } else {
    need("", "users", "", "", target.name);
  }
  for (const std::string& group : target.groups) need("", "groups", "", "", group);
  for (const auto& [key, values] : target.extra) {
    for (const std::string& value : values) {
      need("authentication.k8s.io", "userextras", key, "", value);
    }
  }
  if (!target.uid.empty()) need("authentication.k8s.io", "uids", "", "", target.uid);
  return checks;
}

}  // namespace

struct Authenticator::Cache {
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<const json::Value>> claims;
  std::deque<std::string> order;  // oldest first
};

Authenticator::Authenticator(AuthenticatorOptions options, const ObjectSource& objects,
                             const Authorizer& authorizer, const Clock& clock)
    : options_(std::move(options)),
      objects_(objects),
      authorizer_(authorizer),
      clock_(clock),
      cache_(std::make_unique<Cache>()) {}

Authenticator::~Authenticator() = default;

Result<std::shared_ptr<const json::Value>> Authenticator::claims_of(std::string_view token) const {
  if (token.size() > kMaxTokenBytes) return unauthorized("token is longer than 16 KiB");
  const std::string key(token);
  {
    const std::lock_guard lock(cache_->mutex);
    if (const auto at = cache_->claims.find(key); at != cache_->claims.end()) return at->second;
  }
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return unauthorized("not a JSON Web Token: it must have three parts");
  }
  const Result<json::Value> header = decode_part(token.substr(0, first));
  // The algorithm is ours to choose, not the sender's: "none" and the like never verify.
  if (!header || json::string_at(*header, "alg") != "ES256") {
    return unauthorized("the token's algorithm is not ES256");
  }
  const Result<std::string> signature = net::base64url_decode(token.substr(second + 1));
  if (!signature || !net::verify_es256(options_.key_pem, token.substr(0, second), *signature)) {
    return unauthorized("the token's signature is not of this cluster's key");
  }
  Result<json::Value> payload = decode_part(token.substr(first + 1, second - first - 1));
  if (!payload || !payload->is_object()) return unauthorized("the token's claims are not JSON");
  auto claims = std::make_shared<const json::Value>(std::move(*payload));
  const std::lock_guard lock(cache_->mutex);
  if (cache_->claims.emplace(key, claims).second) cache_->order.push_back(key);
  if (cache_->order.size() > kCachedTokens) {
    cache_->claims.erase(cache_->order.front());
    cache_->order.pop_front();
  }
  return claims;
}

Result<VerifiedToken> Authenticator::verify_token(std::string_view token,
                                                  const std::vector<std::string>& audiences) const {
  const std::shared_ptr<const json::Value> claims = TRY(claims_of(token));
  if (json::string_at(*claims, "iss") != options_.issuer) {
    return unauthorized(fmt::format("the token's issuer is not {}", options_.issuer));
  }
  TRY(check_times(*claims, clock_.now()));
  VerifiedToken out;
  const std::vector<std::string>& wanted = audiences.empty() ? options_.audiences : audiences;
  for (const std::string& audience : audiences_of(*claims)) {
    if (std::ranges::find(wanted, audience) != wanted.end()) out.audiences.push_back(audience);
  }
  if (out.audiences.empty()) return unauthorized("the token is for another audience");

  const std::string_view space = json::string_at(*claims, {"kubernetes.io", "namespace"});
  const json::Value* account = json::find(*claims, {"kubernetes.io", "serviceaccount"});
  const std::string expected = service_account_user(
      space, account == nullptr ? std::string_view() : json::string_at(*account, "name"));
  if (account == nullptr || json::string_at(*claims, "sub") != expected) {
    return unauthorized("the token's subject is not the service account it is bound to");
  }
  TRY(check_object(objects_, kube::resources::kServiceAccounts, space, *account));
  // A pod's token falls with the pod; one bound to a node alone, with the node. Source:
  // serviceaccount/claims.go, Validate.
  if (const json::Value* pod = json::find(*claims, {"kubernetes.io", "pod"})) {
    TRY(check_object(objects_, kube::resources::kPods, space, *pod));
  } else if (const json::Value* node = json::find(*claims, {"kubernetes.io", "node"})) {
    TRY(check_object(objects_, kube::resources::kNodes, "", *node));
  }
  if (const json::Value* secret = json::find(*claims, {"kubernetes.io", "secret"})) {
    TRY(check_object(objects_, kube::resources::kSecrets, space, *secret));
  }
  out.user = service_account(*claims);
  return out;
}

Result<User> Authenticator::requester(const net::Request& request) const {
  if (!request.peer.common_name.empty()) {
    User user;
    user.name = request.peer.common_name;
    user.groups = request.peer.organizations;
    add_group(user, kAuthenticatedGroup);
    return user;
  }
  if (request.headers.contains("Authorization")) {
    const std::string_view token = bearer_token(request);
    if (token.empty()) return unauthorized("Unauthorized");
    Result<VerifiedToken> verified = verify_token(token, {});
    if (verified) return std::move(verified->user);
    // A stranger learns nothing; whoever runs the cluster finds the reason in the log.
    log::info("refused a token",
              {{"from", request.peer.address}, {"reason", verified.error().message}});
    return unauthorized("Unauthorized");
  }
  if (is_open_path(net::path_of(request.target))) {
    User user;
    user.name = kAnonymousUser;
    user.groups = {std::string(kUnauthenticatedGroup)};
    return user;
  }
  return unauthorized("Unauthorized");
}

Result<User> Authenticator::impersonate(const net::Request& request, User user) const {
  Impersonation wanted = impersonation_of(request);
  if (!wanted.asked) return user;
  User& target = wanted.user;
  if (target.name.empty()) {
    return fail(ErrorCode::kBadRequest,
                "Impersonate-Group, -Uid and -Extra-* headers need an Impersonate-User header");
  }
  if (target.groups.size() > kMaxImpersonatedGroups) {
    return fail(ErrorCode::kBadRequest, "more than 256 Impersonate-Group headers");
  }
  for (const Attributes& check : impersonation_checks(user, target)) {
    const Decision decision = authorizer_.authorize(check);
    if (!decision.allowed) return std::unexpected(forbidden(check, decision));
  }
  std::string space;
  std::string account;
  if (target.groups.empty() && split_service_account_user(target.name, space, account)) {
    target.groups = {std::string(kServiceAccountsGroup),
                     fmt::format("{}:{}", kServiceAccountsGroup, space)};
  }
  if (target.name == kAnonymousUser) {
    add_group(target, kUnauthenticatedGroup);
  } else if (!target.in_group(kUnauthenticatedGroup)) {
    add_group(target, kAuthenticatedGroup);
  }
  return std::move(target);
}

Result<User> Authenticator::authenticate(const net::Request& request) const {
  User user = TRY(requester(request));
  return impersonate(request, std::move(user));
}

}  // namespace firesteel::apiserver
