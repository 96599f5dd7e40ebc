"""The calls that Airflow's Spark operator makes through the Python client `kubernetes`, and their neighbours.

Run by client_python_test.py with the interpreter that has that client, against the cluster of KUBECONFIG and the pods of
pods.yaml. Order and parameters of the calls are Airflow's.
"""
import datetime
import threading
import unittest

from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream

GROUP = ("sparkoperator.k8s.io", "v1beta2")
NAMESPACE = "data-platform"


def application(name):
    return {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication", "metadata": {"name": name, "labels": {"app": name}},
            "spec": {"type": "Scala", "mode": "cluster", "suspend": True, "image": "apache/spark:v3.5.0", "mainClass": "a.B",
                     "mainApplicationFile": "local:///a.jar", "sparkVersion": "3.5.0", "driver": {}, "executor": {}}}


class AirflowCalls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        config.load_kube_config()
        cls.custom = client.CustomObjectsApi()
        cls.core = client.CoreV1Api()

    def refused(self, status, call, *arguments, **options):
        with self.assertRaises(ApiException) as caught:
            call(*arguments, **options)
        self.assertEqual(caught.exception.status, status, caught.exception.body)
        return caught.exception.body

    def test_version(self):
        self.assertRegex(client.VersionApi().get_code().git_version, r"^v1\.")

    def test_an_application_is_created_read_watched_patched_and_deleted(self):
        of = (*GROUP, NAMESPACE, "sparkapplications")
        made = self.custom.create_namespaced_custom_object(*of, application("python"))
        self.addCleanup(self.gone, of, "python")
        self.assertEqual(made["metadata"]["name"], "python")
        self.refused(409, self.custom.create_namespaced_custom_object, *of, application("python"))
        self.assertEqual(self.custom.get_namespaced_custom_object_status(*of, "python")["metadata"]["uid"], made["metadata"]["uid"])
        self.assertEqual(len(self.custom.list_namespaced_custom_object(*of, label_selector="app=python")["items"]), 1)
        version = made["metadata"]["resourceVersion"]
        self.custom.patch_namespaced_custom_object(*of, "python", {"metadata": {"annotations": {"a": "b"}}})
        self.custom.delete_namespaced_custom_object(*of, "python")
        seen = []
        for event in watch.Watch().stream(self.custom.list_namespaced_custom_object, *of, resource_version=version,
                                          field_selector="metadata.name=python", timeout_seconds=10):
            seen.append((event["type"], event["object"]["metadata"].get("annotations", {}).get("a")))
            if event["type"] == "DELETED":
                break
        self.assertIn(("MODIFIED", "b"), seen)
        self.assertEqual(seen[-1][0], "DELETED")
        self.refused(404, self.custom.get_namespaced_custom_object, *of, "python")

    def gone(self, of, name):
        try:
            self.custom.delete_namespaced_custom_object(*of, name)
        except ApiException as error:
            self.assertEqual(error.status, 404)

    def test_an_invalid_application_is_refused_with_a_status(self):
        bad = application("bad")
        bad["spec"]["type"] = "Cobol"
        self.assertIn("spec.type", self.refused(422, self.custom.create_namespaced_custom_object, *GROUP, NAMESPACE, "sparkapplications", bad))

    def test_pods_are_selected_as_airflow_selects_them(self):
        found = self.core.list_namespaced_pod(NAMESPACE, field_selector="status.phase!=Failed,status.phase!=Unknown",
                                              label_selector="app=box,already_checked!=True,!airflow-worker")
        self.assertEqual([pod.metadata.name for pod in found.items], ["box"])
        pod = self.core.read_namespaced_pod("box", NAMESPACE)
        self.assertEqual(pod.status.phase, "Running")
        self.assertTrue(pod.status.container_statuses[0].state.running.started_at.tzinfo)
        self.assertTrue(pod.status.container_statuses[0].image_id)
        self.refused(404, self.core.read_namespaced_pod, "nobody", NAMESPACE)

    def test_a_log_is_followed_to_the_containers_end(self):
        log = self.core.read_namespaced_pod_log("talker", NAMESPACE, container="main", follow=True, timestamps=True, _preload_content=False)
        lines = [line.decode().split(" ", 1) for line in log.stream(amt=None) for line in line.splitlines()]
        self.assertEqual([text for _, text in lines], ["first", "last"])
        for moment, _ in lines:
            self.assertRegex(moment, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$")
        for options, expected in (({"tail_lines": 1}, b"last\n"), ({"limit_bytes": 3}, b"fir"),
                                  ({"since_seconds": 3600, "follow": False, "timestamps": False}, b"first\nlast\n")):
            log = self.core.read_namespaced_pod_log("talker", NAMESPACE, _preload_content=False, **options)
            self.assertEqual(log.data, expected, options)

    def test_events_are_listed_and_watched(self):
        about = "involvedObject.name=box"
        events = self.core.list_namespaced_event(NAMESPACE, field_selector=about)
        self.assertIn("Scheduled", [event.reason for event in events.items])
        version = events.metadata.resource_version
        self.assertTrue(version)
        again = self.core.list_namespaced_event(NAMESPACE, field_selector=about, resource_version=version, resource_version_match="NotOlderThan")
        self.assertGreaterEqual(len(again.items), len(events.items))
        body = client.CoreV1Event(metadata=client.V1ObjectMeta(generate_name="python-"), reason="Greeting", type="Normal", message="m",
                                  involved_object=client.V1ObjectReference(kind="Pod", name="box", namespace=NAMESPACE),
                                  last_timestamp=datetime.datetime.now(datetime.timezone.utc))
        self.core.create_namespaced_event(NAMESPACE, body)
        for event in watch.Watch().stream(self.core.list_namespaced_event, NAMESPACE, field_selector=about, resource_version=version, timeout_seconds=5):
            self.assertEqual((event["type"], event["object"].reason), ("ADDED", "Greeting"))
            break

    def test_a_whole_pod_is_sent_back_as_a_patch(self):
        pod = self.core.read_namespaced_pod("box", NAMESPACE)
        pod.metadata.labels["already_checked"] = "False"
        patched = self.core.patch_namespaced_pod("box", NAMESPACE, pod)
        self.assertEqual(patched.metadata.labels["already_checked"], "False")
        pod.metadata.labels["already_checked"] = "Stale"
        self.refused(409, self.core.patch_namespaced_pod, "box", NAMESPACE, pod)

    def test_a_pod_is_deleted_with_a_grace_period(self):
        body = {"metadata": {"name": "short"}, "spec": {"containers": [{"name": "main", "image": "firesteel", "command": ["sleep", "100"]}]}}
        self.core.create_namespaced_pod(NAMESPACE, body)
        deleted = self.core.delete_namespaced_pod("short", NAMESPACE, body=client.V1DeleteOptions(grace_period_seconds=0))
        self.assertEqual(deleted.metadata.name, "short")
        self.refused(404, self.core.delete_namespaced_pod, "nobody", NAMESPACE, body=client.V1DeleteOptions())

    def run_in_box(self, *command, **options):
        return stream(self.core.connect_get_namespaced_pod_exec, "box", NAMESPACE, container="main", command=list(command),
                      stdout=True, stderr=True, tty=False, **options)

    def test_exec_gives_output_exit_code_and_takes_input(self):
        self.assertEqual(self.run_in_box("echo", "hi", stdin=False), "hi\n")
        session = self.run_in_box("sh", "-c", "read a; echo got $a; echo oops >&2; exit 4", stdin=True, _preload_content=False)
        session.write_stdin("word\n")
        session.run_forever(timeout=10)
        self.assertEqual((session.read_stdout(), session.read_stderr(), session.returncode), ("got word\n", "oops\n", 4))

    def test_leases_change_hands_by_resource_version(self):
        leases = client.CoordinationV1Api()
        now = datetime.datetime.now(datetime.timezone.utc)
        lease = client.V1Lease(metadata=client.V1ObjectMeta(name="python"), spec=client.V1LeaseSpec(
            holder_identity="one", lease_duration_seconds=15, acquire_time=now, renew_time=now))
        made = leases.create_namespaced_lease(NAMESPACE, lease)
        self.addCleanup(leases.delete_namespaced_lease, "python", NAMESPACE)
        self.assertEqual(made.spec.renew_time, now)
        made.spec.holder_identity = "two"
        leases.replace_namespaced_lease("python", NAMESPACE, made)
        made.spec.holder_identity = "three"
        self.refused(409, leases.replace_namespaced_lease, "python", NAMESPACE, made)

    def test_many_threads_share_one_client(self):
        problems = []

        def ask():
            try:
                for _ in range(10):
                    self.core.list_namespaced_pod(NAMESPACE)
            except ApiException as error:
                problems.append(error)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
