#include "apiserver/table.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::apiserver {
namespace {

const TimePoint kNow = *parse_time("2026-11-22T12:00:00Z");

json::Document document(std::string_view text) {
  Result<json::Value> parsed = json::parse(text);
  EXPECT_TRUE(parsed) << text;
  return std::make_shared<const json::Value>(parsed ? std::move(*parsed) : json::Value());
}

ServedResource served(std::string_view group, std::string_view plural) {
  for (ServedResource& one : Registry::built_in()) {
    if (one.resource.group == group && one.resource.plural == plural) return one;
  }
  ADD_FAILURE() << plural;
  return {};
}

// The cells of the one row as text: a|b|c.
std::string row(const ServedResource& resource, std::string_view object) {
  const json::Document one = document(object);
  const json::Value table = to_table(resource, {&one, 1}, kNow, IncludeObject::kNone, {});
  const json::Array& definitions = json::array_at(table, {"columnDefinitions"});
  const json::Array& cells = json::array_at(json::array_at(table, {"rows"}).front(), {"cells"});
  EXPECT_EQ(definitions.size(), cells.size());
  std::string out;
  for (const json::Value& cell : cells) {
    if (!out.empty()) out += '|';
    out += cell.is_string() ? std::string(json::view(cell.get_string())) : json::print(cell);
  }
  return out;
}

std::string headings(const ServedResource& resource, bool wide) {
  const json::Value table = to_table(resource, {}, kNow, IncludeObject::kNone, {});
  std::string out;
  for (const json::Value& column : json::array_at(table, {"columnDefinitions"})) {
    if (!wide && json::int_at(column, {"priority"}) > 0) continue;
    out += (out.empty() ? "" : "|") + std::string(json::string_at(column, "name"));
  }
  return out;
}

struct PodCase {
  const char* what;
  const char* spec;    // besides containers [{"name":"c"}]; "" for none
  const char* status;  // the whole status
  const char* cells;   // READY|STATUS|RESTARTS
};

std::string pod_cells(const PodCase& at, std::string_view metadata = "") {
  const std::string text = fmt::format(
      R"({{"metadata": {{"name": "p", "creationTimestamp": "2026-11-22T11:58:30Z"{}}},
          "spec": {{"containers": [{{"name": "c"}}]{}}}, "status": {}}})",
      metadata, at.spec, at.status);
  const std::string cells = row(served("", "pods"), text);
  const std::size_t first = cells.find('|');
  std::size_t end = first;
  for (int i = 0; i < 3; ++i) end = cells.find('|', end + 1);
  return cells.substr(first + 1, end - first - 1);
}

TEST(PodTable, StatusIsThatOfKubectl) {
  const PodCase cases[] = {
      {"nothing known", "", R"({"phase": "Pending"})", "0/1|Pending|0"},
      {"creating", "",
       R"({"phase": "Pending", "containerStatuses": [{"name": "c", "restartCount": 0,
          "state": {"waiting": {"reason": "ContainerCreating"}}}]})",
       "0/1|ContainerCreating|0"},
      {"running and ready", "",
       R"({"phase": "Running", "containerStatuses": [{"ready": true, "restartCount": 0,
          "state": {"running": {}}}]})",
       "1/1|Running|0"},
      {"running, not ready", "",
       R"({"phase": "Running", "containerStatuses": [{"ready": false, "state": {"running": {}}}]})",
       "0/1|Running|0"},
      {"completed", "",
       R"({"phase": "Succeeded", "containerStatuses": [{"ready": false, "restartCount": 0,
          "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]})",
       "0/1|Completed|0"},
      {"failed", "",
       R"({"phase": "Failed", "containerStatuses": [{"restartCount": 0,
          "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]})",
       "0/1|Error|0"},
      {"out of memory", "",
       R"({"phase": "Failed", "containerStatuses": [{"restartCount": 0,
          "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]})",
       "0/1|OOMKilled|0"},
      {"exit code without a reason", "",
       R"({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": 3}}}]})",
       "0/1|ExitCode:3|0"},
      {"signal without a reason", "",
       R"({"phase": "Failed", "containerStatuses": [{"state": {"terminated":
          {"exitCode": 137, "signal": 9}}}]})",
       "0/1|Signal:9|0"},
      {"crash loop", "",
       R"({"phase": "Running", "containerStatuses": [{"ready": false, "restartCount": 4,
          "state": {"waiting": {"reason": "CrashLoopBackOff"}},
          "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-22T11:59:00Z"}}}]})",
       "0/1|CrashLoopBackOff|4 (60s ago)"},
      {"restarted, time unknown", "",
       R"({"phase": "Running", "containerStatuses": [{"ready": true, "restartCount": 2,
          "state": {"running": {}}}]})",
       "1/1|Running|2"},
      {"pod reason wins over the phase", "", R"({"phase": "Failed", "reason": "Evicted"})",
       "0/1|Evicted|0"},
      {"scheduling gated", "",
       R"({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
          "reason": "SchedulingGated"}]})",
       "0/1|SchedulingGated|0"},
      {"one container done, one running, ready", "",
       R"({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
          "containerStatuses": [
            {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
            {"ready": true, "state": {"running": {}}}]})",
       "1/1|Running|0"},
      {"one container done, one running, not ready", "",
       R"({"phase": "Running", "containerStatuses": [
            {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
            {"ready": true, "state": {"running": {}}}]})",
       "1/1|NotReady|0"},
      {"first init container runs", R"(, "initContainers": [{"name": "i"}, {"name": "j"}])",
       R"({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"running": {}}}]})",
       "0/1|Init:0/2|0"},
      {"second init container runs", R"(, "initContainers": [{"name": "i"}, {"name": "j"}])",
       R"({"phase": "Pending", "initContainerStatuses": [
            {"name": "i", "state": {"terminated": {"exitCode": 0}}},
            {"name": "j", "state": {"waiting": {"reason": "PodInitializing"}}}]})",
       "0/1|Init:1/2|0"},
      {"init container failed", R"(, "initContainers": [{"name": "i"}])",
       R"({"phase": "Pending", "initContainerStatuses": [{"name": "i", "restartCount": 2,
            "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]})",
       "0/1|Init:Error|2"},
      {"init container failed without a reason", R"(, "initContainers": [{"name": "i"}])",
       R"({"phase": "Pending", "initContainerStatuses": [{"name": "i",
            "state": {"terminated": {"exitCode": 7}}}]})",
       "0/1|Init:ExitCode:7|0"},
      {"init container in a crash loop", R"(, "initContainers": [{"name": "i"}])",
       R"({"phase": "Pending", "initContainerStatuses": [{"name": "i", "restartCount": 3,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]})",
       "0/1|Init:CrashLoopBackOff|3"},
      {"initialized: restarts of init containers are history",
       R"(, "initContainers": [{"name": "i"}])",
       R"({"phase": "Running", "initContainerStatuses": [{"name": "i", "restartCount": 3,
            "state": {"terminated": {"exitCode": 0}}}],
          "containerStatuses": [{"ready": true, "restartCount": 1, "state": {"running": {}}}]})",
       "1/1|Running|1"},
      {"a sidecar counts as a container",
       R"(, "initContainers": [{"name": "s", "restartPolicy": "Always"}])",
       R"({"phase": "Running", "initContainerStatuses": [{"name": "s", "restartCount": 1,
            "started": true, "ready": true, "state": {"running": {}}}],
          "containerStatuses": [{"ready": true, "restartCount": 1, "state": {"running": {}}}]})",
       "2/2|Running|2"},
      {"a sidecar that has not started holds the pod back",
       R"(, "initContainers": [{"name": "s", "restartPolicy": "Always"}])",
       R"({"phase": "Pending", "initContainerStatuses": [{"name": "s", "started": false,
            "state": {"running": {}}}]})",
       "0/2|Init:0/1|0"},
  };
  for (const PodCase& at : cases) EXPECT_EQ(pod_cells(at), at.cells) << at.what;
}

TEST(PodTable, DeletedPodsAreTerminatingUntilTheyHaveEnded) {
  constexpr std::string_view kDeleted = R"(, "deletionTimestamp": "2026-11-22T11:59:59Z")";
  const PodCase running{"", "", R"({"phase": "Running"})", "0/1|Terminating|0"};
  const PodCase ended{"", "", R"({"phase": "Succeeded"})", "0/1|Succeeded|0"};
  const PodCase lost{"", "", R"({"phase": "Running", "reason": "NodeLost"})", "0/1|Unknown|0"};
  for (const PodCase& at : {running, ended, lost}) EXPECT_EQ(pod_cells(at, kDeleted), at.cells);
}

TEST(PodTable, WideColumns) {
  EXPECT_EQ(headings(served("", "pods"), false), "Name|Ready|Status|Restarts|Age");
  EXPECT_EQ(headings(served("", "pods"), true),
            "Name|Ready|Status|Restarts|Age|IP|Node|Nominated Node|Readiness Gates");
  EXPECT_EQ(row(served("", "pods"), R"({"metadata": {"name": "p"},
      "spec": {"nodeName": "n", "containers": [], "readinessGates": [{"conditionType": "x"}]},
      "status": {"phase": "Running", "podIPs": [{"ip": "127.0.0.9"}],
                 "conditions": [{"type": "x", "status": "True"}]}})"),
            "p|0/0|Running|0|<unknown>|127.0.0.9|n|<none>|1/1");
}

TEST(PodTable, FinishedPodsHaveARowCondition) {
  const json::Document pod = document(R"({"metadata": {"name": "p"}, "status":
      {"phase": "Succeeded"}})");
  const json::Value table = to_table(served("", "pods"), {&pod, 1}, kNow, IncludeObject::kNone, {});
  const json::Value& first = json::array_at(table, {"rows"}).front();
  EXPECT_EQ(json::string_at(json::array_at(first, {"conditions"}).front(), "type"), "Completed");
}

struct RowCase {
  const char* group;
  const char* plural;
  const char* object;  // without creationTimestamp: AGE is <unknown>
  const char* cells;
};

TEST(Table, BuiltInKindsHaveKubectlsColumns) {
  const RowCase cases[] = {
      {"apps", "deployments",
       R"({"metadata": {"name": "d", "creationTimestamp": "2026-11-20T12:00:00Z"},
          "spec": {"replicas": 3, "selector": {"matchLabels": {"b": "2", "a": "1"}},
                   "template": {"spec": {"containers": [{"name": "x", "image": "i"},
                                                        {"name": "y", "image": "j"}]}}},
          "status": {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1}})",
       "d|1/3|2|1|2d|x,y|i,j|a=1,b=2"},
      {"apps", "replicasets",
       R"({"metadata": {"name": "r"}, "spec": {"replicas": 2}, "status": {"replicas": 1}})",
       "r|2|1|0|<unknown>|||<none>"},
      {"apps", "statefulsets", R"({"metadata": {"name": "s"}, "spec": {}})", "s|0/1|<unknown>||"},
      {"batch", "jobs",
       R"({"metadata": {"name": "j"}, "spec": {"completions": 1}, "status": {"succeeded": 1,
          "startTime": "2026-11-22T11:00:00Z", "completionTime": "2026-11-22T11:00:30Z",
          "conditions": [{"type": "Complete", "status": "True"}]}})",
       "j|Complete|1/1|30s|<unknown>|||<none>"},
      {"batch", "jobs", R"({"metadata": {"name": "j"}, "spec": {"parallelism": 3}})",
       "j|Running|0/1 of 3||<unknown>|||<none>"},
      {"", "services",
       R"({"metadata": {"name": "s"}, "spec": {"clusterIP": "10.0.0.1", "selector": {"a": "b"},
          "ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "nodePort": 30053,
                     "protocol": "UDP"}]}})",
       "s|ClusterIP|10.0.0.1|<none>|80/TCP,53:30053/UDP|<unknown>|a=b"},
      {"", "services",
       R"({"metadata": {"name": "s"}, "spec": {"clusterIP": "None", "type": "LoadBalancer"}})",
       "s|LoadBalancer|None|<pending>|<none>|<unknown>|<none>"},
      {"", "nodes",
       R"({"metadata": {"name": "n", "labels": {"node-role.kubernetes.io/worker": "",
            "node-role.kubernetes.io/control-plane": ""}},
          "spec": {"unschedulable": true},
          "status": {"conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "nodeInfo": {"kubeletVersion": "v1", "osImage": "Debian"}}})",
       "n|Ready,SchedulingDisabled|control-plane,worker|<unknown>|v1|127.0.0.1|<none>|Debian|"
       "<unknown>|<unknown>"},
      {"", "nodes",
       R"({"metadata": {"name": "n"}, "status": {"conditions":
          [{"type": "Ready", "status": "Unknown"}]}})",
       "n|NotReady|<none>|<unknown>||<none>|<none>|<unknown>|<unknown>|<unknown>"},
      {"", "namespaces", R"({"metadata": {"name": "n"}, "status": {"phase": "Active"}})",
       "n|Active|<unknown>"},
      {"", "configmaps",
       R"({"metadata": {"name": "c"}, "data": {"a": "", "b": ""}, "binaryData": {"c": ""}})",
       "c|3|<unknown>"},
      {"", "secrets", R"({"metadata": {"name": "s"}, "type": "Opaque", "data": {"a": ""}})",
       "s|Opaque|1|<unknown>"},
      {"", "serviceaccounts", R"({"metadata": {"name": "default"}})", "default|0|<unknown>"},
      {"", "events",
       R"({"metadata": {"name": "e.1"}, "type": "Normal", "reason": "Started", "count": 3,
          "message": " Started it\n", "involvedObject": {"kind": "Pod", "name": "p",
          "fieldPath": "spec"}, "source": {"component": "kubelet", "host": "n"},
          "firstTimestamp": "2026-11-22T11:50:00Z", "lastTimestamp": "2026-11-22T11:59:50Z"})",
       "10s|Normal|Started|pod/p|spec|kubelet, n|Started it|10m|3|e.1"},
      {"", "events",
       R"({"metadata": {"name": "e.2"}, "eventTime": "2026-11-22T11:59:00.000000Z",
          "involvedObject": {"kind": "Node", "name": "n"}, "reportingComponent": "x",
          "series": {"count": 7, "lastObservedTime": "2026-11-22T11:59:58.000000Z"}})",
       "2s|||node/n||x||60s|7|e.2"},
      {"events.k8s.io", "events",
       R"({"metadata": {"name": "e.3"}, "eventTime": "2026-11-22T11:59:00.000000Z", "note": "m",
          "regarding": {"kind": "Pod", "name": "p"}, "reportingController": "c",
          "reportingInstance": "i"})",
       "60s|||pod/p||c, i|m|60s|1|e.3"},
      {"rbac.authorization.k8s.io", "roles",
       R"({"metadata": {"name": "r", "creationTimestamp": "2026-11-22T11:50:00Z"}})",
       "r|2026-11-22T11:50:00Z"},
      {"rbac.authorization.k8s.io", "rolebindings",
       R"({"metadata": {"name": "b"}, "roleRef": {"kind": "Role", "name": "r"}, "subjects": [
          {"kind": "User", "name": "u"}, {"kind": "Group", "name": "g"},
          {"kind": "ServiceAccount", "name": "s", "namespace": "n"}]})",
       "b|Role/r|<unknown>|u|g|n/s"},
      {"apiextensions.k8s.io", "customresourcedefinitions",
       R"({"metadata": {"name": "c", "creationTimestamp": "2026-11-22T11:50:00Z"}})",
       "c|2026-11-22T11:50:00Z"},
      {"coordination.k8s.io", "leases",
       R"({"metadata": {"name": "l"}, "spec": {"holderIdentity": "h"}})", "l|h|<unknown>"},
      {"", "persistentvolumeclaims",
       R"({"metadata": {"name": "p"}, "spec": {"volumeName": "v", "storageClassName": "local",
          "volumeMode": "Filesystem"}, "status": {"phase": "Bound",
          "accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "capacity": {"storage": "1Gi"}}})",
       "p|Bound|v|1Gi|RWO,ROX|local|<unset>|<unknown>|Filesystem"},
      {"", "endpoints",
       R"({"metadata": {"name": "e"}, "subsets": [{"addresses": [{"ip": "1.1.1.1"},
          {"ip": "1.1.1.2"}], "ports": [{"port": 80}, {"port": 81}]}]})",
       "e|1.1.1.1:80,1.1.1.1:81,1.1.1.2:80 + 1 more...|<unknown>"},
      {"scheduling.k8s.io", "priorityclasses", R"({"metadata": {"name": "p"}, "value": 7})",
       "p|7|false|<unknown>|PreemptLowerPriority"},
      {"", "podtemplates", R"({"metadata": {"name": "t"}})", "t|<unknown>"},
  };
  for (const RowCase& at : cases) {
    EXPECT_EQ(row(served(at.group, at.plural), at.object), at.cells) << at.plural;
  }
  EXPECT_EQ(headings(served("", "events"), false), "Last Seen|Type|Reason|Object|Message");
  EXPECT_EQ(headings(served("apps", "deployments"), false), "Name|Ready|Up-to-date|Available|Age");
}

ServedResource custom(std::vector<PrinterColumn> columns) {
  ServedResource out;
  out.resource = kube::resources::kSparkApplications;
  out.custom = true;
  out.columns = std::move(columns);
  return out;
}

TEST(CustomTable, ColumnsComeFromTheDefinition) {
  const auto column = [](std::string name, std::string type, std::string path) {
    PrinterColumn out;
    out.name = std::move(name);
    out.type = std::move(type);
    out.json_path = std::move(path);
    return out;
  };
  const ServedResource spark = custom(
      {column("Status", "string", ".status.applicationState.state"),
       column("Attempts", "string", ".status.executionAttempts"),
       column("Start", "string", ".status.lastSubmissionAttemptTime"),
       column("Cores", "integer", ".spec.driver.cores"), column("Ok", "boolean", ".status.ok"),
       column("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
       column("Age", "date", ".metadata.creationTimestamp"), column("Broken", "string", ".a[")});
  EXPECT_EQ(headings(spark, false), "Name|Status|Attempts|Start|Cores|Ok|Ready|Age|Broken");
  EXPECT_EQ(row(spark, R"({"metadata": {"name": "pi", "creationTimestamp": "2026-11-22T11:59:00Z"},
      "spec": {"driver": {"cores": 2}}, "status": {"applicationState": {"state": "RUNNING"},
      "executionAttempts": 1, "ok": true, "conditions": [{"type": "Ready", "status": "True"}]}})"),
            "pi|RUNNING|1|null|2|true|True|60s|null");
  EXPECT_EQ(row(spark, R"({"metadata": {"name": "new"}})"),
            "new|null|null|null|null|null|null|null|null");
  EXPECT_EQ(row(spark, R"({"metadata": {"name": "odd"}, "spec": {"driver": {"cores": "2"}},
      "status": {"ok": "yes", "executionAttempts": [1, 2]}})"),
            "odd|null|[1,2]|null|null|null|null|null|null");
}

TEST(CustomTable, WithoutColumnsThereAreNameAndAge) {
  EXPECT_EQ(headings(custom({}), false), "Name|Age");
  EXPECT_EQ(row(custom({}), R"({"metadata": {"name": "x"}})"), "x|<unknown>");
}

TEST(Table, RowsCarryWhatIsAskedFor) {
  const json::Document one = document(R"({"kind": "Namespace", "apiVersion": "v1",
      "metadata": {"name": "n", "labels": {"a": "b"}}, "spec": {"x": 1}})");
  const ServedResource spaces = served("", "namespaces");
  const json::Value list = *json::parse(R"({"resourceVersion": "7"})");
  const auto object = [&](IncludeObject include) {
    const json::Value table = to_table(spaces, {&one, 1}, kNow, include, list);
    EXPECT_EQ(json::string_at(table, "kind"), "Table");
    EXPECT_EQ(json::string_at(table, "apiVersion"), "meta.k8s.io/v1");
    EXPECT_EQ(json::string_at(table, {"metadata", "resourceVersion"}), "7");
    const json::Value* found = json::find(json::array_at(table, {"rows"}).front(), "object");
    return found == nullptr ? std::string() : json::print(*found);
  };
  EXPECT_EQ(object(IncludeObject::kNone), "null");
  EXPECT_EQ(object(IncludeObject::kMetadata),
            R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",)"
            R"("metadata":{"name":"n","labels":{"a":"b"}}})");
  EXPECT_EQ(object(IncludeObject::kObject), json::print(*one));
  const json::Value later = to_table(spaces, {&one, 1}, kNow, IncludeObject::kNone, {}, false);
  EXPECT_TRUE(json::array_at(later, {"columnDefinitions"}).empty());
  EXPECT_EQ(parse_include_object(""), IncludeObject::kMetadata);
  EXPECT_EQ(parse_include_object("Object"), IncludeObject::kObject);
  EXPECT_EQ(parse_include_object("object"), std::nullopt);
  const json::Value partial = to_partial_metadata_list({&one, 1}, list);
  EXPECT_EQ(json::string_at(partial, "kind"), "PartialObjectMetadataList");
  EXPECT_EQ(json::array_at(partial, {"items"}).size(), 1U);
}

}  // namespace
}  // namespace firesteel::apiserver
