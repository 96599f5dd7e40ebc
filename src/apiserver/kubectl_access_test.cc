// The real kubectl on what access control, explain, and tables show.
#include "apiserver/server_fixture.h"

namespace firesteel::apiserver {
namespace {

class KubectlAccess : public ServerFixture {
 protected:
  void SetUp() override {
    if (run_command("command -v kubectl").status != 0) {
      GTEST_SKIP() << "kubectl is not installed: these tests need it";
    }
    ServerFixture::SetUp();
  }
  void prints(const std::string& arguments, std::string_view part, const std::string& input = "") {
    const Outcome outcome = kubectl(arguments, input);
    EXPECT_NE(outcome.output.find(part), std::string::npos)
        << "kubectl " << arguments << " printed no \"" << part << "\" but:\n"
        << outcome.output;
  }
};

constexpr char kAccess[] = R"(
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: jane-edits, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
)";

TEST_F(KubectlAccess, RolesDecideWhoMayDoWhat) {
  prints("get pods --as=jane",
         "Error from server (Forbidden): pods is forbidden: User \"jane\" cannot list resource "
         "\"pods\" in API group \"\" in the namespace \"default\"");
  prints("apply", "rolebinding.rbac.authorization.k8s.io/jane-edits created", kAccess);
  prints("get pods --as=jane", "No resources found");
  prints("get nodes --as=jane", "at the cluster scope");
  prints("auth can-i create deployments.apps --as=jane", "yes");
  prints("auth can-i create deployments.apps --as=jane -n kube-system", "no");
  prints("auth can-i --list --as=jane", "configmaps");
  prints("auth whoami", "admin");
  prints("auth whoami --as=jane --as-group=dev", "[dev system:authenticated]");
  prints("get rolebindings -o wide", "ClusterRole/edit");
  prints("get clusterroles", "cluster-admin");
}

TEST_F(KubectlAccess, ExplainsKinds) {
  prints("explain pods", "KIND:       Pod");
  prints("explain deployments.metadata.labels", "Map of keys and values");
  prints("api-resources --api-group=apps", "deployments");
  prints("api-versions", "rbac.authorization.k8s.io/v1");
  prints("get --raw /openapi/v2", "\"swagger\":\"2.0\"");
}

TEST_F(KubectlAccess, ServerSideValidationIsFoundAndUsed) {
  prints("apply", "configmap/a created",
         "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"1\"}\n");
  prints("diff", "+  other:",
         "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {other: \"1\"}\n");
  prints("create --dry-run=server", "serviceaccount/s created (server dry run)",
         "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s}\n");
}

}  // namespace
}  // namespace firesteel::apiserver
