#include "kube/status.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::kube {
namespace {

TEST(Status, every_code_has_its_http_code_and_reason) {
  struct Case {
    ErrorCode code;
    int http;
    std::string_view reason;
  };
  const Case cases[] = {
      {ErrorCode::kBadRequest, 400, "BadRequest"},
      {ErrorCode::kInvalid, 422, "Invalid"},
      {ErrorCode::kUnauthorized, 401, "Unauthorized"},
      {ErrorCode::kForbidden, 403, "Forbidden"},
      {ErrorCode::kNotFound, 404, "NotFound"},
      {ErrorCode::kAlreadyExists, 409, "AlreadyExists"},
      {ErrorCode::kConflict, 409, "Conflict"},
      {ErrorCode::kGone, 410, "Expired"},
      {ErrorCode::kTooLarge, 413, "RequestEntityTooLarge"},
      {ErrorCode::kUnsupportedMedia, 415, "UnsupportedMediaType"},
      {ErrorCode::kNotAcceptable, 406, "NotAcceptable"},
      {ErrorCode::kMethodNotAllowed, 405, "MethodNotAllowed"},
      {ErrorCode::kTooManyRequests, 429, "TooManyRequests"},
      {ErrorCode::kTimeout, 504, "Timeout"},
      {ErrorCode::kUnavailable, 503, "ServiceUnavailable"},
      {ErrorCode::kInternal, 500, "InternalError"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(status_code(each.code).http, each.http);
    EXPECT_EQ(status_code(each.code).reason, each.reason);
    const Error back = from_status(each.http, to_status({each.code, "why", {}}));
    EXPECT_EQ(back.code, each.code) << each.reason;
    EXPECT_EQ(back.message, "why");
  }
  EXPECT_EQ(status_code(ErrorCode::kIo).http, 500);
}

TEST(Status, details_name_the_object_and_its_problems) {
  const Error error = invalid_error(resources::kSparkApplications, "pi",
                                    {{"spec.type", "Required value", "FieldValueRequired"},
                                     {"spec.mode", "Invalid value: \"x\""}});
  EXPECT_EQ(error.message,
            "SparkApplication.sparkoperator.k8s.io \"pi\" is invalid: [spec.type: Required value, "
            "spec.mode: Invalid value: \"x\"]");
  const json::Value status = to_status(error, &resources::kSparkApplications, "pi");
  EXPECT_EQ(
      json::print(*json::find(status, "details")),
      R"({"name":"pi","group":"sparkoperator.k8s.io","kind":"SparkApplication","causes":[)"
      R"({"reason":"FieldValueRequired","message":"Required value","field":"spec.type"},)"
      R"({"reason":"FieldValueInvalid","message":"Invalid value: \"x\"","field":"spec.mode"}]})");
  EXPECT_EQ(json::int_at(status, {"code"}), 422);
  EXPECT_EQ(from_status(422, status).problems, error.problems);
  const json::Value missing = to_status({ErrorCode::kNotFound, "", {}}, &resources::kPods, "p");
  EXPECT_EQ(json::string_at(missing, {"details", "kind"}), "pods");
}

TEST(Status, an_answer_that_is_no_status_is_judged_by_its_http_code) {
  EXPECT_EQ(from_status(404, json::Value("no")).code, ErrorCode::kNotFound);
  EXPECT_EQ(from_status(409, json::Value()).code, ErrorCode::kConflict);
  EXPECT_EQ(from_status(502, json::Value()).code, ErrorCode::kUnavailable);
  EXPECT_EQ(from_status(418, json::Value()).code, ErrorCode::kBadRequest);
  EXPECT_EQ(from_status(500, json::Value()).message, "the server answered 500");
  EXPECT_EQ(from_status(410, *json::parse(R"({"reason":"Gone"})")).code, ErrorCode::kGone);
}

}  // namespace
}  // namespace firesteel::kube
