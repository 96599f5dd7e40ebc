#include "apiserver/request_path.h"

#include <gtest/gtest.h>

namespace firesteel::apiserver {
namespace {

TEST(RequestPath, SaysWhatARequestIsAbout) {
  struct Case {
    std::string method, target;
    std::string verb, group, version, space, plural, name, subresource;
  };
  const std::vector<Case> cases = {
      {"GET", "/api/v1/pods", "list", "", "v1", "", "pods", "", ""},
      {"GET", "/api/v1/namespaces/a/pods/p", "get", "", "v1", "a", "pods", "p", ""},
      {"GET", "/api/v1/namespaces/a/pods?watch=true", "watch", "", "v1", "a", "pods", "", ""},
      {"GET", "/api/v1/watch/namespaces/a/pods", "watch", "", "v1", "a", "pods", "", ""},
      {"GET", "/api/v1/namespaces/a/pods/p/log", "get", "", "v1", "a", "pods", "p", "log"},
      {"GET", "/api/v1/namespaces/a", "get", "", "v1", "a", "namespaces", "a", ""},
      {"PUT", "/api/v1/namespaces/a/finalize", "update", "", "v1", "a", "namespaces", "a",
       "finalize"},
      {"DELETE", "/apis/apps/v1/namespaces/a/deployments", "deletecollection", "apps", "v1", "a",
       "deployments", "", ""},
      {"PATCH", "/apis/x.io/v1/things/t%2Fu", "patch", "x.io", "v1", "", "things", "t/u", ""},
      {"POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "create",
       "authorization.k8s.io", "v1", "", "selfsubjectaccessreviews", "", ""},
      {"GET", "/apis/apps/v1", "get", "", "", "", "", "", ""},
      {"GET", "/healthz", "get", "", "", "", "", "", ""},
  };
  for (const Case& each : cases) {
    const net::Query query = net::query_of(each.target);
    const RequestPath path = parse_request_path(each.method, net::path_of(each.target), query);
    EXPECT_EQ(path.verb, each.verb) << each.target;
    EXPECT_EQ(path.group, each.group) << each.target;
    EXPECT_EQ(path.version, each.version) << each.target;
    EXPECT_EQ(path.space, each.space) << each.target;
    EXPECT_EQ(path.plural, each.plural) << each.target;
    EXPECT_EQ(path.name, each.name) << each.target;
    EXPECT_EQ(path.subresource, each.subresource) << each.target;
    EXPECT_EQ(path.is_resource, !each.plural.empty()) << each.target;
  }
}

}  // namespace
}  // namespace firesteel::apiserver
