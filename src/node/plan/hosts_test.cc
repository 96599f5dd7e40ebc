#include "node/plan/hosts.h"

#include <gtest/gtest.h>

#include "base/json/yaml.h"

namespace firesteel::node::plan {
namespace {

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

json::Document service(const std::string& name, const std::string& space, const std::string& spec) {
  return yaml("{metadata: {name: " + name + ", namespace: " + space + "}, spec: {" + spec + "}}");
}

Endpoint endpoint(const std::string& name, const std::string& space, const std::string& ip,
                  const std::string& app, bool ready, const std::string& subdomain = "") {
  return {space,
          name,
          ip,
          subdomain.empty() ? "" : name,
          subdomain,
          ready,
          yaml("{metadata: {labels: {app: " + app + "}}}")};
}

constexpr std::string_view kHead =
    "# Written by firesteel; Services and pods of the cluster.\n"
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "127.9.0.9\tme\n";
constexpr std::string_view kApi =
    "127.0.0.1\tkubernetes.default.svc kubernetes.default.svc.cluster.local kubernetes.default\n";

void expect_hosts(const std::vector<json::Document>& services, const std::vector<Endpoint>& pods,
                  const std::vector<json::Document>& slices, const std::string& expected) {
  EXPECT_EQ(hosts_file({services, slices, pods, "127.0.0.1"}, "ns", "127.9.0.9", "me"),
            std::string(kHead) + expected);
}

TEST(Hosts, ServicesStandForTheirClusterAddress) {
  expect_hosts({service("web", "ns", "clusterIP: 127.9.128.7, selector: {app: web}"),
                service("far", "other", "clusterIP: 127.9.128.8, selector: {app: far}")},
               {endpoint("w1", "ns", "127.9.0.3", "web", true)}, {},
               std::string(kApi) +
                   "127.9.128.7\tweb.ns.svc web.ns.svc.cluster.local web.ns web\n"
                   "127.9.128.8\tfar.other.svc far.other.svc.cluster.local far.other\n");
}

TEST(Hosts, HeadlessServicesStandForTheirPodsReadyOnesFirst) {
  expect_hosts({service("db", "ns", "clusterIP: None, selector: {app: db}"),
                service("empty", "ns", "clusterIP: None, selector: {app: nobody}")},
               {endpoint("db-0", "ns", "127.9.0.3", "db", false, "db"),
                endpoint("x", "ns", "127.9.0.4", "db", true),
                endpoint("db-0", "other", "127.9.0.6", "db", true, "db")},
               {},
               std::string(kApi) +
                   "127.9.0.4\tdb.ns.svc db.ns.svc.cluster.local db.ns db\n"
                   "127.9.0.3\tdb.ns.svc db.ns.svc.cluster.local db.ns db\n"
                   "127.9.0.3\tdb-0.db.ns.svc db-0.db.ns.svc.cluster.local db-0.db.ns db-0.db\n");
}

TEST(Hosts, HeadlessServicesWithoutSelectorStandForWhatTheirSlicesSay) {
  expect_hosts({service("ext", "ns", "clusterIP: None")}, {},
               {yaml("{metadata: {namespace: ns, labels: {kubernetes.io/service-name: ext}}, "
                     "endpoints: [{addresses: [127.0.0.1]}]}"),
                yaml("{metadata: {namespace: no, labels: {kubernetes.io/service-name: ext}}, "
                     "endpoints: [{addresses: [127.0.0.2]}]}")},
               std::string(kApi) + "127.0.0.1\text.ns.svc ext.ns.svc.cluster.local ext.ns ext\n");
}

TEST(Hosts, ExternalNamesStandForAnotherServiceOrAnAddress) {
  expect_hosts({service("a", "ns", "type: ExternalName, externalName: web.other.svc.cluster.local"),
                service("b", "ns", "type: ExternalName, externalName: 127.0.0.5"),
                service("c", "ns", "type: ExternalName, externalName: example.org"),
                service("web", "other", "clusterIP: 127.9.128.8")},
               {}, {},
               std::string(kApi) +
                   "127.9.128.8\ta.ns.svc a.ns.svc.cluster.local a.ns a\n"
                   "127.0.0.5\tb.ns.svc b.ns.svc.cluster.local b.ns b\n"
                   "127.9.128.8\tweb.other.svc web.other.svc.cluster.local "
                   "web.other\n");
}

TEST(Hosts, TheApiStandsForItsServiceWhereThereIsOne) {
  expect_hosts({service("kubernetes", "default", "clusterIP: 127.9.128.1")}, {}, {},
               "127.9.128.1\tkubernetes.default.svc kubernetes.default.svc.cluster.local "
               "kubernetes.default\n");
}

}  // namespace
}  // namespace firesteel::node::plan
