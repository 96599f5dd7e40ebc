// `firesteel run FILE`: check, submit, follow.
#include <fmt/core.h>
#include <unistd.h>

#include "cli/access.h"
#include "cli/application_view.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/follow.h"
#include "cli/interruption.h"
#include "cli/manifest.h"
#include "cli/progress.h"
#include "kube/object.h"
#include "spark/names.h"

namespace firesteel::cli {

namespace {

using kube::resources::kSparkApplications;

constexpr std::chrono::milliseconds kGoneRetry{100};

struct Submitted {
  std::string space;
  std::string name;
};

bool is_application(const json::Value& document) {
  return json::string_at(document, "kind") == spark::kSparkApplicationKind;
}

// Deletes a former application of that name and waits until it and its pods' owner are gone.
Result<void> make_room(client::HttpApi& api, const Submitted& at, Progress& progress,
                       const StopToken& stop) {
  kube::DeleteOptions options;
  options.propagation = kube::Propagation::kForeground;
  const auto removed = api.remove(kSparkApplications, at.space, at.name, options);
  if (!removed && removed.error().code == ErrorCode::kNotFound) return {};
  if (!removed) return removed;
  progress.step("DELETING", Tone::kBusy, fmt::format("the former {}", at.name));
  for (;;) {
    const auto left = api.get(kSparkApplications, at.space, at.name);
    if (!left && left.error().code == ErrorCode::kNotFound) return {};
    if (!left) return std::unexpected(left.error());
    if (!wait_for(kGoneRetry, stop)) return fail(ErrorCode::kUnavailable, "interrupted");
  }
}

Result<void> submit_application(client::HttpApi& api, const json::Value& document,
                                const Submitted& at) {
  const auto created = api.create(kSparkApplications, at.space, document, {});
  if (created) return {};
  if (created.error().code != ErrorCode::kAlreadyExists) return std::unexpected(created.error());
  const auto present = api.get(kSparkApplications, at.space, at.name);
  return fail(
      ErrorCode::kAlreadyExists,
      fmt::format("{} is there already in namespace {}{}; --replace deletes it first, "
                  "`firesteel logs -f {} -n {}` follows it",
                  at.name, at.space, present ? fmt::format(" ({})", state_of(**present)) : "",
                  at.name, at.space));
}

// Applications are created, everything else is applied: a namespace or a ConfigMap may well be
// there.
Result<std::vector<Submitted>> submit(const Access& cluster, const Manifest& manifest,
                                      const RunOptions& options, Progress& progress,
                                      const StopToken& stop) {
  std::vector<Submitted> submitted;
  for (const json::YamlDocument& document : manifest.documents) {
    const std::string name(kube::name_of(document.value));
    std::string space(kube::namespace_of(document.value));
    if (space.empty()) space = cluster.space;
    if (is_application(document.value)) {
      const Submitted at{space, name};
      if (options.replace) TRY(make_room(*cluster.api, at, progress, stop));
      TRY(submit_application(*cluster.api, document.value, at));
      progress.step("CREATED", Tone::kGood, fmt::format("{} in namespace {}", name, space));
      submitted.push_back(at);
      continue;
    }
    const kube::Resource resource = TRY(cluster.api->find_resource(
        json::string_at(document.value, "apiVersion"), json::string_at(document.value, "kind")));
    kube::WriteOptions write;
    write.field_manager = "firesteel";
    write.force = true;
    const bool namespaced = resource.scope == kube::Scope::kNamespaced;
    TRY(context(cluster.api->patch(resource, namespaced ? space : "", name, kube::PatchType::kApply,
                                   document.value, write),
                fmt::format("apply {} {}", resource.kind, name)));
    progress.step("APPLIED", Tone::kGood, fmt::format("{} {}", resource.kind, name));
  }
  return submitted;
}

// The end of one application in a line, and its exit code.
int tell_result(const json::Value& application, const Clock& clock) {
  const std::string_view state = state_of(application);
  const bool coloured = is_coloured(STDERR_FILENO);
  print_error(paint(result_text(application, clock.now()), tone_of(state), coloured) + "\n");
  if (has_succeeded(state)) return kExitOk;
  print_error(
      fmt::format("  firesteel events {0} -n {1}    what happened\n"
                  "  firesteel logs {0} -n {1}      the driver's log again\n",
                  kube::name_of(application), kube::namespace_of(application)));
  return kExitFailed;
}

int tell_unfinished(const Error& error, const Submitted& at, const Interruption& interruption) {
  const std::string again = fmt::format(
      "{0} goes on; `firesteel logs -f {0} -n {1}` follows it, `firesteel kill {0} -n "
      "{1}` stops it.\n",
      at.name, at.space);
  switch (interruption.cause()) {
    case Interruption::Cause::kSignal:
      print_error(again);
      return kExitInterrupted;
    case Interruption::Cause::kTimeout:
      print_error("The time limit is over. " + again);
      return kExitFailed;
    case Interruption::Cause::kNone:
      break;
  }
  return report(error);
}

int follow_all(const Access& cluster, const std::vector<Submitted>& submitted, Progress& progress,
               const Interruption& interruption, const Clock& clock) {
  int code = kExitOk;
  for (const Submitted& at : submitted) {
    const auto last =
        follow_application(*cluster.api, at.space, at.name, progress, interruption.token());
    progress.clear();
    if (!last && last.error().code != ErrorCode::kNotFound) {
      return tell_unfinished(last.error(), at, interruption);
    }
    const int one = last ? tell_result(**last, clock) : report(last.error());
    code = std::max(code, one);
  }
  return code;
}

}  // namespace

int command_run(const RunOptions& options) {
  Input input;
  const Result<Manifest> manifest = load_documents(options, input);
  if (!manifest) {
    report(manifest.error());
    return kExitUsage;
  }
  print_error(print_findings(input.name, manifest->findings, is_coloured(STDERR_FILENO)));
  if (!manifest->ok()) {
    print_error("Nothing was submitted.\n");
    return kExitUsage;
  }
  if (!has_context(options.target)) {
    // First use: the cluster of this machine, which stays up afterwards. `up` says so.
    UpOptions up;
    up.kubeconfig = options.target.kubeconfig;
    const int code = command_up(up);
    if (code != kExitOk) return code;
  }
  const SystemClock clock;
  const Interruption interruption(options.timeout);
  const Result<Access> cluster = access(options.target, interruption.token());
  if (!cluster) return report(cluster.error());
  Progress progress(clock);
  const auto submitted = submit(*cluster, *manifest, options, progress, interruption.token());
  if (!submitted) {
    const int code = report(submitted.error());
    return interruption.cause() == Interruption::Cause::kSignal ? kExitInterrupted : code;
  }
  if (options.detach) {
    for (const Submitted& at : *submitted) print_out(at.name + "\n");
    return kExitOk;
  }
  return follow_all(*cluster, *submitted, progress, interruption, clock);
}

}  // namespace firesteel::cli
