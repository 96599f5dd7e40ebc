// The real kubectl against the server in this process.
#include <thread>

#include "apiserver/server_fixture.h"

namespace firesteel::apiserver {
namespace {

class Kubectl : public ServerFixture {
 protected:
  void SetUp() override {
    if (run_command("command -v kubectl").status != 0) {
      GTEST_SKIP() << "kubectl is not installed: these tests need it";
    }
    ServerFixture::SetUp();
  }
  // Runs it, expects success, gives what it printed.
  std::string ok(const std::string& arguments, const std::string& input = "") {
    const Outcome outcome = kubectl(arguments, input);
    EXPECT_EQ(outcome.status, 0) << "kubectl " << arguments << "\n" << outcome.output;
    return outcome.output;
  }
  void contains(const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << "no \"" << part << "\" in:\n" << text;
  }
};

constexpr char kCrd[] = R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: State, type: string, jsonPath: .status.state}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1}
              color: {type: string, default: red, enum: [red, blue]}
          status:
            type: object
            properties: {state: {type: string}, size: {type: integer}}
)";

TEST_F(Kubectl, AppliesGetsAndDeletesAConfigMap) {
  contains(ok("apply", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"1\"}\n"),
           "configmap/a created");
  contains(ok("apply", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"2\"}\n"),
           "configmap/a configured");
  contains(ok("apply", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"2\"}\n"),
           "configmap/a unchanged");
  contains(ok("get configmap a -o jsonpath={.data.x}"), "2");
  contains(ok("get cm"), "NAME");
  contains(ok("delete cm a"), "configmap \"a\" deleted");
  contains(kubectl("get cm a").output, "Error from server (NotFound): configmaps \"a\" not found");
}

TEST_F(Kubectl, ServerSideApplies) {
  const std::string map =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"1\"}\n";
  contains(ok("apply --server-side", map), "serverside-applied");
  contains(ok("apply --server-side", map), "serverside-applied");
  const std::string other =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"2\"}\n";
  contains(kubectl("apply --server-side --field-manager=other", other).output, "conflict");
  contains(ok("apply --server-side --field-manager=other --force-conflicts", other), "applied");
}

TEST_F(Kubectl, RunsPodsAndWaitsForTheirDeletion) {
  contains(ok("run p --image=busybox:1 --restart=Never -- true"), "pod/p created");
  const std::string pods = ok("get pods -o wide");
  contains(pods, "Pending");
  contains(ok("get pod p -o yaml"), "kube-api-access-");
  contains(ok("label pod p a=b"), "labeled");
  contains(ok("get pods -l a=b -o name"), "pod/p");
  contains(ok("get pods -l a!=b -o name"), "");
  contains(ok("patch pod p -p '{\"metadata\":{\"annotations\":{\"k\":\"v\"}}}'"), "patched");
  contains(ok("describe pod p"), "Annotations:");
  contains(ok("delete pod p --wait=true"), "deleted");
}

TEST_F(Kubectl, DefinesAndUsesACustomResource) {
  contains(ok("apply", kCrd), "created");
  contains(ok("wait --for=condition=Established crd/widgets.example.com --timeout=10s"), "met");
  contains(ok("apply",
              "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n"
              "spec: {size: 3}\n"),
           "widget.example.com/w created");
  const std::string table = ok("get wd");
  contains(table, "SIZE");
  contains(table, "3");
  contains(ok("get wd w -o jsonpath={.spec.color}"), "red");
  const std::string bad =
      kubectl("apply",
              "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: bad}\n"
              "spec: {size: 0, color: green}\n")
          .output;
  contains(bad, "spec.size");
  contains(bad, "spec.color");
  const std::string unknown =
      kubectl("apply",
              "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: u}\n"
              "spec: {size: 1, sise: 2}\n")
          .output;
  contains(unknown, "unknown field \"spec.sise\"");
  contains(ok("scale wd w --replicas=5"), "scaled");
  contains(ok("get wd w -o jsonpath={.spec.size}"), "5");
  contains(ok("patch wd w --subresource=status --type=merge -p '{\"status\":{\"state\":\"UP\"}}'"),
           "patched");
  contains(ok("get wd"), "UP");
  contains(ok("get wd w -o jsonpath={.metadata.generation}"), "2");
  contains(ok("explain widget.spec"), "color");
  contains(ok("delete crd widgets.example.com"), "deleted");
  contains(kubectl("get wd").output, "could not find the requested resource");
}

TEST_F(Kubectl, WatchesUntilDeletion) {
  ok("apply", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, finalizers: [x.io/y]}\n");
  std::jthread deleting([this] { contains(ok("delete cm a --wait=true"), "deleted"); });
  ok("patch cm a --type=json -p '[{\"op\":\"remove\",\"path\":\"/metadata/finalizers\"}]'");
  deleting.join();
  contains(ok("get ns -w --request-timeout=1s || true"), "default");
}

TEST_F(Kubectl, ShowsTheClusterAndItsResources) {
  contains(ok("version"), "v1.34.0+firesteel");
  contains(ok("api-resources"), "deployments");
  contains(ok("get --raw /readyz"), "ok");
  contains(ok("get ns"), "kube-system");
  contains(ok("auth can-i create pods"), "yes");
  contains(ok("create deployment d --image=x:1"), "created");
  contains(ok("get deploy d"), "0/1");
  contains(ok("scale deploy d --replicas=2"), "scaled");
  contains(ok("create sa robot"), "created");
  contains(ok("create token robot"), ".");
  contains(ok("create service clusterip s --tcp=80:8080"), "created");
  contains(ok("get svc s"), "127.");
  contains(ok("get all"), "deployment.apps/d");
  contains(ok("create quota q --hard=pods=1"), "created");
  contains(ok("get events"), "No resources found");
}

}  // namespace
}  // namespace firesteel::apiserver
