#pragma once
// Errors as values. Every fallible function returns Result<T>; TRY() passes an error up, context()
// adds what was being attempted. Pure; no allocation on the success path.
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firesteel {

// What went wrong, in the terms of the Kubernetes API (kube/status.h maps each to one Status reason
// and HTTP code).
enum class ErrorCode {
  kBadRequest,    // malformed: cannot be understood
  kInvalid,       // understood, but fails validation; see problems
  kUnauthorized,  // no or wrong credentials
  kForbidden,     // known caller, not allowed
  kNotFound,
  kAlreadyExists,
  kConflict,  // the precondition (resourceVersion, uid, field ownership) does not hold
  kGone,      // that resourceVersion is no longer there: list again
  kTooLarge,
  kUnsupportedMedia,
  kNotAcceptable,
  kMethodNotAllowed,
  kTooManyRequests,
  kTimeout,
  kUnavailable,  // connection refused or cut, server stopping
  kIo,           // the operating system refused: files, processes, sockets
  kInternal,     // our own fault
};

// One finding of a validation.
struct Problem {
  std::string path;     // JSON path as users write it: spec.driver.cores, spec.volumes[2].name
  std::string message;  // what was found and what is expected
  // FieldValueInvalid | FieldValueRequired | FieldValueNotSupported | FieldValueDuplicate |
  // FieldValueForbidden | ...
  std::string reason = "FieldValueInvalid";

  bool operator==(const Problem&) const = default;
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;            // with its context: "read /x/y: No such file or directory"
  std::vector<Problem> problems;  // only for kInvalid
};

template <typename T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message), {}});
}

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message,
                                                 std::vector<Problem> problems) {
  return std::unexpected(Error{code, std::move(message), std::move(problems)});
}

// kIo with the text of errno: fail_errno("open /x/y") -> "open /x/y: Permission denied".
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view what);

// Prefixes the message of a failed result: context(read(f), "read configuration").
template <typename T>
[[nodiscard]] Result<T> context(Result<T> result, std::string_view what) {
  if (!result) result.error().message = std::string(what) + ": " + result.error().message;
  return result;
}

}  // namespace firesteel

// The value of a Result, or return its error from the enclosing function (which must return a
// Result).
#define TRY(...)                                              \
  __extension__({                                             \
    auto&& try_result_ = (__VA_ARGS__);                       \
    if (!try_result_) [[unlikely]]                            \
      return std::unexpected(std::move(try_result_).error()); \
    std::move(try_result_).value();                           \
  })
