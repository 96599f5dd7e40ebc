#include "kube/status.h"

#include <fmt/core.h>
#include "base/json/utf8.h"

#include "base/check.h"

namespace firesteel::kube {
namespace {

struct Row {
  ErrorCode code;
  int http;
  std::string_view reason;
};

// Reasons first to last: from_status takes the first row with a reason, then the first with an HTTP
// code.
constexpr Row kRows[] = {
    {ErrorCode::kBadRequest, 400, "BadRequest"},
    {ErrorCode::kUnauthorized, 401, "Unauthorized"},
    {ErrorCode::kForbidden, 403, "Forbidden"},
    {ErrorCode::kNotFound, 404, "NotFound"},
    {ErrorCode::kMethodNotAllowed, 405, "MethodNotAllowed"},
    {ErrorCode::kNotAcceptable, 406, "NotAcceptable"},
    {ErrorCode::kConflict, 409, "Conflict"},
    {ErrorCode::kAlreadyExists, 409, "AlreadyExists"},
    {ErrorCode::kGone, 410, "Expired"},
    {ErrorCode::kTooLarge, 413, "RequestEntityTooLarge"},
    {ErrorCode::kUnsupportedMedia, 415, "UnsupportedMediaType"},
    {ErrorCode::kInvalid, 422, "Invalid"},
    {ErrorCode::kTooManyRequests, 429, "TooManyRequests"},
    {ErrorCode::kInternal, 500, "InternalError"},
    {ErrorCode::kIo, 500, "InternalError"},
    {ErrorCode::kUnavailable, 503, "ServiceUnavailable"},
    {ErrorCode::kTimeout, 504, "Timeout"},
};

ErrorCode code_of(int http, std::string_view reason) {
  for (const Row& row : kRows) {
    if (!reason.empty() && row.reason == reason) return row.code;
  }
  if (reason == "Gone") return ErrorCode::kGone;
  if (reason == "ServerTimeout") return ErrorCode::kTimeout;
  for (const Row& row : kRows) {
    if (row.http == http) return row.code;
  }
  if (http >= 500) return http == 502 ? ErrorCode::kUnavailable : ErrorCode::kInternal;
  return ErrorCode::kBadRequest;
}

json::Array causes_of(const std::vector<Problem>& problems) {
  json::Array causes;
  for (const Problem& problem : problems) {
    json::Object cause{{"reason", problem.reason}, {"message", problem.message}};
    if (!problem.path.empty()) cause["field"] = problem.path;
    causes.push_back(std::move(cause));
  }
  return causes;
}

}  // namespace

StatusCode status_code(ErrorCode code) {
  for (const Row& row : kRows) {
    if (row.code == code) return {row.http, row.reason};
  }
  ASSERT(false, "every code has a row");
}

json::Value to_status(const Error& error, const Resource* resource, std::string_view name) {
  const StatusCode code = status_code(error.code);
  json::Object status{{"kind", "Status"},
                      {"apiVersion", "v1"},
                      {"metadata", json::Object()},
                      {"status", "Failure"},
                      {"message", json::replace_broken_utf8(error.message)},
                      {"reason", code.reason}};
  json::Object details;
  if (!name.empty()) details["name"] = name;
  if (resource != nullptr) {
    if (!resource->group.empty()) details["group"] = resource->group;
    // An invalid object is named by its kind, everything else by its plural: so does Kubernetes.
    const std::string& kind = error.code == ErrorCode::kInvalid ? resource->kind : resource->plural;
    if (!kind.empty()) details["kind"] = kind;
  }
  if (!error.problems.empty()) details["causes"] = causes_of(error.problems);
  if (!details.empty()) status["details"] = std::move(details);
  status["code"] = code.http;
  return status;
}

Error from_status(int http, const json::Value& body) {
  Error error;
  error.code = code_of(http, json::string_at(body, "reason"));
  error.message = json::string_at(body, "message");
  if (error.message.empty()) error.message = fmt::format("the server answered {}", http);
  for (const json::Value& cause : json::array_at(body, {"details", "causes"})) {
    Problem problem;
    problem.path = json::string_at(cause, "field");
    problem.message = json::string_at(cause, "message");
    problem.reason = json::string_at(cause, "reason");
    error.problems.push_back(std::move(problem));
  }
  return error;
}

Error invalid_error(const Resource& resource, std::string_view name,
                    std::vector<Problem> problems) {
  const std::string kind =
      resource.group.empty() ? resource.kind : resource.kind + "." + resource.group;
  std::string list;
  for (const Problem& problem : problems) {
    if (!list.empty()) list += ", ";
    list += problem.path.empty() ? problem.message : problem.path + ": " + problem.message;
  }
  if (problems.size() > 1) list = "[" + list + "]";
  return Error{ErrorCode::kInvalid, fmt::format("{} \"{}\" is invalid: {}", kind, name, list),
               std::move(problems)};
}

}  // namespace firesteel::kube
