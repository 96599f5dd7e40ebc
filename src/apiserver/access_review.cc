#include "apiserver/access_review.h"

#include <boost/json/array.hpp>

namespace firesteel::apiserver {
namespace {

constexpr std::string_view kAuthorization = "authorization.k8s.io/v1";
constexpr std::string_view kAuthentication = "authentication.k8s.io/v1";

std::unexpected<Error> invalid(std::string_view kind, std::string_view path, std::string message,
                               std::string reason = "FieldValueInvalid") {
  std::vector<Problem> problems{{std::string(path), message, std::move(reason)}};
  return fail(ErrorCode::kInvalid,
              fmt::format("{}.authorization.k8s.io \"\" is invalid: {}: {}", kind, path, message),
              std::move(problems));
}

bool is_there(const json::Value& value, std::initializer_list<std::string_view> keys) {
  const json::Value* at = json::find(value, keys);
  return at != nullptr && !at->is_null();
}

std::string text_at(const json::Value& value, std::string_view key) {
  return std::string(json::string_at(value, key));
}

json::Array array_of(const std::vector<std::string>& texts) {
  json::Array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

// The attributes that spec.resourceAttributes or spec.nonResourceAttributes ask about: exactly one
// of them.
Result<Attributes> attributes_of(const json::Value& request, std::string_view kind,
                                 const User& user) {
  const bool resource = is_there(request, {"spec", "resourceAttributes"});
  const bool path = is_there(request, {"spec", "nonResourceAttributes"});
  if (resource == path) {
    return invalid(kind, resource ? "spec.nonResourceAttributes" : "spec.resourceAttributes",
                   "exactly one of nonResourceAttributes or resourceAttributes must be specified");
  }
  Attributes out;
  out.user = &user;
  if (path) {
    const json::Value& asked = *json::find(request, {"spec", "nonResourceAttributes"});
    out.verb = text_at(asked, "verb");
    out.path = text_at(asked, "path");
    return out;
  }
  const json::Value& asked = *json::find(request, {"spec", "resourceAttributes"});
  out.verb = text_at(asked, "verb");
  out.group = text_at(asked, "group");
  out.resource = text_at(asked, "resource");
  out.subresource = text_at(asked, "subresource");
  out.space = text_at(asked, "namespace");
  out.name = text_at(asked, "name");
  // A resource request without a resource would be taken for a path: no rule names "", so it is
  // denied.
  if (out.resource.empty()) out.resource = " ";
  return out;
}

// The user that spec.user, groups, uid and extra describe.
User subject_of(const json::Value& request) {
  User out;
  out.name = json::string_at(request, {"spec", "user"});
  out.uid = json::string_at(request, {"spec", "uid"});
  for (const json::Value& group : json::array_at(request, {"spec", "groups"})) {
    if (group.is_string()) out.groups.emplace_back(json::view(group.get_string()));
  }
  for (const auto& [key, values] : json::object_at(request, {"spec", "extra"})) {
    std::vector<std::string>& into = out.extra[std::string(key.data(), key.size())];
    const json::Array* list = values.if_array();
    for (const json::Value& value : list == nullptr ? json::Array() : *list) {
      if (value.is_string()) into.emplace_back(json::view(value.get_string()));
    }
  }
  return out;
}

// The request as answered: kind, apiVersion, and its status.
json::Value answered(json::Value request, std::string_view kind, std::string_view api_version,
                     json::Object status) {
  json::Object& root = json::make_object(request, {});
  root["kind"] = kind;
  root["apiVersion"] = api_version;
  if (!root["metadata"].is_object()) root["metadata"].emplace_object();
  root["status"] = std::move(status);
  return request;
}

json::Object status_of(const Decision& decision) {
  json::Object out{{"allowed", decision.allowed}};
  if (!decision.reason.empty()) out["reason"] = decision.reason;
  return out;
}

Result<json::Value> review_subject(json::Value request, std::string_view kind,
                                   const Authorizer& authorizer) {
  const User subject = subject_of(request);
  if (subject.name.empty() && subject.groups.empty()) {
    return invalid(kind, "spec.user",
                   "Invalid value: \"\": at least one of user or group must be specified");
  }
  const Attributes attributes = TRY(attributes_of(request, kind, subject));
  json::Object status = status_of(authorizer.authorize(attributes));
  return answered(std::move(request), kind, kAuthorization, std::move(status));
}

json::Object user_object(const User& user) {
  json::Object out{{"username", user.name}};
  if (!user.uid.empty()) out["uid"] = user.uid;
  out["groups"] = array_of(user.groups);
  if (!user.extra.empty()) {
    json::Object extra;
    for (const auto& [key, values] : user.extra) extra[key] = array_of(values);
    out["extra"] = std::move(extra);
  }
  return out;
}

}  // namespace

Result<json::Value> review_self_subject_access(json::Value request, const User& user,
                                               const Authorizer& authorizer) {
  constexpr std::string_view kKind = "SelfSubjectAccessReview";
  const Attributes attributes = TRY(attributes_of(request, kKind, user));
  json::Object status = status_of(authorizer.authorize(attributes));
  return answered(std::move(request), kKind, kAuthorization, std::move(status));
}

Result<json::Value> review_subject_access(json::Value request, const Authorizer& authorizer) {
  return review_subject(std::move(request), "SubjectAccessReview", authorizer);
}

Result<json::Value> review_local_subject_access(json::Value request, std::string_view space,
                                                const Authorizer& authorizer) {
  constexpr std::string_view kKind = "LocalSubjectAccessReview";
  if (!is_there(request, {"spec", "resourceAttributes"})) {
    return invalid(kKind, "spec.resourceAttributes", "Required value", "FieldValueRequired");
  }
  const std::string_view asked =
      json::string_at(request, {"spec", "resourceAttributes", "namespace"});
  if (asked != space) {
    return invalid(kKind, "spec.resourceAttributes.namespace",
                   fmt::format("Invalid value: \"{}\": must match the namespace of the request, "
                               "\"{}\"",
                               asked, space));
  }
  return review_subject(std::move(request), kKind, authorizer);
}

Result<json::Value> review_self_subject_rules(json::Value request, const User& user,
                                              const Authorizer& authorizer) {
  constexpr std::string_view kKind = "SelfSubjectRulesReview";
  const std::string space(json::string_at(request, {"spec", "namespace"}));
  if (space.empty()) {
    return invalid(kKind, "spec.namespace",
                   "Required value: no namespace on request; rules are those of one namespace",
                   "FieldValueRequired");
  }
  const RulesInForce found = authorizer.rules_for(user, space);
  json::Array resource_rules;
  json::Array path_rules;
  for (const PolicyRule& rule : found.rules) {
    if (!rule.resources.empty()) {
      json::Object out{{"verbs", array_of(rule.verbs)},
                       {"apiGroups", array_of(rule.groups)},
                       {"resources", array_of(rule.resources)}};
      if (!rule.resource_names.empty()) out["resourceNames"] = array_of(rule.resource_names);
      resource_rules.emplace_back(std::move(out));
    }
    if (!rule.non_resource_urls.empty()) {
      path_rules.emplace_back(json::Object{{"verbs", array_of(rule.verbs)},
                                           {"nonResourceURLs", array_of(rule.non_resource_urls)}});
    }
  }
  json::Object status{{"resourceRules", std::move(resource_rules)},
                      {"nonResourceRules", std::move(path_rules)},
                      {"incomplete", !found.incomplete.empty()}};
  if (!found.incomplete.empty()) status["evaluationError"] = found.incomplete;
  return answered(std::move(request), kKind, kAuthorization, std::move(status));
}

Result<json::Value> review_self_subject(json::Value request, const User& user, TimePoint now) {
  json::Object status{{"userInfo", user_object(user)}};
  request.as_object()["metadata"] = json::Object{{"creationTimestamp", format_time(now)}};
  return answered(std::move(request), "SelfSubjectReview", kAuthentication, std::move(status));
}

Result<json::Value> review_token(json::Value request, const Authenticator& authenticator) {
  const std::string token(json::string_at(request, {"spec", "token"}));
  std::vector<std::string> audiences;
  for (const json::Value& audience : json::array_at(request, {"spec", "audiences"})) {
    if (audience.is_string()) audiences.emplace_back(json::view(audience.get_string()));
  }
  if (token.empty()) {
    return fail(ErrorCode::kBadRequest, "token is required for TokenReview in authentication");
  }
  const Result<VerifiedToken> verified = authenticator.verify_token(token, audiences);
  json::Object status;
  if (verified) {
    status["authenticated"] = true;
    status["user"] = user_object(verified->user);
    status["audiences"] = array_of(verified->audiences);
  } else {
    status["user"] = json::Object();
    status["error"] = verified.error().message;
  }
  return answered(std::move(request), "TokenReview", kAuthentication, std::move(status));
}

Result<json::Value> answer_review(std::string_view kind, json::Value request,
                                  std::string_view space, const User& user,
                                  const Authorizer& authorizer, const Authenticator& authenticator,
                                  TimePoint now) {
  if (kind == "SelfSubjectAccessReview") {
    return review_self_subject_access(std::move(request), user, authorizer);
  }
  if (kind == "SubjectAccessReview") return review_subject_access(std::move(request), authorizer);
  if (kind == "LocalSubjectAccessReview") {
    return review_local_subject_access(std::move(request), space, authorizer);
  }
  if (kind == "SelfSubjectRulesReview") {
    return review_self_subject_rules(std::move(request), user, authorizer);
  }
  if (kind == "SelfSubjectReview") return review_self_subject(std::move(request), user, now);
  if (kind == "TokenReview") return review_token(std::move(request), authenticator);
  return fail(ErrorCode::kNotFound, fmt::format("there is no review of kind {}", kind));
}

}  // namespace firesteel::apiserver
