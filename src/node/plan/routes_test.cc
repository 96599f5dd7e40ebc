#include "node/plan/routes.h"

#include <gtest/gtest.h>

#include "base/json/yaml.h"

namespace firesteel::node::plan {
namespace {

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

json::Document service(const std::string& spec) {
  return yaml("{metadata: {name: web, namespace: ns}, spec: {" + spec + "}}");
}

json::Document slice(const std::string& ports, const std::string& endpoints,
                     const std::string& of = "web") {
  return yaml("{metadata: {name: s, namespace: ns, labels: {kubernetes.io/service-name: " + of +
              "}}, addressType: IPv4, ports: [" + ports + "], endpoints: [" + endpoints + "]}");
}

std::string endpoint(const std::string& ip, const std::string& conditions) {
  return "{addresses: [" + ip + "], conditions: {" + conditions + "}}";
}

std::string text_of(const std::vector<Route>& routes) {
  std::string text;
  for (const Route& route : routes) {
    text += fmt::format("{}:{} ->", route.address, route.port);
    for (const Target& target : route.targets)
      text += fmt::format(" {}:{}", target.ip, target.port);
    if (route.affinity.count() > 0) text += fmt::format(" for {} s", route.affinity.count());
    text += "\n";
  }
  return text;
}

TEST(Routes, LeadFromServicesToTheirReadyEndpoints) {
  const std::string ready = "ready: true, serving: true, terminating: false";
  const std::string unready = "ready: false, serving: false, terminating: false";
  const std::string ending = "ready: false, serving: true, terminating: true";
  const std::string plain = "clusterIP: 127.7.128.9, ports: [{port: 80, protocol: TCP}]";
  struct Case {
    std::string what;
    std::string spec;
    std::vector<json::Document> slices;
    std::string routes;
  };
  const Case cases[] = {
      {"another port number",
       plain,
       {slice("{port: 8080}",
              endpoint("127.7.0.2", ready) + ", " + endpoint("127.7.0.3", unready))},
       "127.7.128.9:80 -> 127.7.0.2:8080\n"},
      {"nothing said is ready",
       plain,
       {slice("{port: 8080}", "{addresses: [127.7.0.2]}")},
       "127.7.128.9:80 -> 127.7.0.2:8080\n"},
      {"no endpoint, nothing to listen for", plain, {slice("{port: 8080}", "")}, ""},
      {"endings ones serve when no other is left",
       plain,
       {slice("{port: 8080}",
              endpoint("127.7.0.2", ending) + ", " + endpoint("127.7.0.3", unready))},
       "127.7.128.9:80 -> 127.7.0.2:8080\n"},
      {"ending ones do not while there is another",
       plain,
       {slice("{port: 8080}", endpoint("127.7.0.2", ending) + ", " + endpoint("127.7.0.3", ready))},
       "127.7.128.9:80 -> 127.7.0.3:8080\n"},
      {"ports by name, from several slices",
       "clusterIP: 127.7.128.9, ports: [{name: a, port: 80}, {name: b, port: 81}]",
       {slice("{name: a, port: 1}, {name: b, port: 2}", endpoint("127.7.0.2", ready)),
        slice("{name: a, port: 3}", endpoint("127.7.0.3", ready))},
       "127.7.128.9:80 -> 127.7.0.2:1 127.7.0.3:3\n127.7.128.9:81 -> 127.7.0.2:2\n"},
      {"another service's slice",
       plain,
       {slice("{port: 1}", endpoint("127.7.0.2", ready), "db")},
       ""},
      {"node port",
       "type: NodePort, clusterIP: 127.7.128.9, ports: [{port: 80, nodePort: 30080}]",
       {slice("{port: 8080}", endpoint("127.7.0.2", ready))},
       "127.0.0.1:30080 -> 127.7.0.2:8080\n127.7.128.9:80 -> 127.7.0.2:8080\n"},
      {"affinity",
       "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}, " +
           plain,
       {slice("{port: 8080}", endpoint("127.7.0.2", ready))},
       "127.7.128.9:80 -> 127.7.0.2:8080 for 60 s\n"},
      {"headless",
       "clusterIP: None, ports: [{port: 80}]",
       {slice("{port: 80}", endpoint("127.7.0.2", ready))},
       ""},
      {"no loopback",
       "clusterIP: 10.96.0.9, ports: [{port: 80}]",
       {slice("{port: 80}", endpoint("127.7.0.2", ready))},
       ""},
      {"UDP",
       "clusterIP: 127.7.128.9, ports: [{port: 53, protocol: UDP}]",
       {slice("{port: 53}", endpoint("127.7.0.2", ready))},
       ""},
  };
  for (const Case& one : cases)
    EXPECT_EQ(text_of(routes_of({service(one.spec)}, one.slices)), one.routes) << one.what;
}

}  // namespace
}  // namespace firesteel::node::plan
