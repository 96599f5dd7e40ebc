#pragma once
// The cluster that a command talks to.
#include <memory>
#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "cli/commands.h"
#include "client/http_api.h"

namespace firesteel::cli {

struct Access {
  std::unique_ptr<client::HttpApi> api;
  std::string space;    // of --namespace, else the context's
  std::string context;  // its name, for messages
};

// Errors: kUnavailable when there is no usable context, so that the exit code says so. Nothing is
// sent.
[[nodiscard]] Result<Access> access(const Target& target, StopToken stop = {});

// Whether there is any context to talk to: a named one, a current one, or the pod's own account.
[[nodiscard]] bool has_context(const Target& target);

}  // namespace firesteel::cli
