#include "apiserver/selection.h"

#include "apiserver/request_path.h"

namespace firesteel::apiserver {

namespace {

// Besides metadata.name and metadata.namespace, which all kinds have. Source: the
// AddFieldLabelConversionFunc calls of Kubernetes' API groups.
std::vector<std::string_view> selectable(const ServedResource& served) {
  std::vector<std::string_view> paths = {"metadata.name"};
  if (served.namespaced()) paths.emplace_back("metadata.namespace");
  const auto add = [&paths](std::initializer_list<std::string_view> more) {
    paths.insert(paths.end(), more);
  };
  if (served.custom) {
    for (std::string_view path : served.selectable_fields) {
      paths.push_back(path.starts_with('.') ? path.substr(1) : path);
    }
    return paths;
  }
  const std::string_view kind = served.resource.kind;
  if (kind == "Pod") {
    add({"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
         "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"});
  } else if (kind == "Event" && served.resource.group.empty()) {
    add({"involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
         "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
         "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"});
  } else if (kind == "Event") {
    add({"regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid",
         "regarding.apiVersion", "reason", "reportingController", "type"});
  } else if (kind == "Secret") {
    add({"type"});
  } else if (kind == "Namespace") {
    add({"status.phase"});
  } else if (kind == "Node") {
    add({"spec.unschedulable"});
  } else if (kind == "ReplicaSet" || kind == "ReplicationController") {
    add({"status.replicas"});
  } else if (kind == "Job") {
    add({"status.successful"});
  } else if (kind == "Service") {
    add({"spec.clusterIP", "spec.type"});
  }
  return paths;
}

}  // namespace

Result<Selection> Selection::parse(const ServedResource& served, const net::Query& query) {
  Selection selection;
  selection.labels = TRY(kube::LabelSelector::parse(query_value(query, "labelSelector")));
  const std::vector<std::string_view> paths = selectable(served);
  selection.fields = TRY(kube::FieldSelector::parse(query_value(query, "fieldSelector"), paths));
  return selection;
}

}  // namespace firesteel::apiserver
