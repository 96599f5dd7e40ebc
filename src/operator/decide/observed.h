#pragma once
// What one pass over one SparkApplication saw: everything that decide() may depend on. Pure data;
// the documents are shared and immutable.
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"
#include "operator/decide/queue.h"

namespace firesteel::operators::decide {

struct Settings {
  std::string kubernetes_master;        // "https://10.96.0.1:443"
  std::string default_service_account;  // for drivers that name none; "" = the namespace's default
  bool can_read_logs = false;           // else no decision asks for one
  bool has_queue = false;               // else no decision asks for a place
  // Executors recorded in status.executorState: an etcd object has a limit
  // (kubeflow/spark-operator#2025).
  std::size_t max_tracked_executors = 1000;
  // For how long an attempt whose objects cannot be created, because the API server is in trouble,
  // is tried again before it counts as failed.
  std::chrono::seconds submission_patience{300};
  // For how long a driver may be pending before its attempt counts as failed; 0 = for ever.
  std::chrono::seconds driver_start_timeout{0};
  // Of applications that do not say it themselves (annotations.h); 0 = none.
  std::chrono::seconds executor_start_timeout{0};
  std::chrono::seconds run_timeout{0};
  bool ui_service = false;  // a Service for Spark's UI, while the driver runs
  std::string ingress_url_format =
      "";  // "{{$appName}}.example.org/{{$appNamespace}}"; "" = no Ingress
  std::string ingress_class_name = "";  // "" = the cluster's default
};

struct Observed {
  json::Document application;  // never null
  // The application was answered by the API server in this pass, by a read or by a write; else it
  // is from a cache.
  bool application_live = false;
  // Driver and executor pods with this application's name label, whoever owns them.
  std::vector<json::Document> pods;
  // The drivers among `pods` were listed from the API server in this pass: one that is not there
  // does not exist.
  bool drivers_live = false;
  // Creating the driver pod met this one, which has its name and is of another attempt, application
  // or origin.
  json::Document occupant;
  // Creating the driver pod or its dependents was refused, or its outcome is unknown.
  std::optional<Error> creation_error;
  // The application's place in the line of those that wait to start, when a decision asked for it.
  std::optional<Place> place;
  // Executors of a running application are missing: why a quota lets no more of them be, or "".
  std::optional<std::string> shortage;
  // The end of the driver's log, when a decision asked for it; "" when it could not be read.
  std::optional<std::string> driver_log;
  TimePoint now;
  std::string fresh_id;  // 32 random hex digits, of use for at most one attempt
  Settings settings;
};

}  // namespace firesteel::operators::decide
