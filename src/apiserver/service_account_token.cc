// Making service account tokens: issue_token and the TokenRequest subresource (declared in auth.h).
#include <boost/json/array.hpp>

#include "apiserver/auth.h"
#include "base/json/print.h"
#include "kube/object.h"
#include "kube/status.h"
#include "net/tls.h"

namespace firesteel::apiserver {
namespace {

std::int64_t unix_seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// `kubernetes.io` of the claims: what the token is bound to.
json::Object bindings(const TokenClaims& claims) {
  json::Object out{
      {"namespace", claims.space},
      {"serviceaccount", {{"name", claims.service_account}, {"uid", claims.service_account_uid}}}};
  for (const TokenClaims::Bound& each : {claims.bound, claims.node}) {
    if (each.name.empty()) continue;
    std::string member = each.kind;  // "Pod" as "pod"
    member.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(member.front())));
    out[member] = json::Object{{"name", each.name}, {"uid", each.uid}};
  }
  return out;
}

std::unexpected<Error> refuse(std::vector<Problem> problems) {
  kube::Resource request;
  request.group = "authentication.k8s.io";
  request.kind = "TokenRequest";
  return std::unexpected(kube::invalid_error(request, "", std::move(problems)));
}

Result<std::chrono::seconds> requested_lifetime(const json::Value& token_request) {
  const json::Value* given = json::find(token_request, {"spec", "expirationSeconds"});
  if (given == nullptr || given->is_null()) return kDefaultTokenLifetime;
  const std::int64_t seconds = json::int_at(token_request, {"spec", "expirationSeconds"}, -1);
  const std::string path = "spec.expirationSeconds";
  if (seconds < kMinTokenLifetime.count()) {
    return refuse({{path, fmt::format("Invalid value: {}: may not specify a duration less than 10 "
                                      "minutes",
                                      seconds)}});
  }
  if (seconds > kMaxTokenLifetime.count()) {
    return refuse({{path, fmt::format("Invalid value: {}: may not specify a duration larger than "
                                      "2^32 seconds",
                                      seconds)}});
  }
  return std::chrono::seconds(seconds);
}

TokenClaims::Bound bound_to(std::string_view kind, const json::Value& object) {
  return {std::string(kind), std::string(kube::name_of(object)), std::string(kube::uid_of(object))};
}

// A pod's tokens are those of its own service account.
Result<void> check_account(const TokenClaims& claims, const json::Value& pod) {
  std::string_view account = json::string_at(pod, {"spec", "serviceAccountName"});
  if (account.empty()) account = "default";
  if (account == claims.service_account) return {};
  return fail(ErrorCode::kBadRequest,
              fmt::format("cannot bind token for serviceaccount \"{}\" to pod running with "
                          "different serviceaccount name \"{}\"",
                          claims.service_account, account));
}

// Fills what the claims are bound to from spec.boundObjectRef.
Result<void> bind(TokenClaims& claims, const json::Value& token_request,
                  const BoundObjects& bound) {
  const json::Value* reference = json::find(token_request, {"spec", "boundObjectRef"});
  if (reference == nullptr || reference->is_null()) return {};
  const std::string_view kind = json::string_at(*reference, "kind");
  const auto named = bound_object_of(token_request);
  if (!named) {
    return refuse({{"spec.boundObjectRef",
                    fmt::format("Unsupported value: {} \"{}\": a token can be bound to a Pod, a "
                                "Secret or a Node, by kind and name",
                                kind, json::string_at(*reference, "name")),
                    "FieldValueNotSupported"}});
  }
  if (bound.object == nullptr) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} \"{}\" not found", named->resource.plural, named->name));
  }
  const std::string_view asked = json::string_at(*reference, "uid");
  const std::string_view uid = kube::uid_of(*bound.object);
  if (!asked.empty() && asked != uid) {
    return fail(ErrorCode::kConflict,
                fmt::format("the UID in the bound object reference ({}) does not match the UID in "
                            "record. The object might have been deleted and then recreated",
                            asked));
  }
  if (kind == "Pod") TRY(check_account(claims, *bound.object));
  claims.bound = bound_to(kind, *bound.object);
  if (bound.node != nullptr) claims.node = bound_to("Node", *bound.node);
  return {};
}

}  // namespace

Result<std::string> issue_token(const TokenClaims& claims, const std::string& key_pem,
                                TimePoint now) {
  const std::int64_t issued = unix_seconds(now);
  json::Array audiences;
  for (const std::string& audience : claims.audiences) audiences.emplace_back(audience);
  const json::Value header{{"alg", "ES256"}, {"typ", "JWT"}};
  json::Object payload;
  payload["aud"] = std::move(audiences);
  payload["exp"] = issued + claims.lifetime.count();
  payload["iat"] = issued;
  payload["iss"] = claims.issuer;
  payload["jti"] = net::random_uuid();
  payload["kubernetes.io"] = bindings(claims);
  payload["nbf"] = issued;
  payload["sub"] = service_account_user(claims.space, claims.service_account);
  const std::string signed_part =
      net::base64url_encode(json::print(header)) + "." +
      net::base64url_encode(json::print(json::Value(std::move(payload))));
  const std::string signature =
      TRY(context(net::sign_es256(key_pem, signed_part), "sign a service account token"));
  return signed_part + "." + net::base64url_encode(signature);
}

std::optional<BoundReference> bound_object_of(const json::Value& token_request) {
  const std::string_view kind = json::string_at(token_request, {"spec", "boundObjectRef", "kind"});
  const std::string_view name = json::string_at(token_request, {"spec", "boundObjectRef", "name"});
  if (name.empty()) return std::nullopt;
  for (const kube::Resource& resource :
       {kube::resources::kPods, kube::resources::kSecrets, kube::resources::kNodes}) {
    if (resource.kind == kind) return BoundReference{resource, name};
  }
  return std::nullopt;
}

Result<json::Value> create_token(const json::Value& token_request,
                                 const json::Value& service_account, const BoundObjects& bound,
                                 const std::string& key_pem, TimePoint now) {
  TokenClaims claims;
  claims.space = kube::namespace_of(service_account);
  claims.service_account = kube::name_of(service_account);
  claims.service_account_uid = kube::uid_of(service_account);
  claims.lifetime = TRY(requested_lifetime(token_request));
  const json::Array& audiences = json::array_at(token_request, {"spec", "audiences"});
  if (!audiences.empty()) claims.audiences.clear();
  for (const json::Value& audience : audiences) {
    if (!audience.is_string()) {
      return fail(ErrorCode::kBadRequest, "spec.audiences of a TokenRequest must be strings");
    }
    claims.audiences.emplace_back(json::view(audience.get_string()));
  }
  TRY(bind(claims, token_request, bound));
  const std::string token = TRY(issue_token(claims, key_pem, now));

  json::Value answer = token_request;
  json::Object& root = json::make_object(answer, {});
  root["kind"] = "TokenRequest";
  root["apiVersion"] = "authentication.k8s.io/v1";
  json::Object& metadata = json::make_object(answer, {"metadata"});
  metadata["name"] = claims.service_account;
  metadata["namespace"] = claims.space;
  metadata["uid"] = claims.service_account_uid;
  metadata["creationTimestamp"] = format_time(now);
  json::Object& spec = json::make_object(answer, {"spec"});
  json::Array granted;
  for (const std::string& audience : claims.audiences) granted.emplace_back(audience);
  spec["audiences"] = std::move(granted);
  if (!spec.contains("boundObjectRef")) spec["boundObjectRef"] = nullptr;
  spec["expirationSeconds"] = claims.lifetime.count();
  json::make_object(answer, {"status"}) = {
      {"token", token}, {"expirationTimestamp", format_time(now + claims.lifetime)}};
  return answer;
}

}  // namespace firesteel::apiserver
