// `firesteel status`: the embedded cluster at a glance.
#include <fmt/core.h>

#include <filesystem>

#include "base/fd.h"
#include "base/json/print.h"
#include "base/json/yaml.h"
#include "cli/cluster_directory.h"
#include "cli/commands.h"
#include "cli/embedded_cluster.h"
#include "cli/platform.h"
#include "client/http_api.h"
#include "kube/object.h"

namespace firesteel::cli {
namespace {

namespace resources = kube::resources;

// Resident memory of a process in KiB, 0 when it cannot be read.
std::int64_t resident_kib(int pid) {
  const auto text = read_file(fmt::format("/proc/{}/status", pid));
  const std::size_t at = text ? text->find("VmRSS:") : std::string::npos;
  return at == std::string::npos ? 0 : std::atoll(text->c_str() + at + 6);
}

std::string_view node_condition(const json::Value& node) {
  for (const json::Value& condition : json::array_at(node, {"status", "conditions"})) {
    if (json::string_at(condition, "type") == "Ready") {
      return json::string_at(condition, "status") == "True" ? "Ready" : "NotReady";
    }
  }
  return "Unknown";
}

Result<void> ask_cluster(const std::string& directory, int port, json::Object& report) {
  const ClusterKeys keys =
      TRY(load_or_make_keys(directory, std::string(kNodeName), SystemClock().now()));
  const auto api = TRY(client::connect(administrator_connection(keys, port), "firesteel-status"));
  const auto node = TRY(api->get(resources::kNodes, "", kNodeName));
  report["node"] = node_condition(*node);
  const auto deployment = TRY(api->get(resources::kDeployments, kPlatformNamespace, kOperatorName));
  report["operator"] =
      json::int_at(*deployment, {"status", "availableReplicas"}) > 0 ? "Available" : "Unavailable";
  const auto pods = TRY(api->list(resources::kPods, "", {}));
  std::int64_t running = 0;
  for (const auto& pod : pods.items) {
    running += json::string_at(*pod, {"status", "phase"}) == "Running" ? 1 : 0;
  }
  report["pods"] = running;
  const auto applications = TRY(api->list(resources::kSparkApplications, "", {}));
  report["applications"] = applications.items.size();
  return {};
}

Result<json::Object> inspect(const StatusOptions& options) {
  const std::string directory = TRY(cluster_directory(options.directory));
  json::Object report{{"state", "down"}, {"directory", directory}};
  if (!is_cluster_running(directory)) return report;
  const auto state = TRY(read_daemon_state(directory));
  if (!state) {
    report["state"] = "starting";
    return report;
  }
  report["state"] = "up";
  report["version"] = state->version;
  report["server"] = fmt::format("https://127.0.0.1:{}", state->port);
  report["context"] = kContextName;
  report["pid"] = state->pid;
  report["started"] = format_time(state->started);
  report["memoryKiB"] = resident_kib(state->pid);
  const auto asked = ask_cluster(directory, state->port, report);
  if (!asked) {
    report["state"] = "not answering";
    report["message"] = asked.error().message;
  }
  return report;
}

void print_report(const json::Object& report, Output output) {
  if (output == Output::kJson) {
    fmt::print("{}\n", json::print_pretty(report));
  } else if (output == Output::kYaml) {
    fmt::print("{}", json::print_yaml(report));
  } else {
    for (const auto& [key, value] : report) {
      const std::string text =
          value.is_string() ? std::string(json::view(value.get_string())) : json::print(value);
      fmt::print("{:<14}{}\n", std::string_view(key.data(), key.size()), text);
    }
  }
}

}  // namespace

int command_status(const StatusOptions& options) {
  const auto report = inspect(options);
  if (!report) {
    fmt::print(stderr, "firesteel status: {}\n", report.error().message);
    return kExitFailed;
  }
  print_report(*report, options.output);
  const std::string_view state = json::view(report->at("state").as_string());
  if (state == "not answering") return kExitUnreachable;
  return state == "up" ? kExitOk : kExitFailed;
}

}  // namespace firesteel::cli
