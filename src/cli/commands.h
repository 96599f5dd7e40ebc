#pragma once
// The commands of the program: what each is asked (its options, as args.cc reads them from the
// command line) and the function that does it. A command writes its result to standard output, what
// it has to say about it to standard error, and returns the exit code. Commands are called once,
// from the main thread.
#include <chrono>
#include <string>
#include <vector>

namespace firesteel::cli {

// Exit codes, the same for all commands. Stable: scripts rely on them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;         // the job failed, or the request was refused
inline constexpr int kExitUsage = 2;          // bad usage or bad input file
inline constexpr int kExitUnreachable = 3;    // the cluster cannot be reached
inline constexpr int kExitInterrupted = 130;  // Ctrl-C: what was submitted keeps running

// Which cluster and namespace: the global options.
struct Target {
  std::string kubeconfig;  // "" = $KUBECONFIG, else ~/.kube/config
  std::string context;     // "" = the current one
  std::string space;       // "" = the context's, else "default"

  bool operator==(const Target&) const = default;
};

enum class Output { kTable, kWide, kName, kJson, kYaml };

// --- the embedded cluster (cmd_up.cc, cmd_down.cc, cmd_status.cc, daemon.cc) ---

struct UpOptions {
  std::string directory;            // "" = under $XDG_DATA_HOME
  int port = 0;                     // 0 = the cluster's former one, else 6443
  bool foreground = false;          // stay attached, log to standard error
  bool no_kubeconfig = false;       // leave the user's kubeconfig alone
  int memory_mib = 0;               // the node's allocatable memory; 0 = the machine's
  std::vector<std::string> addons;  // beside those that the cluster has already
  std::string kubeconfig;           // the file to merge the context into; "" = the user's

  bool operator==(const UpOptions&) const = default;
};
struct DaemonOptions {  // hidden: the process that `up` starts
  UpOptions up;

  bool operator==(const DaemonOptions&) const = default;
};
struct DownOptions {
  std::string directory;
  bool purge = false;  // also remove the data directory and the context
  std::string kubeconfig;

  bool operator==(const DownOptions&) const = default;
};
struct StatusOptions {  // `status` without a name: the cluster
  std::string directory;
  Output output = Output::kTable;

  bool operator==(const StatusOptions&) const = default;
};
struct OperatorOptions {
  std::vector<std::string> namespaces;  // empty = all
  int workers = 4;
  std::string default_service_account = "spark";
  std::string log_format = "text";  // "text" or "json"
  std::string metrics_address = "0.0.0.0";
  int metrics_port = 10254;  // 0 = none
  std::string webhook_address = "0.0.0.0";
  int webhook_port = 0;  // 0 = no admission webhook
  std::string webhook_name = "spark-operator-webhook";
  std::string metrics_prefix;
  std::vector<std::string> metrics_labels;  // labels of applications that metrics have too
  bool ui_service = true;                   // a Service for Spark's UI, while the driver runs
  std::string ingress_url_format;           // "" = no Ingress
  std::string ingress_class_name;
  std::chrono::seconds driver_start_timeout{0};  // 0 = a driver may be pending for ever
  std::chrono::seconds executor_start_timeout{0};
  std::chrono::seconds run_timeout{0};
  // Of concurrent drivers and executors: "3" in all, "NAMESPACE=3" of one. See decide/queue.h.
  std::vector<std::string> max_drivers;
  std::vector<std::string> max_executors;
  bool leader_election = false;
  std::string lease_namespace;  // "" = the pod's own
  std::string lease_name = "spark-operator-lock";
  std::chrono::seconds lease_duration{15};
  std::chrono::seconds lease_renew_deadline{10};
  std::chrono::seconds lease_retry_period{2};

  bool operator==(const OperatorOptions&) const = default;
};

int command_up(const UpOptions& options);
int command_daemon(const DaemonOptions& options);
int command_down(const DownOptions& options);
int command_status(const StatusOptions& options);
int command_operator(const OperatorOptions& options);

// --- applications, on any cluster ---

struct RunOptions {
  Target target;
  std::string file;                    // a manifest, a .py, .jar or .sql, or "-" for standard input
  bool detach = false;                 // return once it is submitted
  bool replace = false;                // delete an application of that name first
  std::chrono::seconds timeout{0};     // how long to follow; 0 = until it ends
  std::string image;                   // for a bare file; "" = kDefaultImage
  std::string main_class;              // for a bare .jar
  std::vector<std::string> arguments;  // after "--", for a bare file

  bool operator==(const RunOptions&) const = default;
};
struct RenderOptions {
  Target target;  // only the namespace is used: no cluster is asked
  std::string file;
  Output output = Output::kYaml;
  bool explain = true;        // comments in YAML: which setting made a field
  std::string spark_version;  // instead of spec.sparkVersion
  std::string other;          // show what differs from this file's objects

  bool operator==(const RenderOptions&) const = default;
};
struct ListOptions {
  Target target;
  bool all_namespaces = false;
  Output output = Output::kTable;

  bool operator==(const ListOptions&) const = default;
};
struct ApplicationStatusOptions {  // `status NAME`
  Target target;
  std::string name;
  Output output = Output::kTable;

  bool operator==(const ApplicationStatusOptions&) const = default;
};
struct LogsOptions {
  Target target;
  std::string name;
  bool follow = false;
  int executor = 0;  // 0 = the driver
  int tail = -1;     // -1 = all

  bool operator==(const LogsOptions&) const = default;
};
struct EventsOptions {
  Target target;
  std::string name;
  bool follow = false;
  Output output = Output::kTable;

  bool operator==(const EventsOptions&) const = default;
};
struct ForwardOptions {
  Target target;
  std::string name;
  int port = 0;  // here; 0 = the driver's own, or any when that is taken

  bool operator==(const ForwardOptions&) const = default;
};
struct DoctorOptions {
  Target target;
  std::string name;  // "" = the platform
  Output output = Output::kTable;

  bool operator==(const DoctorOptions&) const = default;
};
struct KillOptions {
  Target target;
  std::vector<std::string> names;

  bool operator==(const KillOptions&) const = default;
};
struct DeleteOptions {
  Target target;
  std::vector<std::string> names;
  bool wait = true;  // until it is gone

  bool operator==(const DeleteOptions&) const = default;
};
struct CrdOptions {
  Output output = Output::kYaml;

  bool operator==(const CrdOptions&) const = default;
};
struct ImageListOptions {
  std::string images;  // the store; "" = the user's own
  Output output = Output::kTable;

  bool operator==(const ImageListOptions&) const = default;
};
struct ImageBuildOptions {
  std::vector<std::string> extras;
  std::string images;
  std::string reference;  // apache/spark:v3.4.0

  bool operator==(const ImageBuildOptions&) const = default;
};
struct ImageRemoveOptions {
  std::string images;
  std::vector<std::string> references;

  bool operator==(const ImageRemoveOptions&) const = default;
};
struct CompletionOptions {
  std::string shell;  // bash, zsh or fish

  bool operator==(const CompletionOptions&) const = default;
};
struct VersionOptions {
  Output output = Output::kTable;

  bool operator==(const VersionOptions&) const = default;
};

// Submits, follows progress and the driver's log, returns the job's result: kExitOk only when all
// completed.
int command_run(const RunOptions& options);
// The objects that the operator would create, with placeholder ids; asks no cluster.
int command_render(const RenderOptions& options);
int command_list(const ListOptions& options);
int command_application_status(const ApplicationStatusOptions& options);
int command_logs(const LogsOptions& options);
int command_events(const EventsOptions& options);
// Why an application does not do what it should, or whether the platform can run any; kExitFailed
// when something is wrong.
int command_doctor(const DoctorOptions& options);
// A port of this machine to the driver's web UI, until interrupted or the driver ends.
int command_forward(const ForwardOptions& options);
// Suspends: the driver and its executors stop, the object and its history stay.
int command_kill(const KillOptions& options);
int command_delete(const DeleteOptions& options);
int command_crd(const CrdOptions& options);
int command_image_list(const ImageListOptions& options);
int command_image_build(const ImageBuildOptions& options);
int command_image_remove(const ImageRemoveOptions& options);
int command_completion(const CompletionOptions& options);
int command_version(const VersionOptions& options);

}  // namespace firesteel::cli
