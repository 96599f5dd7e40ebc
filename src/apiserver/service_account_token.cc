// Making service account tokens: issue_token and the TokenRequest subresource (declared in auth.h).
#include <boost/json/array.hpp>

#include "apiserver/auth.h"
#include "base/json/print.h"
#include "kube/object.h"
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
  if (!claims.pod.empty()) {
    out["pod"] = json::Object{{"name", claims.pod}, {"uid", claims.pod_uid}};
  }
  return out;
}

Result<std::chrono::seconds> requested_lifetime(const json::Value& token_request) {
  const json::Value* given = json::find(token_request, {"spec", "expirationSeconds"});
  if (given == nullptr || given->is_null()) return kDefaultTokenLifetime;
  const std::int64_t seconds = json::int_at(token_request, {"spec", "expirationSeconds"}, -1);
  const std::string path = "spec.expirationSeconds";
  if (seconds < kMinTokenLifetime.count()) {
    return fail(ErrorCode::kInvalid, "TokenRequest is invalid",
                {{path, fmt::format("Invalid value: {}: may not specify a duration less than 10 "
                                    "minutes",
                                    seconds)}});
  }
  if (seconds > kMaxTokenLifetime.count()) {
    return fail(ErrorCode::kInvalid, "TokenRequest is invalid",
                {{path, fmt::format("Invalid value: {}: may not specify a duration larger than "
                                    "2^32 seconds",
                                    seconds)}});
  }
  return std::chrono::seconds(seconds);
}

// Fills the pod of the claims from spec.boundObjectRef.
Result<void> bind(TokenClaims& claims, const json::Value& token_request,
                  const json::Value* bound_pod) {
  const json::Value* reference = json::find(token_request, {"spec", "boundObjectRef"});
  if (reference == nullptr || reference->is_null()) return {};
  const std::string_view kind = json::string_at(*reference, "kind");
  const std::string_view name = json::string_at(*reference, "name");
  if (kind != "Pod" || name.empty()) {
    return fail(ErrorCode::kInvalid, "TokenRequest is invalid",
                {{"spec.boundObjectRef",
                  fmt::format("Unsupported value: {} \"{}\": a token can be bound to a Pod, by "
                              "kind and name",
                              kind, name),
                  "FieldValueNotSupported"}});
  }
  if (bound_pod == nullptr) {
    return fail(ErrorCode::kNotFound, fmt::format("pods \"{}\" not found", name));
  }
  const std::string_view asked = json::string_at(*reference, "uid");
  const std::string_view uid = kube::uid_of(*bound_pod);
  if (!asked.empty() && asked != uid) {
    return fail(ErrorCode::kConflict,
                fmt::format("the UID in the bound object reference ({}) does not match the UID in "
                            "record ({}) of pod \"{}\"",
                            asked, uid, name));
  }
  std::string_view account = json::string_at(*bound_pod, {"spec", "serviceAccountName"});
  if (account.empty()) account = "default";
  if (account != claims.service_account) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("cannot bind token for serviceaccount \"{}\" to pod running with "
                            "different serviceaccount name \"{}\"",
                            claims.service_account, account));
  }
  claims.pod = name;
  claims.pod_uid = uid;
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

std::string_view bound_pod_of(const json::Value& token_request) {
  if (json::string_at(token_request, {"spec", "boundObjectRef", "kind"}) != "Pod") return {};
  return json::string_at(token_request, {"spec", "boundObjectRef", "name"});
}

Result<json::Value> create_token(const json::Value& token_request,
                                 const json::Value& service_account, const json::Value* bound_pod,
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
  TRY(bind(claims, token_request, bound_pod));
  const std::string token = TRY(issue_token(claims, key_pem, now));

  json::Value answer = token_request;
  json::Object& root = json::make_object(answer, {});
  root["kind"] = "TokenRequest";
  root["apiVersion"] = "authentication.k8s.io/v1";
  json::Object& metadata = json::make_object(answer, {"metadata"});
  metadata["name"] = claims.service_account;
  metadata["namespace"] = claims.space;
  metadata["creationTimestamp"] = format_time(now);
  json::Object& spec = json::make_object(answer, {"spec"});
  json::Array granted;
  for (const std::string& audience : claims.audiences) granted.emplace_back(audience);
  spec["audiences"] = std::move(granted);
  spec["expirationSeconds"] = claims.lifetime.count();
  json::make_object(answer, {"status"}) = {
      {"token", token}, {"expirationTimestamp", format_time(now + claims.lifetime)}};
  return answer;
}

}  // namespace firesteel::apiserver
