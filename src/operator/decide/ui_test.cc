// The UI's Services and Ingresses, and the driver's start deadline.
#include "operator/decide/ui.h"

#include <gtest/gtest.h>

#include "base/json/print.h"
#include "kube/object.h"
#include "operator/decide/application.h"
#include "operator/decide/decide_fixture.h"
#include "spark/field_facts_fixture.h"

namespace firesteel::operators::decide {
namespace {

Status attempt() {
  Status status;
  status.submission_id = "sub-1";
  status.spark_application_id = "spark-abc";
  return status;
}

Settings with_ui(std::string format = "") {
  Settings settings;
  settings.ui_service = true;
  settings.ingress_url_format = std::move(format);
  return settings;
}

TEST(Ui, TheServiceSelectsTheDriverAndUserLabelsDoNotReplaceOurs) {
  spark::Conf conf;
  conf.set("spark.ui.port", "4050", "spec.sparkConf");
  const Ui ui = build_ui(test_application(R"({"spec":{"sparkUIOptions":{"serviceLabels":{"team":"a",
          "sparkoperator.k8s.io/app-name":"x"},"serviceAnnotations":{"n":"1"}}}})"),
                         conf, attempt(), with_ui());
  ASSERT_EQ(ui.objects.size(), 1U);
  EXPECT_EQ(json::print(ui.objects[0]),
            R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"pi-ui-svc",)"
            R"("namespace":"data","labels":{"team":"a","sparkoperator.k8s.io/app-name":"pi",)"
            R"("sparkoperator.k8s.io/submission-id":"sub-1",)"
            R"("sparkoperator.k8s.io/created-by-spark-operator":"true"},"annotations":{"n":"1"}},)"
            R"("spec":{"type":"ClusterIP","ports":[{"name":"spark-driver-ui-port","port":4050,)"
            R"("protocol":"TCP","targetPort":4050}],"selector":{)"
            R"("sparkoperator.k8s.io/app-name":"pi","spark-role":"driver"}}})");
  EXPECT_EQ(ui.info.web_ui_service_name, "pi-ui-svc");
  EXPECT_EQ(ui.info.web_ui_port, 4050);
}

TEST(Ui, EveryFieldOfItsOptionsChangesAnObject) {
  const auto objects = [](const json::Value& application) {
    std::string text;
    for (const json::Value& object :
         build_ui(application, {}, attempt(), with_ui("{{$appName}}.ui")).objects) {
      text += json::print(object);
    }
    return text;
  };
  int checked = 0;
  for (const spark::FieldFact& fact : spark::field_facts()) {
    if (fact.effect != "ui") continue;
    json::Value pi = test_application(R"({"spec":{"driverIngressOptions":[{"servicePort":5000,
        "servicePortName":"x","ingressURLFormat":"{{$appName}}.x"}]}})");
    const std::string before = objects(pi);
    spark::set_field(pi, fact.path, *json::parse(fact.rest));
    EXPECT_NE(objects(pi), before) << fact.path;
    ++checked;
  }
  EXPECT_EQ(checked, 15);
}

TEST(Ui, ThereIsNoneForADriverWithoutOne) {
  const json::Value pi = test_application("");
  spark::Conf off;
  off.set("spark.ui.enabled", "false", "spec.sparkConf");
  spark::Conf any_port;
  any_port.set("spark.ui.port", "0", "spec.sparkConf");
  EXPECT_TRUE(build_ui(pi, off, attempt(), with_ui()).objects.empty());
  EXPECT_TRUE(build_ui(pi, any_port, attempt(), with_ui()).objects.empty());
  EXPECT_TRUE(build_ui(pi, {}, attempt(), {}).objects.empty());
}

TEST(Ui, AnIngressBelowAPathIsRewrittenAndSparkKnowsItsBase) {
  json::Value pi = test_application("");
  const Settings settings = with_ui("spark.example.org/{{$appNamespace}}/{{$appName}}/{{$appId}}/");
  const Ui ui = build_ui(pi, {}, attempt(), settings);
  ASSERT_EQ(ui.objects.size(), 2U);
  const json::Value& ingress = ui.objects[1];
  EXPECT_EQ(kube::name_of(ingress), "pi-ui-ingress");
  EXPECT_EQ(json::print(*json::find(ingress, "spec")),
            R"({"rules":[{"host":"spark.example.org","http":{"paths":[{)"
            R"~("path":"/data/pi/spark-abc(/|$)(.*)","pathType":"ImplementationSpecific",)~"
            R"("backend":{"service":{"name":"pi-ui-svc","port":{"number":4040}}}}]}}]})");
  EXPECT_EQ(json::print(*json::find(ingress, {"metadata", "annotations"})),
            R"({"nginx.ingress.kubernetes.io/rewrite-target":"/$2"})");
  EXPECT_EQ(ui.info.web_ui_ingress_address, "http://spark.example.org/data/pi/spark-abc");
  set_proxy_base(pi, attempt(), settings);
  EXPECT_EQ(json::string_at(pi, {"spec", "sparkConf", "spark.ui.proxyBase"}), "/data/pi/spark-abc");
  EXPECT_EQ(json::string_at(pi, {"spec", "sparkConf", "spark.ui.proxyRedirectUri"}), "/");
}

TEST(Ui, AHostOfItsOwnNeedsNoBase) {
  json::Value pi = test_application("");
  set_proxy_base(pi, attempt(), with_ui("https://{{$appName}}.example.org:8443"));
  EXPECT_EQ(json::find(pi, {"spec", "sparkConf"}), nullptr);
  const Ui ui = build_ui(pi, {}, attempt(), with_ui("https://{{$appName}}.example.org:8443"));
  EXPECT_EQ(ui.info.web_ui_ingress_address, "https://pi.example.org:8443");
  const json::Value& rule = json::array_at(ui.objects[1], {"spec", "rules"})[0];
  EXPECT_EQ(json::string_at(rule, "host"), "pi.example.org");
}

TEST(Ui, MorePortsOfTheDriver) {
  const json::Value pi = test_application(R"({"spec":{"driverIngressOptions":[
    {"servicePort":15002,"servicePortName":"connect","serviceType":"NodePort"},
    {"servicePort":8080,"servicePortName":"web","ingressURLFormat":"web.{{$appName}}.org"}]}})");
  std::string names;
  for (const json::Value& object : build_ui(pi, {}, attempt(), {}).objects) {
    names += json::string_at(object, "kind");
    names += " ";
    names += kube::name_of(object);
    names += ";";
  }
  EXPECT_EQ(names, "Service pi-driver-15002;Service pi-driver-8080;Ingress pi-ing-8080;");
  EXPECT_EQ(ui_objects(pi, attempt(), {}),
            (std::vector<ObjectReference>{{"Service", "pi-driver-15002"},
                                          {"Ingress", "pi-ing-8080"},
                                          {"Service", "pi-driver-8080"}}));
}

TEST(Ui, LongNamesAreCutAndStayApart) {
  const std::string long_name(70, 'a');
  EXPECT_EQ(ui_service_name(std::string(56, 'a')), std::string(56, 'a') + "-ui-svc");
  EXPECT_EQ(ui_service_name(long_name).size(), 63U);
  EXPECT_NE(ui_service_name(long_name), ui_service_name(long_name + "b"));
}

std::string decided(const std::string& status, const char* pods, bool live, Settings settings) {
  Observed seen = test_observed(R"({"status":{"submissionID":"$ID",)" + status + "}}", pods, live);
  settings.kubernetes_master = seen.settings.kubernetes_master;
  seen.settings = settings;
  return describe(decide(seen));
}

TEST(Ui, ComesWithTheDriverAndGoesAtTheEnd) {
  EXPECT_EQ(
      decided(R"("applicationState":{"state":"SUBMITTED"},"driverInfo":{})", "", true, with_ui()),
      "create pi-driver; create dependents; expose pi-ui-svc; write SUBMITTED; event "
      "SparkApplicationSubmitted; event SparkDriverPending; on change");
  EXPECT_EQ(decided(R"("applicationState":{"state":"SUCCEEDING"},"terminationTime":"$T-1",
                      "driverInfo":{"podName":"pi-driver","webUIServiceName":"pi-ui-svc"})",
                    "driver Succeeded exit=0", false, {}),
            "hide pi-ui-svc; write COMPLETED; event SparkApplicationCompleted; on change");
}

TEST(Ui, ADriverThatDoesNotStartInTimeFailsWithWhatItWaitedFor) {
  Settings settings;
  settings.driver_start_timeout = std::chrono::seconds(90);
  const auto pending = [&](const char* since, bool live) {
    return decided(std::string(R"("applicationState":{"state":"SUBMITTED"},"driverInfo":{)") +
                       R"("podName":"pi-driver"},"lastSubmissionAttemptTime":")" + since + "\"",
                   "driver Pending waiting=ImagePullBackOff", live, settings);
  };
  EXPECT_EQ(pending("$T-60", false), "write SUBMITTED; after 30 s");
  EXPECT_EQ(pending("$T-90", false), "look live");
  const std::string end = pending("$T-90", true);
  EXPECT_TRUE(
      end.starts_with("delete pi-driver; write FAILING (the driver did not start within 90 s: "))
      << end;
}

TEST(Ui, AWaitingDriverSaysWhatItWaitsFor) {
  const Decision decision = decide(test_observed(
      R"({"status":{"applicationState":{"state":"SUBMITTED"},"submissionID":"$ID",
         "driverInfo":{"podName":"pi-driver"}}})",
      "driver Pending waiting=ImagePullBackOff", false));
  const json::Value status = written_status(decision);
  ASSERT_FALSE(json::array_at(status, {"conditions"}).empty());
  const json::Value& running = json::array_at(status, {"conditions"})[0];
  EXPECT_EQ(json::string_at(running, "type"), "Running");
  EXPECT_EQ(json::string_at(running, "status"), "False");
  EXPECT_EQ(json::string_at(running, "reason"), "ImagePullBackOff");
}

}  // namespace
}  // namespace firesteel::operators::decide
