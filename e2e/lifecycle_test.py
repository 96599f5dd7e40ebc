"""The operator on a real kube-apiserver with its controller manager: every way that an application goes, its death by
kill -9 again and again under load, two of them of which the leader is stopped and woken, and its end by SIGTERM."""
import os
import signal
import sys
import time
import unittest

FIRESTEEL = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/firesteel"
KILLS = int(os.environ.get("FIRESTEEL_KILLS", "15"))

from real_cluster import (APPLICATIONS, CORE, NAMESPACE, SCHEDULES, Kubelet, RealCluster, Refused, components,  # noqa: E402
                          free_port, manifest, message_of, state_of)

CLUSTER = None
LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/spark-operator-lock"
SHORT_LEASE = ("--leader-election", "--leader-election-lease-duration", "3s", "--leader-election-renew-deadline", "2s",
               "--leader-election-retry-period", "1s")
REGISTRATIONS = "/apis/admissionregistration.k8s.io/v1"


def setUpModule():
    global CLUSTER
    folder = components()
    if folder is None:
        raise unittest.SkipTest("no kube-apiserver here: tools/kube-components builds it (needs Go, 10 CPU minutes)")
    CLUSTER = RealCluster(folder, FIRESTEEL)
    unittest.addModuleCleanup(CLUSTER.close)
    CLUSTER.start()


class RealClusterTest(unittest.TestCase):
    def setUp(self):
        self.client = CLUSTER.client
        self.kubelet = Kubelet(self.client)
        self.addCleanup(self.kubelet.close)

    def operator(self, name, *arguments):
        operator = CLUSTER.operator(name, "--webhook-port", "0", *arguments)
        self.addCleanup(self.end, operator)
        return operator

    @staticmethod
    def end(operator):
        if operator.process.poll() is None:
            operator.signal(signal.SIGCONT)
            operator.kill()

    def create(self, name, play=None, **spec):
        return self.client.post(APPLICATIONS, manifest(name, play, **spec))

    def becomes(self, name, state, seconds=60):
        CLUSTER.wait_for(f"{name} {state}, found {CLUSTER.state(name)}", lambda: CLUSTER.state(name) == state, seconds)
        return CLUSTER.application(name)

    def names(self, resource):
        return {item["metadata"]["name"] for item in self.client.get(f"{CORE}/{resource}")["items"]}

    def check_nothing_is_orphaned(self):
        """Everything that is there has an owner that is there."""
        def all_of(path):
            return self.client.get(path)["items"]
        applications, pods = all_of(APPLICATIONS), all_of(f"{CORE}/pods")
        uids = {item["metadata"]["uid"] for item in applications + pods}
        for item in pods + all_of(f"{CORE}/configmaps") + all_of(f"{CORE}/services"):
            if item["metadata"]["name"] == "kube-root-ca.crt" or "unowned" in item["metadata"].get("labels", {}):
                continue
            owners = [owner["uid"] for owner in item["metadata"].get("ownerReferences", [])]
            self.assertTrue(set(owners) & uids, f"{item['metadata']['name']} is an orphan")

    def clear(self):
        for path in (SCHEDULES, APPLICATIONS, f"{CORE}/pods"):
            self.client.delete(path, grace=0)
        CLUSTER.wait_for("an empty namespace", lambda: not self.client.get(f"{CORE}/pods")["items"])


class LifecycleTest(RealClusterTest):
    """One operator for all; the applications go their ways at the same time."""

    def setUp(self):
        super().setUp()
        self.one = self.operator("operator")
        self.addCleanup(self.clear)
        CLUSTER.wait_for("a ready operator", self.one.is_ready)

    def test_every_way_an_application_goes(self):
        retry = {"type": "OnFailure", "onFailureRetries": 1, "onFailureRetryInterval": 1}
        self.create("good", {"executors": 1})
        self.create("bad", {"exit": 1})
        self.create("again", {"exit": 1}, restartPolicy=retry)
        self.create("brief", timeToLiveSeconds=1)
        for name in ("paused", "deleted", "robbed"):
            self.create(name, {"hold": "true"})
        for name in ("paused", "deleted", "robbed"):
            self.becomes(name, "RUNNING")
            self.assertIn(f"{name}-ui-svc", self.names("services"))
        self.client.merge(f"{APPLICATIONS}/paused", {"spec": {"suspend": True}})
        self.client.delete(f"{APPLICATIONS}/deleted")
        self.client.delete(f"{CORE}/pods/robbed-driver")
        self.check_good_and_bad()
        self.assertRegex(message_of(self.becomes("robbed", "FAILED")), "deleted")
        CLUSTER.wait_for("nothing left of a deleted application", lambda: not [
            name for resource in ("pods", "services", "configmaps") for name in self.names(resource)
            if name.startswith("deleted")])
        self.becomes("paused", "SUSPENDED")
        CLUSTER.wait_for("its driver's end", lambda: "paused-driver" not in self.names("pods"))
        self.client.merge(f"{APPLICATIONS}/paused", {"spec": {"suspend": False}})
        self.becomes("paused", "RUNNING")
        self.client.merge(f"{CORE}/pods/paused-driver", {"metadata": {"annotations": {"play/hold": None}}})
        self.becomes("paused", "COMPLETED")
        CLUSTER.wait_for("the end of what had one second to live", lambda: CLUSTER.application("brief") is None)
        self.assertEqual([name for name in self.names("services") if name.endswith("-ui-svc")], [])
        self.assertEqual(self.kubelet.breaches, [])
        self.check_nothing_is_orphaned()

    def check_good_and_bad(self):
        good = self.becomes("good", "COMPLETED")
        CLUSTER.wait_for("the executor's end", lambda: CLUSTER.application("good")["status"]["executorState"] ==
                         {"good-driver-exec-1": "COMPLETED"})
        self.assertRegex(message_of(self.becomes("bad", "FAILED")), "driver container failed with ExitCode: 1")
        again = self.becomes("again", "FAILED")
        self.assertEqual(again["status"]["executionAttempts"], 2)
        self.assertEqual(len(self.kubelet.drivers["again-driver"]), 2)
        self.assertEqual(len({submission for submission, _ in self.kubelet.drivers["again-driver"]}), 2)

    def test_a_full_quota_is_told_and_waited_for(self):
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "team"}, "spec": {"hard": {"pods": "0"}}}
        self.client.post(f"{CORE}/resourcequotas", quota)
        self.addCleanup(self.client.delete, f"{CORE}/resourcequotas/team")
        CLUSTER.wait_for("the quota's controller", lambda: self.client.get(f"{CORE}/resourcequotas/team")["status"].get("hard"))
        retry = {"type": "OnFailure", "onSubmissionFailureRetries": 100, "onSubmissionFailureRetryInterval": 1}
        self.create("patient", restartPolicy=retry)
        CLUSTER.wait_for("the word quota", lambda: "quota" in str(CLUSTER.application("patient").get("status", "")).lower())
        self.assertNotIn("patient-driver", self.names("pods"))
        self.client.delete(f"{CORE}/resourcequotas/team")
        self.becomes("patient", "COMPLETED")

    def test_a_schedule_starts_its_runs_and_forgets_old_ones(self):
        schedule = {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "ScheduledSparkApplication",
                    "metadata": {"name": "often", "namespace": NAMESPACE},
                    "spec": {"schedule": "@every 1s", "concurrencyPolicy": "Forbid", "successfulRunHistoryLimit": 2,
                             "template": manifest("often")["spec"]}}
        self.client.post(SCHEDULES, schedule)

        def drivers():
            return [name for name in self.kubelet.drivers if name.startswith("often-")]
        CLUSTER.wait_for("four runs", lambda: len(drivers()) >= 4)
        self.client.merge(f"{SCHEDULES}/often", {"spec": {"suspend": True}})

        def runs():
            return [item for item in self.client.get(APPLICATIONS)["items"] if item["metadata"]["name"].startswith("often-")]
        CLUSTER.wait_for("two runs to be kept", lambda: len(runs()) == 2 and all(
            state_of(run) == "COMPLETED" for run in runs()))
        self.assertTrue(all(len(self.kubelet.drivers[name]) == 1 for name in drivers()))


class WebhookTest(RealClusterTest):
    def test_what_cannot_run_is_refused_with_all_reasons(self):
        port = free_port()
        # A Service that the API server can reach without a network of its own.
        self.client.post(f"{CORE}/services", {"apiVersion": "v1", "kind": "Service", "metadata": {
            "name": "spark-operator-webhook", "labels": {"unowned": "true"}},
            "spec": {"type": "ExternalName", "externalName": "localhost"}})
        self.addCleanup(self.client.delete, f"{CORE}/services/spark-operator-webhook")
        for kind in ("Mutating", "Validating"):
            verb = "mutate" if kind == "Mutating" else "validate"
            path = f"/{verb}-sparkoperator-k8s-io-v1beta2-sparkapplication"
            self.client.post(f"{REGISTRATIONS}/{kind.lower()}webhookconfigurations", {
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": f"{kind}WebhookConfiguration",
                "metadata": {"name": "spark-operator-webhook"},
                "webhooks": [{"name": f"{verb}.sparkoperator.k8s.io", "sideEffects": "None", "failurePolicy": "Fail",
                              "admissionReviewVersions": ["v1"], "clientConfig": {"service": {
                                  "namespace": NAMESPACE, "name": "spark-operator-webhook", "port": port, "path": path}},
                              "rules": [{"apiGroups": ["sparkoperator.k8s.io"], "apiVersions": ["v1beta2"],
                                         "operations": ["CREATE", "UPDATE"], "resources": ["sparkapplications"]}]}]})
            self.addCleanup(self.client.delete, f"{REGISTRATIONS}/{kind.lower()}webhookconfigurations/spark-operator-webhook")
        operator = CLUSTER.operator("operator", "--webhook-address", "127.0.0.1", "--webhook-port", str(port))
        self.addCleanup(self.end, operator)

        def served():
            try:
                self.create("judged", {}, driver={"memory": "a lot"}, executor={"memory": "none"})
            except Refused as refused:
                return "spec.driver.memory" in refused.body and refused.body
            self.fail("it was let through")
        self.assertRegex(CLUSTER.wait_for("the webhook's answer", served), "spec.executor.memory")
        self.create("judged")
        self.becomes("judged", "COMPLETED")


class SurvivalTest(RealClusterTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.clear)

    def check_each_ran_once(self, names):
        for name in names:
            self.becomes(name, "COMPLETED", 120)
            self.assertEqual(len(self.kubelet.drivers[f"{name}-driver"]), 1, f"{name} had several drivers")
            self.assertEqual(CLUSTER.application(name)["status"]["executionAttempts"], 1, name)
        self.assertEqual(self.kubelet.breaches, [])
        self.check_nothing_is_orphaned()

    def test_kill_9_under_load_loses_doubles_and_orphans_nothing(self):
        names = []
        operator = self.operator("operator")
        for kill in range(KILLS):
            for number in range(4):
                names.append(f"job-{kill}-{number}")
                self.create(names[-1])
            # After another number of requests each time: by chance it is in the midst of anything.
            CLUSTER.wait_for("something to be under way", lambda: f"{names[-1 - kill % 4]}-driver" in self.kubelet.drivers)
            time.sleep(kill % 5 * 0.01)
            operator.kill()
            operator.start()
        self.check_each_ran_once(names)

    def holder(self):
        lease = self.client.get(LEASE)
        return (lease or {}).get("spec", {}).get("holderIdentity", "")

    def test_a_leader_that_is_stopped_and_woken_writes_nothing_more(self):
        first = self.operator("first", *SHORT_LEASE)
        CLUSTER.wait_for("the first to lead", lambda: self.holder().startswith("first_"))
        second = self.operator("second", *SHORT_LEASE)
        names = [f"led-{number}" for number in range(30)]
        for name in names[:20]:
            self.create(name)
        CLUSTER.wait_for("work under way", lambda: len(self.kubelet.drivers) >= 5)
        first.signal(signal.SIGSTOP)
        CLUSTER.wait_for("the second to lead", lambda: self.holder().startswith("second_"), 20)
        for name in names[20:]:
            self.create(name)
        CLUSTER.wait_for("the second's work", lambda: f"{names[-1]}-driver" in self.kubelet.drivers)
        woken = time.time()
        first.signal(signal.SIGCONT)
        self.assertEqual(first.process.wait(20), 1, "one that lost the lead ends, to begin anew")
        self.check_each_ran_once(names)
        later = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(woken)) + f".{int(woken % 1 * 1e6):06d}Z"
        writes = [write for write in CLUSTER.audit() if write[0] == "first" and write[-1] >= later]
        self.assertEqual(writes, [])
        self.assertEqual(second.stop()[1], 0)
        self.assertEqual(self.holder(), "", "a leader that ends gives its lease back")


class EndTest(RealClusterTest):
    """SIGTERM is obeyed within seconds whatever the operator is doing."""

    LONGEST = 6

    def check_ends(self, operator):
        seconds, code = operator.stop(30)
        self.assertLess(seconds, self.LONGEST, operator.log()[-2000:])
        self.assertEqual(code, 0)

    def test_while_it_watches_and_while_it_waits_to_lead(self):
        watching = self.operator("operator", *SHORT_LEASE)
        CLUSTER.wait_for("a leader", lambda: watching.is_ready() and "operator started" in watching.log())
        waiting = self.operator("second", *SHORT_LEASE)
        CLUSTER.wait_for("a candidate", lambda: "waiting to lead" in waiting.log())
        self.check_ends(waiting)
        self.check_ends(watching)

    def test_while_no_server_is_there(self):
        config = CLUSTER.kubeconfig_of("nowhere")
        with open(config) as file:
            text = file.read()
        with open(config, "w") as file:
            file.write(text.replace(f":{CLUSTER.port}", f":{free_port()}"))
        for arguments in ((), SHORT_LEASE):
            lost = self.operator("nowhere", *arguments)
            CLUSTER.wait_for("it to have tried", lambda: lost.ask("/healthz")[0] == 200)
            self.check_ends(lost)

    def test_while_the_server_does_not_answer(self):
        server = dict(CLUSTER.processes)["kube-apiserver"]
        one = self.operator("operator", *SHORT_LEASE)
        CLUSTER.wait_for("a leader", lambda: one.is_ready() and "operator started" in one.log())
        other = self.operator("second")
        CLUSTER.wait_for("a watching operator", other.is_ready)
        server.send_signal(signal.SIGSTOP)
        try:
            late = self.operator("late")
            CLUSTER.wait_for("it to have tried", lambda: late.ask("/healthz")[0] == 200)
            for operator in (one, other, late):
                self.check_ends(operator)
        finally:
            server.send_signal(signal.SIGCONT)


if __name__ == "__main__":
    unittest.main(verbosity=2)
