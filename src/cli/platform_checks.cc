#include "cli/platform_checks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/json/parse.h"
#include "cli/cluster_directory.h"
#include "kube/conditions.h"
#include "kube/object.h"
#include "kube/quantity.h"
#include "kube/resource.h"

namespace firesteel::cli {
namespace {

namespace resources = kube::resources;

constexpr std::string_view kReach =
    "check the kubeconfig context, or bring up a cluster here with `firesteel up`";

PlatformCheck check_api(const Access& cluster) {
  const auto answer = cluster.api->get_raw("/version");
  if (!answer) return {std::string(kCheckApi), false, answer.error().message, std::string(kReach)};
  const auto version = json::parse(*answer);
  return {std::string(kCheckApi), true,
          fmt::format("{} at {}",
                      version ? json::string_at(*version, "gitVersion") : std::string_view("?"),
                      cluster.api->connection().url),
          ""};
}

PlatformCheck check_definitions(const Access& cluster) {
  PlatformCheck check{"CRDs", true, "sparkapplications, scheduledsparkapplications", ""};
  for (const kube::Resource* kind :
       {&resources::kSparkApplications, &resources::kScheduledSparkApplications}) {
    const auto crd =
        cluster.api->get(resources::kCustomResourceDefinitions, "", kind->group_resource());
    const json::Value* status = crd ? json::find(**crd, "status") : nullptr;
    if (status != nullptr && kube::is_condition_true(*status, "Established")) continue;
    return {
        check.name, false,
        crd ? fmt::format("{} is not established", kind->group_resource()) : crd.error().message,
        "install them: `firesteel crd | kubectl apply --server-side -f -`"};
  }
  return check;
}

struct Operator {
  std::string space;
  std::string account = "spark";  // of jobs that name none
};

PlatformCheck check_operator(const Access& cluster, Operator& found) {
  PlatformCheck check{"Operator", false, "", "install the operator, or see its pod's log"};
  kube::ListOptions own;
  own.label_selector = "app.kubernetes.io/name=spark-operator";
  const auto all = cluster.api->list(resources::kDeployments, "", own);
  if (!all || all->items.empty()) {
    check.found =
        all ? "no Deployment labelled app.kubernetes.io/name=spark-operator" : all.error().message;
    return check;
  }
  const json::Value& deployment = *all->items.front();
  found.space = kube::namespace_of(deployment);
  for (const json::Value& container :
       json::array_at(deployment, {"spec", "template", "spec", "containers"})) {
    const json::Array& arguments = json::array_at(container, {"args"});
    constexpr std::string_view kFlag = "--default-service-account";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const json::String* word = arguments[i].if_string();
      if (word == nullptr || !json::view(*word).starts_with(kFlag)) continue;
      const std::string_view value = json::view(*word).substr(kFlag.size());
      if (value.starts_with('=')) found.account = value.substr(1);
      const bool next = value.empty() && i + 1 < arguments.size() && arguments[i + 1].is_string();
      if (next) found.account = json::view(arguments[i + 1].get_string());
    }
  }
  const std::int64_t available = json::int_at(deployment, {"status", "availableReplicas"});
  check.good = available > 0;
  check.found = fmt::format("Deployment {}, {} of {} available", kube::key_of(deployment),
                            available, json::int_at(deployment, {"spec", "replicas"}, 1));
  return check;
}

// What a driver does as its account: Spark's own needs.
PlatformCheck check_rights(const Access& cluster, const std::string& space,
                           const std::string& account) {
  const kube::Resource reviews{"authorization.k8s.io", "v1", "subjectaccessreviews",
                               "SubjectAccessReview", kube::Scope::kCluster};
  struct Right {
    std::string_view verb, resource;
  };
  constexpr Right kRights[] = {{"create", "pods"},     {"get", "pods"},
                               {"list", "pods"},       {"watch", "pods"},
                               {"delete", "pods"},     {"deletecollection", "pods"},
                               {"create", "services"}, {"create", "configmaps"}};
  PlatformCheck check{"Job account", true,
                      fmt::format("{} may create executors in {}", account, space), ""};
  std::string missing;
  for (const Right& right : kRights) {
    const json::Value review = json::Object{
        {"apiVersion", "authorization.k8s.io/v1"},
        {"kind", "SubjectAccessReview"},
        {"spec", json::Object{{"user", fmt::format("system:serviceaccount:{}:{}", space, account)},
                              {"resourceAttributes", json::Object{{"namespace", space},
                                                                  {"verb", right.verb},
                                                                  {"resource", right.resource}}}}}};
    const auto answer = cluster.api->create(reviews, "", review, {});
    if (!answer) return {check.name, false, answer.error().message, "ask an administrator"};
    if (json::bool_at(**answer, {"status", "allowed"})) continue;
    missing += fmt::format("{}{} {}", missing.empty() ? "" : ", ", right.verb, right.resource);
  }
  if (missing.empty()) return check;
  return {check.name, false, fmt::format("{} in {} may not: {}", account, space, missing),
          fmt::format("bind a Role with these rights to ServiceAccount {}/{}", space, account)};
}

double number_of(const json::Value& object, std::initializer_list<std::string_view> path) {
  const json::Value* value = json::find(object, path);
  if (value == nullptr || !value->is_string()) return 0;
  const auto quantity = kube::Quantity::parse(json::view(value->get_string()));
  return quantity ? static_cast<double>(quantity->to_milli()) / 1000 : 0;
}

PlatformCheck check_nodes(const Access& cluster) {
  PlatformCheck check{"Nodes", false, "", "bring up a node that is Ready"};
  const auto nodes = cluster.api->list(resources::kNodes, "", {});
  const auto pods = cluster.api->list(resources::kPods, "", {});
  if (!nodes || !pods) {
    check.found = nodes ? pods.error().message : nodes.error().message;
    return check;
  }
  double cores = 0, memory = 0, used_cores = 0, used_memory = 0;
  int ready = 0;
  for (const json::Document& node : nodes->items) {
    const json::Value* status = json::find(*node, "status");
    if (status == nullptr || !kube::is_condition_true(*status, "Ready")) continue;
    ++ready;
    cores += number_of(*node, {"status", "allocatable", "cpu"});
    memory += number_of(*node, {"status", "allocatable", "memory"});
  }
  for (const json::Document& pod : pods->items) {
    const std::string_view phase = json::string_at(*pod, {"status", "phase"});
    const bool placed = !json::string_at(*pod, {"spec", "nodeName"}).empty();
    if (!placed || phase == "Succeeded" || phase == "Failed") continue;
    for (const json::Value& container : json::array_at(*pod, {"spec", "containers"})) {
      used_cores += number_of(container, {"resources", "requests", "cpu"});
      used_memory += number_of(container, {"resources", "requests", "memory"});
    }
  }
  constexpr double kGib = 1024.0 * 1024 * 1024;
  check.good = ready > 0;
  check.found =
      fmt::format("{} of {} ready; {:.1f} of {:.1f} cores and {:.1f} of {:.1f} GiB are taken",
                  ready, nodes->items.size(), used_cores, cores, used_memory / kGib, memory / kGib);
  return check;
}

// The machine's Java, which the local images of the embedded cluster run on.
PlatformCheck check_java() {
  PlatformCheck check{"Java", false, "no java on this machine",
                      "install a JDK 17: openjdk-17-jdk-headless on Debian"};
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/jvm", ignored)) {
    const std::filesystem::path java = entry.path() / "bin/java";
    if (::access(java.c_str(), X_OK) != 0) continue;
    check.good = true;
    check.found = java.string();
    if (check.found.find("17") != std::string::npos) break;
  }
  const char* home = std::getenv("JAVA_HOME");
  if (!check.good && home != nullptr) {
    check.found = std::string(home) + "/bin/java";
    check.good = ::access(check.found.c_str(), X_OK) == 0;
  }
  return check;
}

}  // namespace

std::vector<PlatformCheck> check_platform(const Access& cluster, bool space_asked) {
  std::vector<PlatformCheck> checks;
  checks.push_back(check_api(cluster));
  if (!checks.back().good) return checks;
  checks.push_back(check_definitions(cluster));
  Operator found;
  checks.push_back(check_operator(cluster, found));
  const bool here = space_asked || found.space.empty();
  checks.push_back(check_rights(cluster, here ? cluster.space : found.space, found.account));
  checks.push_back(check_nodes(cluster));
  if (cluster.context == kContextName) checks.push_back(check_java());
  return checks;
}

}  // namespace firesteel::cli
