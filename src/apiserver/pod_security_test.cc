#include "apiserver/pod_security.h"

#include <fmt/format.h>

#include "apiserver/server_fixture.h"

namespace firesteel::apiserver {
namespace {

struct Case {
  const char* what;
  const char* spec;
  const char* baseline;    // the violations, joined; "" for none
  const char* restricted;  // null: not looked at
};

const Case kCases[] = {
    {"an ordinary container is baseline and not restricted", R"({"containers":[{"name":"c"}]})", "",
     "allowPrivilegeEscalation != false (container \"c\" must set "
     "securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"c\" "
     "must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or "
     "container "
     "\"c\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container \"c\" "
     "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"},
    {"a hardened one is both",
     R"({"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},
         "volumes":[{"name":"v","emptyDir":{}}],"containers":[{"name":"c","securityContext":
         {"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]})",
     "", ""},
    {"the host's namespaces", R"({"hostNetwork":true,"hostPID":true,"containers":[]})",
     "host namespaces (hostNetwork=true, hostPID=true)", nullptr},
    {"privileged containers",
     R"({"containers":[{"name":"a","securityContext":{"privileged":true}},
                       {"name":"b","securityContext":{"privileged":true}}]})",
     "privileged (containers \"a\", \"b\" must not set securityContext.privileged=true)", nullptr},
    {"capabilities beyond the default",
     R"({"containers":[{"name":"c","securityContext":{"capabilities":{"add":["SYS_ADMIN","CHOWN"]}}}]})",
     "non-default capabilities (container \"c\" must not include \"SYS_ADMIN\" in "
     "securityContext.capabilities.add)",
     nullptr},
    {"paths and ports of the host",
     R"({"volumes":[{"name":"v","hostPath":{"path":"/"}}],
         "containers":[{"name":"c","ports":[{"hostPort":80}]}]})",
     "hostPath volumes (volume \"v\"), hostPort (container \"c\" uses hostPort 80)", nullptr},
    {"sysctls", R"({"securityContext":{"sysctls":[{"name":"kernel.msgmax"}]},"containers":[]})",
     "forbidden sysctls (kernel.msgmax)", nullptr},
    {"root by number and by word",
     R"({"securityContext":{"runAsUser":0,"runAsNonRoot":false,
         "seccompProfile":{"type":"RuntimeDefault"}},"containers":[]})",
     "",
     "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod "
     "must not set runAsUser=0)"},
};

TEST(PodSecurity, ViolationsAreToldInKubernetesWords) {
  for (const Case& each : kCases) {
    const json::Value pod = json::Object{{"spec", *json::parse(each.spec)}};
    const auto told = [&](PodSecurityLevel level) {
      return fmt::format("{}", fmt::join(pod_security_violations(level, pod), ", "));
    };
    EXPECT_EQ(told(PodSecurityLevel::kBaseline), each.baseline) << each.what;
    if (each.restricted != nullptr) {
      EXPECT_EQ(told(PodSecurityLevel::kRestricted), each.restricted) << each.what;
    }
  }
}

class PodSecurityServer : public ServerFixture {};

TEST_F(PodSecurityServer, LabelsOfTheNamespaceEnforceAndWarn) {
  EXPECT_EQ(send("POST", "/api/v1/namespaces",
                 R"({"metadata":{"name":"bad","labels":{
                     "pod-security.kubernetes.io/enforce":"strict"}}})")
                .status,
            422);
  ASSERT_EQ(send("POST", "/api/v1/namespaces",
                 R"({"metadata":{"name":"guarded","labels":{
                     "pod-security.kubernetes.io/enforce":"baseline",
                     "pod-security.kubernetes.io/warn":"restricted"}}})")
                .status,
            201);
  const std::string path = "/api/v1/namespaces/guarded/pods";
  const Reply refused = send("POST", path, R"({"metadata":{"name":"p"},"spec":{"hostNetwork":true,
      "containers":[{"name":"c","image":"i"}]}})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(json::string_at(refused.body, "message"),
            "pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces "
            "(hostNetwork=true)");
  const Reply warned = send("POST", path, R"({"metadata":{"name":"p"},"spec":{
      "containers":[{"name":"c","image":"i"}]}})");
  EXPECT_EQ(warned.status, 201);
  EXPECT_NE(warned.headers.get("Warning").find("would violate PodSecurity"), std::string::npos);
}

}  // namespace
}  // namespace firesteel::apiserver
