"""Who may do what: impersonation, RBAC with its escalation checks, reviews, tokens; namespaces and finalizers."""
from steps import MERGE, Sequence, apply, config_map, delete, get, impersonate, patch, pod, post, put

MAPS = "/api/v1/namespaces/$ns/configmaps"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ROLES = f"{RBAC}/namespaces/$ns/roles"
BINDINGS = f"{RBAC}/namespaces/$ns/rolebindings"
REVIEW = "/apis/authorization.k8s.io/v1"
ALICE = impersonate("alice")
ADMIN = impersonate("anna")
ACCOUNT = impersonate("system:serviceaccount:$ns:default")


def binding(name, role, user, kind="ClusterRole"):
    return {"metadata": {"name": name}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
            "subjects": [{"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}]}


def role(name, *rules):
    return {"metadata": {"name": name}, "rules": list(rules)}


def rule(verbs, resources, groups=("",), **more):
    return {"apiGroups": list(groups), "resources": resources, "verbs": verbs, **more}


def allowed(name, who, /, **attributes):
    return post(name, f"{REVIEW}/selfsubjectaccessreviews", {
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes}}, headers=who)


def until_allowed(name, who, /, **attributes):
    """The real server's authorizer sees a new binding a moment after it was written."""
    return post(name, f"{REVIEW}/selfsubjectaccessreviews", {"spec": {"resourceAttributes": attributes}}, headers=who,
                until=lambda code, body: body.get("status", {}).get("allowed") is True)


ACCESS = Sequence("access", [
    get("nobody lists", MAPS, headers=ALICE),
    get("nobody reads", f"{MAPS}/x", headers=ALICE),
    get("nobody reads nodes", "/api/v1/nodes", headers=ALICE),
    get("nobody reads a status", "/apis/apps/v1/namespaces/$ns/deployments/x/status", headers=ALICE),
    get("nobody's path", "/metrics", headers=ALICE),
    get("everybody's path", "/version", headers=ALICE, compare="code"),
    get("account lists", MAPS, headers=ACCOUNT),
    post("account creates", "/api/v1/namespaces/$ns/pods", pod("x"), headers=ACCOUNT),
    post("role", ROLES, role("reader", rule(["get", "list"], ["configmaps"]), rule(["get"], ["secrets"], resourceNames=["s"]))),
    post("binding", BINDINGS, binding("alice", "reader", "alice", "Role")),
    get("alice may list", f"{MAPS}?labelSelector=none", headers=ALICE, until=lambda code, body: code == 200),
    get("alice lists", f"{MAPS}?labelSelector=none", headers=ALICE),
    post("alice may not create", MAPS, config_map("a"), headers=ALICE),
    get("alice may not watch", f"{MAPS}?watch=true", headers=ALICE),
    delete("alice may not delete all", MAPS, headers=ALICE),
    get("alice's one secret", "/api/v1/namespaces/$ns/secrets/s", headers=ALICE),
    get("alice's other secret", "/api/v1/namespaces/$ns/secrets/t", headers=ALICE),
    get("alice selects her secret", "/api/v1/namespaces/$ns/secrets?fieldSelector=metadata.name%3Ds", headers=ALICE),
    apply("alice applies a new one", f"{MAPS}/new", config_map("new"), headers=ALICE),
    get("alice elsewhere", "/api/v1/namespaces/default/configmaps", headers=ALICE),
    allowed("review yes", ALICE, verb="get", resource="configmaps", namespace="$ns"),
    allowed("review no", ALICE, verb="delete", resource="configmaps", namespace="$ns"),
    allowed("review name", ALICE, verb="get", resource="secrets", name="s", namespace="$ns"),
    allowed("review subresource", ALICE, verb="get", resource="pods", subresource="log", namespace="$ns"),
    allowed("review admin", {}, verb="*", resource="*"),
    post("review path", f"{REVIEW}/selfsubjectaccessreviews", {"spec": {"nonResourceAttributes": {
        "path": "/version", "verb": "get"}}}, headers=ALICE, ignore=("status.reason",)),  # any binding that allows it
    post("review nothing", f"{REVIEW}/selfsubjectaccessreviews", {"spec": {}}),
    post("review of another", f"{REVIEW}/subjectaccessreviews", {"spec": {"user": "alice", "resourceAttributes": {
        "verb": "get", "resource": "configmaps", "namespace": "$ns"}}}),
    post("review of nobody", f"{REVIEW}/subjectaccessreviews", {"spec": {"resourceAttributes": {"verb": "get"}}}),
    post("local review", f"{REVIEW}/namespaces/$ns/localsubjectaccessreviews", {
        "metadata": {"namespace": "$ns"}, "spec": {"user": "alice", "resourceAttributes": {
            "verb": "get", "resource": "configmaps", "namespace": "$ns"}}}),
    post("rules", f"{REVIEW}/selfsubjectrulesreviews", {"spec": {"namespace": "$ns"}}, headers=ALICE, compare="code"),
    post("who am i", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, headers=ALICE),
    post("who is admin", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, compare="code"),
    get("alice impersonates", MAPS, headers={**ALICE, "Impersonate-Extra-Scopes": "x"}),
    get("group without user", MAPS, headers={"Impersonate-Group": "g"}, compare="code"),
])

ESCALATION = Sequence("escalation", [
    post("anna is admin here", BINDINGS, binding("anna", "admin", "anna")),
    get("anna may list", ROLES, headers=ADMIN, until=lambda code, body: code == 200, compare="none"),
    post("anna grants what she has", ROLES, role("ok", rule(["get"], ["pods"])), headers=ADMIN),
    post("anna grants more", ROLES, role("more", rule(["get"], ["nodes"])), headers=ADMIN),
    post("anna grants everything", ROLES, role("all", rule(["*"], ["*"], ["*"])), headers=ADMIN),
    put("anna widens", f"{ROLES}/ok", role("ok", rule(["get", "impersonate"], ["pods", "users"])), headers=ADMIN),
    patch("anna patches wider", f"{ROLES}/ok", {"rules": [rule(["*"], ["*"])]}, MERGE, headers=ADMIN),
    apply("anna applies wider", f"{ROLES}/wide", {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
                                                   **role("wide", rule(["*"], ["*"]))}, headers=ADMIN),
    post("anna binds cluster-admin", BINDINGS, binding("root", "cluster-admin", "anna"), headers=ADMIN),
    post("anna binds view", BINDINGS, binding("view", "view", "bob"), headers=ADMIN),
    post("anna binds own role", BINDINGS, binding("own", "ok", "bob", "Role"), headers=ADMIN),
    post("anna binds a missing role", BINDINGS, binding("missing", "none", "bob", "Role"), headers=ADMIN),
    post("anna makes a cluster role", f"{RBAC}/clusterroles", role("anna", rule(["get"], ["pods"])), headers=ADMIN),
    post("anna binds cluster-wide", f"{RBAC}/clusterrolebindings", binding("anna", "view", "anna"), headers=ADMIN),
    post("admin makes a binder", ROLES, role("binder", rule(["bind"], ["clusterroles"], ["rbac.authorization.k8s.io"],
                                                            resourceNames=["cluster-admin"]))),
    post("anna is binder", BINDINGS, binding("anna-binder", "binder", "anna", "Role")),
    until_allowed("anna may bind", ADMIN, verb="bind", group="rbac.authorization.k8s.io", resource="clusterroles",
                  name="cluster-admin", namespace="$ns"),
    post("anna binds by verb", BINDINGS, binding("root2", "cluster-admin", "carl"), headers=ADMIN),
    post("admin makes an escalator", ROLES, role("escalator", rule(["escalate"], ["roles"], ["rbac.authorization.k8s.io"]))),
    post("anna is escalator", BINDINGS, binding("anna-escalator", "escalator", "anna", "Role")),
    until_allowed("anna may escalate", ADMIN, verb="escalate", group="rbac.authorization.k8s.io", resource="roles",
                  namespace="$ns"),
    post("anna escalates by verb", ROLES, role("all", rule(["*"], ["*"], ["*"])), headers=ADMIN),
])

TOKENS = Sequence("tokens", [
    post("token", "/api/v1/namespaces/$ns/serviceaccounts/default/token", {
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "spec": {"expirationSeconds": 600, "audiences": None}}, remember={"token": "status.token"},
        ignore=("body.spec.audiences",)),
    post("bare token", "/api/v1/namespaces/$ns/serviceaccounts/default/token", {}, ignore=("body.spec.audiences",)),
    post("short token", "/api/v1/namespaces/$ns/serviceaccounts/default/token", {"spec": {"expirationSeconds": 5}}),
    post("token of nobody", "/api/v1/namespaces/$ns/serviceaccounts/nobody/token", {}),
    post("token of missing pod", "/api/v1/namespaces/$ns/serviceaccounts/default/token", {
        "spec": {"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "none"}}}),
    post("review token", "/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": "$token"}},
         ignore=("body.status.audiences", "body.status.user.extra")),
    post("review nonsense", "/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": "nonsense"}},
         ignore=("body.status.error",)),
    post("review no token", "/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {}}),
])

NAMESPACES = Sequence("namespaces", [
    post("create", "/api/v1/namespaces", {"metadata": {"name": "differential-extra"}}),
    get("read", "/api/v1/namespaces/differential-extra"),
    post("create again", "/api/v1/namespaces", {"metadata": {"name": "differential-extra"}}),
    patch("label", "/api/v1/namespaces/differential-extra", {"metadata": {"labels": {"a": "b"}}}),
    get("status", "/api/v1/namespaces/differential-extra/status"),
    post("map with finalizer", "/api/v1/namespaces/differential-extra/configmaps", config_map("held", finalizers=["a.test/x"])),
    delete("delete", "/api/v1/namespaces/differential-extra"),
    get("terminating", "/api/v1/namespaces/differential-extra", ignore=("body.status.conditions", "body.metadata.resourceVersion",
                                                                         "body.metadata.managedFields")),
    post("create in terminating", "/api/v1/namespaces/differential-extra/configmaps", config_map("late")),
    patch("release", "/api/v1/namespaces/differential-extra/configmaps/held", {"metadata": {"finalizers": None}},
          compare="code"),
    get("gone", "/api/v1/namespaces/differential-extra", until=lambda code, body: code == 404),
    delete("default", "/api/v1/namespaces/default"),
    delete("kube-system", "/api/v1/namespaces/kube-system"),
    delete("collection", "/api/v1/namespaces", compare="code"),
], namespace=False)

FINALIZERS = Sequence("finalizers", [
    post("create", MAPS, config_map("held", finalizers=["a.test/x", "a.test/y"])),
    delete("delete", f"{MAPS}/held"),
    get("held", f"{MAPS}/held"),
    delete("delete again", f"{MAPS}/held"),
    patch("add one", f"{MAPS}/held", {"metadata": {"finalizers": ["a.test/x", "a.test/y", "a.test/z"]}}),
    patch("remove one", f"{MAPS}/held", {"metadata": {"finalizers": ["a.test/x"]}}),
    patch("remove all", f"{MAPS}/held", {"metadata": {"finalizers": []}}),
    get("gone", f"{MAPS}/held"),
    post("owner", MAPS, config_map("owner"), remember={"owner": "metadata.uid"}),
    post("dependent", MAPS, config_map("dependent", ownerReferences=[
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "$owner", "blockOwnerDeletion": True}])),
    delete("foreground", f"{MAPS}/owner", {"propagationPolicy": "Foreground"}),
    get("dependent gone", f"{MAPS}/dependent", until=lambda code, body: code == 404),
    get("owner gone", f"{MAPS}/owner", until=lambda code, body: code == 404),
    post("owner two", MAPS, config_map("owner2"), remember={"owner2": "metadata.uid"}),
    post("dependent two", MAPS, config_map("dependent2", ownerReferences=[
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner2", "uid": "$owner2"}])),
    delete("orphan", f"{MAPS}/owner2", {"propagationPolicy": "Orphan"}),
    get("owner two gone", f"{MAPS}/owner2", until=lambda code, body: code == 404),
    get("orphan left", f"{MAPS}/dependent2"),
])

SEQUENCES = [ACCESS, ESCALATION, TOKENS, NAMESPACES, FINALIZERS]
