#pragma once
// Why an application failed, in few words that a policy can name: the reason of its condition
// Failed. Pure.
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace firesteel::operators::decide {

enum class FailureClass {
  kUser,            // the program, its arguments, its data or its rights
  kOutOfMemory,     // a limit on memory: the container's or the JVM's
  kInfrastructure,  // a node, the network, a service that does not answer, a deleted pod
  kImagePull,
  kQuota,
  kSubmission,  // the objects were refused
  kTimeout,
};

// "OutOfMemory".
[[nodiscard]] std::string_view text(FailureClass failure);
// Nothing for a text that is none.
[[nodiscard]] std::optional<FailureClass> parse_failure_class(std::string_view text);

// Of a container that ended with this code and reason, or a pod that failed with this reason. The
// driver's log may say it better.
[[nodiscard]] FailureClass classify_exit(std::int64_t code, std::string_view reason);
[[nodiscard]] FailureClass classify_pod_reason(std::string_view reason);
// What it would be if a driver that is pending for this reason were given up.
[[nodiscard]] FailureClass classify_pending(std::string_view reason);
// Of objects that could not be created.
[[nodiscard]] FailureClass classify_refusal(const Error& error);

}  // namespace firesteel::operators::decide
