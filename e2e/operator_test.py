"""What the operator tells about itself: metrics, health, its log, and the Service of a running driver's UI."""
import re
import unittest
import urllib.error
import urllib.request

from embedded_cluster import NAMESPACE, EmbeddedCluster, manifest_text, needs_kubectl


@needs_kubectl
class OperatorTest(unittest.TestCase):
    def setUp(self):
        self.cluster = EmbeddedCluster()
        self.addCleanup(self.cluster.close)
        self.cluster.up()

    def operator_address(self):
        return self.cluster.kubectl("get", "pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=spark-operator",
                                    "-o", "jsonpath={.items[0].status.podIP}").stdout

    def read(self, path):
        """Status and body of the operator's answer, asked at the pod's own address."""
        try:
            with urllib.request.urlopen(f"http://{self.operator_address()}:10254{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name):
        """The sample without labels; 0 when there is none yet."""
        found = re.search(rf"^{name} (\S+)$", self.read("/metrics")[1], re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    def test_metrics_and_the_service_of_the_ui(self):
        self.cluster.wait_for("a ready operator", lambda: self.read("/readyz")[0] == 200, 30)
        self.assertEqual(self.read("/healthz"), (200, "ok"))
        self.assertEqual(self.metric("spark_application_count"), 0)
        self.cluster.kubectl("apply", "-f", "-", stdin=manifest_text("spark-pi-test"))
        service = self.cluster.wait_for("the UI's Service", lambda: self.cluster.get("service", "spark-pi-test-ui-svc"), 60)
        self.assertEqual(service["spec"]["ports"][0]["targetPort"], 4040)
        self.assertEqual(service["spec"]["selector"]["spark-role"], "driver")
        info = self.cluster.wait_for("its name in the status", lambda: self.driver_info().get("webUIAddress") and
                                     self.driver_info())
        self.assertEqual((info["webUIServiceName"], info["webUIPort"]), ("spark-pi-test-ui-svc", 4040))
        self.assertRegex(info["webUIAddress"], r".+:4040$")
        self.cluster.wait_for("the application in the gauge", lambda: self.metric("spark_app_running_count") == 1)
        self.cluster.wait_for("its end", lambda: self.cluster.state("spark-pi-test") == "COMPLETED")
        self.assertIsNone(self.cluster.get("service", "spark-pi-test-ui-svc"), "it goes with the run")
        for name in ("count", "submit_count", "success_count"):
            self.assertEqual(self.metric(f"spark_app_{name}"), 1, name)
            self.assertEqual(self.metric(f"spark_application_{name}"), 1, name)
        self.assertEqual(self.metric("spark_app_running_count"), 0)
        self.assertGreaterEqual(self.metric("spark_executor_success_count"), 1)
        self.assertEqual(self.metric("spark_application_start_latency_seconds_count"), 1)
        text = self.read("/metrics")[1]
        for part in (r'workqueue_depth\{name="spark-application-controller"\} \d', r'firesteel_build_info\{version="',
                     r'rest_client_requests_total\{code="201",method="POST"\} \d'):
            self.assertRegex(text, part)
        self.check_log()

    def driver_info(self):
        return self.cluster.get("sparkapplication", "spark-pi-test").get("status", {}).get("driverInfo", {})

    def check_log(self):
        """Each transition once, with the application and the attempt."""
        log = self.cluster.kubectl("logs", "-n", NAMESPACE, "deploy/spark-operator").stdout
        for state in ("SUBMITTED", "RUNNING", "SUCCEEDING", "COMPLETED"):
            lines = [line for line in log.splitlines() if f'"application is {state}"' in line or
                     f" application is {state} " in line]
            self.assertEqual(len(lines), 1, f"{state}\n{log}")
            self.assertIn(f"application={NAMESPACE}/spark-pi-test attempt=1", lines[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
