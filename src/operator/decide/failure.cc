#include "operator/decide/failure.h"

#include <algorithm>
#include <utility>

namespace firesteel::operators::decide {
namespace {

constexpr std::pair<FailureClass, std::string_view> kTexts[] = {
    {FailureClass::kUser, "User"},
    {FailureClass::kOutOfMemory, "OutOfMemory"},
    {FailureClass::kInfrastructure, "Infrastructure"},
    {FailureClass::kImagePull, "ImagePull"},
    {FailureClass::kQuota, "Quota"},
    {FailureClass::kSubmission, "Submission"},
    {FailureClass::kTimeout, "Timeout"}};

// SparkExitCode.OOM. The JVM's own code after an OutOfMemoryError, 3, may be any program's: only
// the log tells.
constexpr std::int64_t kSparkOutOfMemory = 52;
constexpr std::int64_t kKilled = 137;
constexpr std::int64_t kTerminated = 143;

}  // namespace

std::string_view text(FailureClass failure) {
  for (const auto& [each, text] : kTexts) {
    if (each == failure) return text;
  }
  std::unreachable();
}

std::optional<FailureClass> parse_failure_class(std::string_view text) {
  for (const auto& [failure, each] : kTexts) {
    if (each == text) return failure;
  }
  return std::nullopt;
}

FailureClass classify_exit(std::int64_t code, std::string_view reason) {
  if (reason == "OOMKilled" || code == kSparkOutOfMemory) return FailureClass::kOutOfMemory;
  if (code == kKilled || code == kTerminated) return FailureClass::kInfrastructure;
  return FailureClass::kUser;
}

FailureClass classify_pod_reason(std::string_view reason) {
  return reason == "DeadlineExceeded" ? FailureClass::kTimeout : FailureClass::kInfrastructure;
}

FailureClass classify_pending(std::string_view reason) {
  constexpr std::string_view kPulls[] = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName",
                                         "ErrImageNeverPull", "RegistryUnavailable"};
  return std::ranges::find(kPulls, reason) != std::end(kPulls) ? FailureClass::kImagePull
                                                               : FailureClass::kTimeout;
}

FailureClass classify_refusal(const Error& error) {
  switch (error.code) {
    case ErrorCode::kForbidden:
      return error.message.find("exceeded quota") != std::string::npos ? FailureClass::kQuota
                                                                       : FailureClass::kSubmission;
    case ErrorCode::kTooManyRequests:
    case ErrorCode::kTimeout:
    case ErrorCode::kUnavailable:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
    case ErrorCode::kGone:
    case ErrorCode::kUnauthorized:
      return FailureClass::kInfrastructure;
    case ErrorCode::kBadRequest:
    case ErrorCode::kInvalid:
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
    case ErrorCode::kTooLarge:
    case ErrorCode::kUnsupportedMedia:
    case ErrorCode::kNotAcceptable:
    case ErrorCode::kMethodNotAllowed:
      return FailureClass::kSubmission;
  }
  std::unreachable();
}

}  // namespace firesteel::operators::decide
