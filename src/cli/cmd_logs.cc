// `firesteel logs NAME`: the log of the driver, or of an executor.
#include <fmt/core.h>

#include "cli/access.h"
#include "cli/application_view.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interruption.h"
#include "kube/object.h"
#include "spark/names.h"

namespace firesteel::cli {

namespace {

using kube::resources::kPods;
using kube::resources::kSparkApplications;

constexpr std::chrono::milliseconds kRetry{300};

Result<std::string> executor_pod(const Access& cluster, const std::string& name, int executor) {
  kube::ListOptions selection;
  selection.label_selector = fmt::format("{}={},{}={}", spark::kLabelAppName, name,
                                         spark::kLabelSparkExecutorId, executor);
  const kube::List pods = TRY(cluster.api->list(kPods, cluster.space, selection));
  if (pods.items.empty()) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} has no pod of executor {}; `firesteel status {}` lists those there "
                            "are (finished executors are deleted unless "
                            "spec.executor.deleteOnTermination is false)",
                            name, executor, name));
  }
  // Of several attempts the last.
  return std::string(kube::name_of(*pods.items.back()));
}

// The driver's pod; with --follow it is waited for.
Result<std::string> driver_pod(const Access& cluster, const LogsOptions& options,
                               const StopToken& stop) {
  for (bool told = false;; told = true) {
    const json::Document application =
        TRY(cluster.api->get(kSparkApplications, cluster.space, options.name));
    const std::string pod(driver_pod_of(*application));
    if (!pod.empty()) return pod;
    const std::string_view state = state_of(*application);
    if (!options.follow || is_at_rest(state)) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("{} has no driver pod (state {}){}{}", options.name, state,
                              error_of(*application).empty() ? "" : ": ", error_of(*application)));
    }
    if (!told) {
      print_error(fmt::format("Waiting for the driver of {} (state {}).\n", options.name, state));
    }
    if (!wait_for(kRetry, stop)) return fail(ErrorCode::kUnavailable, "interrupted");
  }
}

bool is_not_started(const Error& error) {
  return error.code == ErrorCode::kBadRequest || error.code == ErrorCode::kNotFound;
}

Result<void> print_log(const Access& cluster, const LogsOptions& options, const StopToken& stop) {
  const bool driver = options.executor == 0;
  const std::string pod = driver ? TRY(driver_pod(cluster, options, stop))
                                 : TRY(executor_pod(cluster, options.name, options.executor));
  client::LogOptions log;
  log.container = driver ? spark::kDriverContainer : spark::kExecutorContainer;
  log.follow = options.follow;
  if (options.tail >= 0) log.tail_lines = options.tail;
  for (bool told = false;; told = true) {
    const auto stream = cluster.api->open_log(cluster.space, pod, log);
    if (!stream) {
      // "container is waiting to start": with --follow that passes, unless the pod has gone for
      // good.
      if (!options.follow || !is_not_started(stream.error())) {
        return std::unexpected(stream.error());
      }
      const auto present = cluster.api->get(kPods, cluster.space, pod);
      if (!present) return std::unexpected(stream.error());
      if (!told) {
        const std::string why = waiting_text(**present);
        print_error(
            fmt::format("Waiting for {} to start{}{}.\n", pod, why.empty() ? "" : ": ", why));
      }
      if (!wait_for(kRetry, stop)) return fail(ErrorCode::kUnavailable, "interrupted");
      continue;
    }
    for (;;) {
      const std::string piece = TRY((*stream)->read(stop));
      if (piece.empty()) return {};
      print_out(piece);
    }
  }
}

}  // namespace

int command_logs(const LogsOptions& options) {
  const Interruption interruption;
  const Result<Access> cluster = access(options.target, interruption.token());
  if (!cluster) return report(cluster.error());
  const Result<void> printed = print_log(*cluster, options, interruption.token());
  if (printed) return kExitOk;
  if (interruption.cause() == Interruption::Cause::kSignal) return kExitInterrupted;
  return report(printed.error());
}

}  // namespace firesteel::cli
