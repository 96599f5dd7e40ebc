// `firesteel kill NAME...` and `firesteel delete NAME...`.
#include <fmt/core.h>

#include "cli/access.h"
#include "cli/application_view.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interruption.h"
#include "kube/object.h"

namespace firesteel::cli {

namespace {

using kube::resources::kSparkApplications;

constexpr std::chrono::milliseconds kGoneRetry{100};

Result<void> kill(const Access& cluster, const std::string& name) {
  const json::Document application = TRY(cluster.api->get(kSparkApplications, cluster.space, name));
  const std::string_view state = state_of(*application);
  if (is_at_rest(state)) {
    print_out(fmt::format("{} is not running: {}\n", name, state));
    return {};
  }
  json::Value patch;
  json::make_object(patch, {"spec"})["suspend"] = true;
  TRY(cluster.api->patch(kSparkApplications, cluster.space, name, kube::PatchType::kMerge, patch,
                         {}));
  print_out(fmt::format("{} is being stopped\n", name));
  return {};
}

Result<void> remove(const Access& cluster, const DeleteOptions& options, const std::string& name,
                    const StopToken& stop) {
  const json::Document application = TRY(cluster.api->get(kSparkApplications, cluster.space, name));
  kube::DeleteOptions request;
  request.uid = kube::uid_of(*application);
  // In the foreground its pods are gone before it is.
  request.propagation =
      options.wait ? kube::Propagation::kForeground : kube::Propagation::kBackground;
  TRY(cluster.api->remove(kSparkApplications, cluster.space, name, request));
  while (options.wait) {
    const auto left = cluster.api->get(kSparkApplications, cluster.space, name);
    if (!left && left.error().code == ErrorCode::kNotFound) break;
    if (!left) return std::unexpected(left.error());
    if (kube::uid_of(**left) != request.uid) break;
    if (!wait_for(kGoneRetry, stop)) return fail(ErrorCode::kUnavailable, "interrupted");
  }
  print_out(fmt::format("{} deleted\n", name));
  return {};
}

// All are tried; the worst exit code.
template <typename Act>
int for_each(const Target& target, const std::vector<std::string>& names, const Act& act) {
  const Interruption interruption;
  const Result<Access> cluster = access(target, interruption.token());
  if (!cluster) return report(cluster.error());
  int code = kExitOk;
  for (const std::string& name : names) {
    const Result<void> done = act(*cluster, name, interruption.token());
    if (interruption.cause() == Interruption::Cause::kSignal) return kExitInterrupted;
    if (!done) code = std::max(code, report(done.error()));
  }
  return code;
}

}  // namespace

int command_kill(const KillOptions& options) {
  return for_each(options.target, options.names,
                  [](const Access& cluster, const std::string& name, const StopToken&) {
                    return kill(cluster, name);
                  });
}

int command_delete(const DeleteOptions& options) {
  return for_each(options.target, options.names,
                  [&](const Access& cluster, const std::string& name, const StopToken& stop) {
                    return remove(cluster, options, name, stop);
                  });
}

}  // namespace firesteel::cli
