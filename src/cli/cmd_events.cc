// `firesteel events NAME`: the events of the application and of its pods.
#include <fmt/core.h>

#include <set>
#include <thread>

#include "base/json/print.h"
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

constexpr std::chrono::milliseconds kRestInterval{500};
constexpr std::chrono::milliseconds kLastEvents{1500};
constexpr std::chrono::milliseconds kWatchAgain{500};

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

// Requests a stop a little after the application is at rest or gone: its last events are written
// after its state.
class EndOfApplication {
 public:
  EndOfApplication(const Access& cluster, std::string name, const StopToken& interrupted)
      : cluster_(cluster), name_(std::move(name)), thread_([this, interrupted] {
          wait_for_rest(interrupted);
          stop_.request_stop();
        }) {}
  ~EndOfApplication() { cancelled_.request_stop(); }
  EndOfApplication(const EndOfApplication&) = delete;
  EndOfApplication& operator=(const EndOfApplication&) = delete;
  [[nodiscard]] StopToken token() const { return stop_.token(); }

 private:
  void wait_for_rest(const StopToken& interrupted) {
    for (;;) {
      const auto application = cluster_.api->get(kSparkApplications, cluster_.space, name_);
      const bool gone = !application && application.error().code == ErrorCode::kNotFound;
      if (gone || (application && is_at_rest(state_of(**application)))) break;
      if (!wait_for(kRestInterval, interrupted) || cancelled_.stop_requested()) return;
    }
    wait_for(kLastEvents, interrupted);
  }

  const Access& cluster_;
  const std::string name_;
  StopSource stop_;
  StopSource cancelled_;
  std::jthread thread_;  // last: starts when all else is there
};

class EventPrinter {
 public:
  EventPrinter(const EventsOptions& options, std::string driver)
      : options_(options), driver_(std::move(driver)) {}
  // Once each: a new watch tells the old ones again.
  void print(const json::Document& event) {
    if (!concerns(*event, options_.name, driver_)) return;
    const std::string id =
        fmt::format("{}/{}", kube::uid_of(*event), kube::resource_version_of(*event));
    if (!seen_.insert(id).second) return;
    const json::Document one[] = {event};
    switch (options_.output) {
      case Output::kTable:
      case Output::kWide:
      case Output::kName:
        print_out(events_table(one, SystemClock().now(), first_));
        break;
      case Output::kJson:  // a line each, for programs that read as they come
        print_out(json::print(*event) + "\n");
        break;
      case Output::kYaml:
        print_out((first_ ? "" : "---\n") + print_document(*event, options_.output));
        break;
    }
    first_ = false;
  }

 private:
  const EventsOptions& options_;
  const std::string driver_;
  bool first_ = true;
  std::set<std::string> seen_;  // uid and resourceVersion
};

Result<int> follow_events(const Access& cluster, const EventsOptions& options,
                          const std::string& driver, const StopToken& stop) {
  EventPrinter printer(options, driver);
  const EndOfApplication end(cluster, options.name, stop);
  const StopToken ended = end.token();
  while (!ended.stop_requested()) {
    const auto stream = TRY(cluster.api->watch(kEvents, cluster.space, {}));
    for (;;) {
      const Result<std::optional<kube::WatchEvent>> event = stream->next(ended);
      if (!event && !ended.stop_requested()) return std::unexpected(event.error());
      if (!event || !*event) break;
      const kube::EventType type = (*event)->type;
      if (type != kube::EventType::kAdded && type != kube::EventType::kModified) continue;
      printer.print((*event)->object);
    }
    wait_for(kWatchAgain, ended);
  }
  return stop.stop_requested() ? kExitInterrupted : kExitOk;
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
