// `firesteel events NAME`: the events of the application and of its pods.
#include <fmt/core.h>

#include "cli/access.h"
#include "cli/application_view.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interruption.h"
#include "cli/output.h"
#include "kube/object.h"
#include "spark/app.h"
#include "spark/names.h"

namespace firesteel::cli {

namespace {

using kube::resources::kEvents;
using kube::resources::kSparkApplications;

// Those of the application itself, of its driver, and of its executors, whose names Spark makes
// from the application's.
bool concerns(const json::Value& event, const std::string& name, const std::string& driver) {
  const std::string_view kind = json::string_at(event, {"involvedObject", "kind"});
  const std::string_view object = json::string_at(event, {"involvedObject", "name"});
  if (kind == spark::kSparkApplicationKind) return object == name;
  return kind == "Pod" && (object == driver || (object.starts_with(name + "-") &&
                                                object.find("-exec-") != std::string_view::npos));
}

Result<std::string> driver_of(const Access& cluster, const std::string& name) {
  const auto application = cluster.api->get(kSparkApplications, cluster.space, name);
  // Events outlive their application.
  if (!application && application.error().code == ErrorCode::kNotFound) {
    return spark::default_driver_pod_name(name);
  }
  if (!application) return std::unexpected(application.error());
  return spark::driver_pod_name(spark::decode(**application).value);
}

Result<int> print_now(const Access& cluster, const EventsOptions& options,
                      const std::string& driver) {
  const kube::List all = TRY(cluster.api->list(kEvents, cluster.space, {}));
  std::vector<json::Document> events;
  std::vector<json::Value> documents;
  for (const json::Document& event : all.items) {
    if (!concerns(*event, options.name, driver)) continue;
    events.push_back(event);
    documents.push_back(*event);
  }
  if (options.output != Output::kTable) {
    print_out(print_documents(documents, options.output, true));
  } else if (events.empty()) {
    print_error(fmt::format("No events of {} in namespace {}.\n", options.name, cluster.space));
  } else {
    print_out(events_table(events, SystemClock().now()));
  }
  return kExitOk;
}

Result<int> follow_events(const Access& cluster, const EventsOptions& options,
                          const std::string& driver, const StopToken& stop) {
  bool first = true;
  std::set<std::string> seen;  // uid and resourceVersion: a new watch tells the old ones again
  while (!stop.stop_requested()) {
    const auto stream = TRY(cluster.api->watch(kEvents, cluster.space, {}));
    for (;;) {
      const std::optional<kube::WatchEvent> event = TRY(stream->next(stop));
      if (!event) break;
      if (event->type != kube::EventType::kAdded && event->type != kube::EventType::kModified) {
        continue;
      }
      const json::Value& object = *event->object;
      if (!concerns(object, options.name, driver)) continue;
      const std::string id =
          fmt::format("{}/{}", kube::uid_of(object), kube::resource_version_of(object));
      if (!seen.insert(id).second) continue;
      const json::Document one[] = {event->object};
      print_out(options.output == Output::kTable ? events_table(one, SystemClock().now(), first)
                                                 : print_document(object, options.output));
      first = false;
    }
    if (!wait_for(std::chrono::milliseconds(500), stop)) break;
  }
  return kExitInterrupted;
}

}  // namespace

int command_events(const EventsOptions& options) {
  const Interruption interruption;
  const Result<Access> cluster = access(options.target, interruption.token());
  if (!cluster) return report(cluster.error());
  const Result<std::string> driver = driver_of(*cluster, options.name);
  if (!driver) return report(driver.error());
  const Result<int> code = options.follow
                               ? follow_events(*cluster, options, *driver, interruption.token())
                               : print_now(*cluster, options, *driver);
  if (code) return *code;
  if (interruption.cause() == Interruption::Cause::kSignal) return kExitInterrupted;
  return report(code.error());
}

}  // namespace firesteel::cli
