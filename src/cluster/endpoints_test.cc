#include "cluster/endpoints.h"

#include <gtest/gtest.h>

#include "base/json/print.h"
#include "base/json/yaml.h"
#include "cluster/namespaces.h"
#include "kube/object.h"

namespace firesteel::cluster {
namespace {

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

json::Document pod(const std::string& name, const std::string& ip, bool ready, int port = 80) {
  return yaml(
      "{metadata: {name: " + name + ", namespace: s, uid: u-" + name +
      ", labels: {app: x}}, spec: {nodeName: n1, containers: [{name: c, ports: [{name: web, "
      "containerPort: " +
      std::to_string(port) + "}]}]}, status: {phase: Running, podIP: '" + ip +
      "', conditions: [{type: Ready, status: '" + (ready ? "True" : "False") + "'}]}}");
}

// Addresses and ports of the subsets, briefly: "ready,ready|unready:port".
std::string brief(const json::Value& endpoints) {
  std::string text;
  for (const json::Value& subset : json::array_at(endpoints, {"subsets"})) {
    if (!text.empty()) text += " ";
    for (const json::Value& one : json::array_at(subset, {"addresses"})) {
      text += std::string(json::string_at(one, "ip")) + ",";
    }
    text += "|";
    for (const json::Value& one : json::array_at(subset, {"notReadyAddresses"})) {
      text += std::string(json::string_at(one, "ip")) + ",";
    }
    for (const json::Value& one : json::array_at(subset, {"ports"})) {
      text += ":" + std::to_string(json::int_at(one, {"port"}));
    }
  }
  return text;
}

TEST(EndpointsOf, AreTheSelectedPodsByReadiness) {
  const std::vector<json::Document> pods{pod("b", "127.0.0.3", true), pod("a", "127.0.0.2", true),
                                         pod("c", "127.0.0.4", false), pod("d", "", true),
                                         pod("e", "127.0.0.5", true, 81)};
  struct Case {
    std::string spec, expected;
  };
  const Case cases[] = {
      {"ports: [{port: 80, targetPort: 8080}]", "127.0.0.2,127.0.0.3,127.0.0.5,|127.0.0.4,:8080"},
      {"ports: [{port: 80}]", "127.0.0.2,127.0.0.3,127.0.0.5,|127.0.0.4,:80"},
      {"ports: [{port: 1, targetPort: web}]", "127.0.0.2,127.0.0.3,|127.0.0.4,:80 127.0.0.5,|:81"},
      {"ports: [{port: 1, targetPort: other}]", ""},
      {"clusterIP: None", "127.0.0.2,127.0.0.3,127.0.0.5,|127.0.0.4,"},
      {"publishNotReadyAddresses: true", "127.0.0.2,127.0.0.3,127.0.0.4,127.0.0.5,|"},
  };
  for (const Case& one : cases) {
    const json::Document service =
        yaml("{metadata: {name: svc, namespace: s}, spec: {selector: {app: x}, " + one.spec + "}}");
    EXPECT_EQ(brief(endpoints_of(*service, pods)), one.expected) << one.spec;
  }
}

TEST(EndpointsOf, NameTheirPod) {
  const json::Document service = yaml(
      "{metadata: {name: svc, namespace: s}, spec: {selector: {app: x}, ports: [{name: p, port: "
      "80}]}}");
  const std::vector<json::Document> pods{pod("a", "127.0.0.2", true)};
  EXPECT_EQ(json::print(json::array_at(endpoints_of(*service, pods), {"subsets"})),
            R"([{"addresses":[{"ip":"127.0.0.2","nodeName":"n1","targetRef":{"kind":"Pod",)"
            R"("name":"a","namespace":"s","uid":"u-a"}}],)"
            R"("ports":[{"name":"p","port":80,"protocol":"TCP"}]}])");
}

TEST(EndpointSlicesOf, HaveOneForEachSetOfPortNumbers) {
  const auto server = [](const std::string& name, int port, const std::string& more) {
    return yaml("{metadata: {name: " + name + ", namespace: s, labels: {app: x}" + more +
                "}, spec: {containers: [{ports: [{name: web, containerPort: " +
                std::to_string(port) + "}]}]}, status: {podIP: 127.0.0." + std::to_string(port) +
                ", conditions: [{type: Ready, status: 'True'}]}}");
  };
  const json::Document service = yaml(
      "{metadata: {name: svc, namespace: s}, spec: {clusterIP: None, selector: {app: x}, "
      "ports: [{port: 80, targetPort: web}]}}");
  const std::string deleting = ", deletionTimestamp: '2026-01-01T00:00:00Z'";
  const std::vector<json::Document> pods{server("a", 2, ""), server("b", 3, ""),
                                         server("c", 2, deleting)};
  std::string text;
  for (const json::Value& slice : endpoint_slices_of(*service, pods)) {
    EXPECT_TRUE(is_managed_slice(slice));
    EXPECT_TRUE(kube::labels_of(slice).contains("service.kubernetes.io/headless"));
    text += fmt::format("{} {}:", kube::name_of(slice),
                        json::int_at(json::array_at(slice, {"ports"})[0], {"port"}));
    for (const json::Value& endpoint : json::array_at(slice, {"endpoints"})) {
      text += fmt::format(" {} {}", json::string_at(endpoint, {"targetRef", "name"}),
                          json::print(*json::find(endpoint, "conditions")));
    }
    text += "\n";
  }
  EXPECT_EQ(text,
            "svc-ipv4 2: a {\"ready\":true,\"serving\":true,\"terminating\":false} "
            "c {\"ready\":false,\"serving\":true,\"terminating\":true}\n"
            "svc-ipv4-1 3: b {\"ready\":true,\"serving\":true,\"terminating\":false}\n");
}

TEST(HasSelectedEndpoints, OnlyWithASelector) {
  EXPECT_TRUE(has_selected_endpoints(*yaml("{spec: {selector: {a: b}}}")));
  EXPECT_FALSE(has_selected_endpoints(*yaml("{spec: {}}")));
  EXPECT_FALSE(has_selected_endpoints(*yaml("{spec: {type: ExternalName, selector: {a: b}}}")));
}

TEST(DecideNamespace, ProvidesEmptiesEnds) {
  const std::string deleting = "deletionTimestamp: '2026-01-01T00:00:00Z'";
  const json::Document live = yaml("{metadata: {name: n1}, spec: {finalizers: [kubernetes]}}");
  const json::Document ending =
      yaml("{metadata: {name: n1, " + deleting + "}, spec: {finalizers: [kubernetes, other]}}");
  const json::Document ended = yaml("{metadata: {name: n1, " + deleting + "}, spec: {}}");
  EXPECT_EQ(decide_namespace(*live, 3), NamespaceStep::kProvide);
  EXPECT_EQ(decide_namespace(*ending, 3), NamespaceStep::kEmpty);
  EXPECT_EQ(decide_namespace(*ending, 0), NamespaceStep::kFinalize);
  EXPECT_EQ(decide_namespace(*ended, 0), NamespaceStep::kWait);
  EXPECT_EQ(json::print(json::array_at(finalized(*ending), {"spec", "finalizers"})),
            R"(["other"])");
}

}  // namespace
}  // namespace firesteel::cluster
