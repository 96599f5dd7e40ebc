#include <fmt/format.h>

#include <sstream>

#include "base/json/parse.h"
#include "base/json/patch.h"
#include "kube/object.h"
#include "operator/decide/attempt.h"
#include "operator/decide/decide_fixture.h"
#include "spark/defaults.h"
#include "spark/names.h"

namespace firesteel::operators::decide {
namespace {

constexpr std::string_view kPi = R"({
  "apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication",
  "metadata": {"name": "pi", "namespace": "data", "uid": "app-1", "generation": 1,
    "resourceVersion": "7", "creationTimestamp": "2026-11-22T11:00:00Z"},
  "spec": {"type": "Scala", "mode": "cluster", "image": "apache/spark:3.5.1",
    "sparkVersion": "3.5.1", "mainClass": "org.apache.spark.examples.SparkPi",
    "mainApplicationFile": "local:///opt/spark/examples/jars/spark-examples.jar",
    "driver": {"cores": 1, "memory": "512m"}, "executor": {"cores": 1, "instances": 1}}})";

std::string present_id() {
  const json::Value pi = json::parse(kPi).value();
  return make_submission_id("0123456789abcdef0123456789abcdef",
                            spec_hash(spark::apply_defaults(pi)));
}

std::string expand(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.starts_with("$ID")) {
      out += present_id();
      text.remove_prefix(3);
    } else if (text.starts_with("$T-")) {
      text.remove_prefix(3);
      std::size_t digits = 0;
      while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
      const int ago = std::stoi(std::string(text.substr(0, digits)));
      out += format_time(test_now() - std::chrono::seconds(ago));
      text.remove_prefix(digits);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

json::Value owner(std::string_view which) {
  const bool gone = which == "gone";
  return json::Object{
      {"apiVersion", spark::kApiVersion},
      {"kind", which == "other" ? std::string_view("ReplicaSet") : spark::kSparkApplicationKind},
      {"name", "pi"},
      {"uid", gone ? "app-0" : "app-1"},
      {"controller", true}};
}

struct PodWords {
  std::string role, phase, exit, reason, name, id = "$ID", owner = "this", waiting, pod_reason;
  bool deleting = false;
};

PodWords read(const std::string& line) {
  PodWords words;
  std::istringstream in(line);
  in >> words.role >> words.phase;
  for (std::string word; in >> word;) {
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (key == "exit") words.exit = value;
    if (key == "reason") words.reason = value;
    if (key == "name") words.name = value;
    if (key == "id") words.id = value;
    if (key == "owner") words.owner = value;
    if (key == "waiting") words.waiting = value;
    if (key == "pod_reason") words.pod_reason = value;
    if (key == "deleting") words.deleting = true;
  }
  if (words.name.empty()) words.name = words.role == "driver" ? "pi-driver" : "pi-exec-1";
  return words;
}

json::Value container_status(const PodWords& words) {
  json::Object state;
  if (!words.exit.empty()) {
    state["terminated"] = json::Object{{"exitCode", std::stoi(words.exit)},
                                       {"reason", words.reason},
                                       {"finishedAt", expand("$T-5")}};
  } else if (!words.waiting.empty()) {
    state["waiting"] = json::Object{{"reason", words.waiting}, {"message", "no such image"}};
  } else {
    state["running"] = json::Object{};
  }
  return json::Object{{"name", spark::kDriverContainer}, {"state", std::move(state)}};
}

json::Document pod_of(const PodWords& words) {
  json::Value pod = json::Object{{"apiVersion", "v1"}, {"kind", "Pod"}};
  json::Object& metadata = json::make_object(pod, {"metadata"});
  metadata["name"] = words.name;
  metadata["namespace"] = "data";
  metadata["uid"] = "uid-" + words.name;
  metadata["labels"] = json::Object{{spark::kLabelAppName, "pi"},
                                    {spark::kLabelSparkRole, words.role},
                                    {spark::kLabelSubmissionId, expand(words.id)}};
  metadata["ownerReferences"] = json::Array{owner(words.owner)};
  if (words.deleting) {
    metadata["deletionTimestamp"] = format_time(test_now() + std::chrono::seconds(10));
    metadata["deletionGracePeriodSeconds"] = 30;
  }
  json::Object& status = json::make_object(pod, {"status"});
  status["phase"] = words.phase;
  if (!words.pod_reason.empty()) status["reason"] = words.pod_reason;
  if (!words.exit.empty() || !words.waiting.empty() || words.phase == "Running") {
    status["containerStatuses"] = json::Array{container_status(words)};
  }
  return std::make_shared<const json::Value>(std::move(pod));
}

struct Describing {
  std::string operator()(const WriteStatus& action) const {
    const std::string_view error =
        json::string_at(action.status, {"applicationState", "errorMessage"});
    const std::string_view state = json::string_at(action.status, {"applicationState", "state"});
    return error.empty() ? fmt::format("write {}", state)
                         : fmt::format("write {} ({})", state, error);
  }
  std::string operator()(const CreatePod& action) const {
    return fmt::format("create {}", kube::name_of(action.pod));
  }
  std::string operator()(const CreateDependents&) const { return "create dependents"; }
  std::string operator()(const CreateUi& action) const {
    std::string text = "expose";
    for (const json::Value& object : action.objects) {
      text += fmt::format(" {}", kube::name_of(object));
    }
    return text;
  }
  std::string operator()(const DeleteUi& action) const {
    std::string text = "hide";
    for (const ObjectReference& object : action.objects) text += " " + object.name;
    return text;
  }
  std::string operator()(const DeletePod& action) const { return "delete " + action.name; }
  std::string operator()(const DeleteApplication&) const { return "delete the application"; }
};

}  // namespace

TimePoint test_now() {
  return *parse_time("2026-11-22T12:00:00Z");
}

json::Value test_application(std::string_view merge_patch) {
  json::Value patch = json::parse(merge_patch.empty() ? "{}" : expand(merge_patch)).value();
  return json::apply_merge_patch(json::parse(kPi).value(), patch);
}

std::vector<json::Document> test_pods(std::string_view words) {
  std::vector<json::Document> pods;
  std::istringstream lines{std::string(words)};
  for (std::string line; std::getline(lines, line, ',');) pods.push_back(pod_of(read(line)));
  return pods;
}

Observed test_observed(std::string_view application_patch, std::string_view pods, bool live) {
  Observed seen;
  seen.application = std::make_shared<const json::Value>(test_application(application_patch));
  seen.pods = test_pods(pods);
  seen.application_live = live;
  seen.drivers_live = live;
  seen.now = test_now();
  seen.fresh_id = "fedcba9876543210fedcba9876543210";
  seen.settings.kubernetes_master = "https://10.96.0.1:443";
  return seen;
}

std::string describe(const Decision& decision) {
  std::string text;
  if (decision.needs_live_look) return "look live";
  for (const Action& action : decision.actions) text += std::visit(Describing{}, action) + "; ";
  for (const EventNote& event : decision.events) text += "event " + event.reason + "; ";
  switch (decision.requeue.when()) {
    case Requeue::When::kAfter:
      return text + fmt::format("after {} s", decision.requeue.delay().count());
    case Requeue::When::kOnChange:
      return text + "on change";
    case Requeue::When::kBackoff:
      return text + "with backoff";
  }
  return text;
}

json::Value written_status(const Decision& decision) {
  for (const Action& action : decision.actions) {
    if (const auto* write = std::get_if<WriteStatus>(&action)) return write->status;
  }
  return nullptr;
}

}  // namespace firesteel::operators::decide
