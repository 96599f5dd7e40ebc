#include "operator/metrics.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/patch.h"
#include "net/client.h"
#include "operator/endpoints.h"

namespace firesteel::operators {
namespace {

const TimePoint kNow = *parse_time("2026-11-22T12:00:00Z");

json::Value application(std::string_view state, std::string_view more = "{}") {
  json::Value base = json::parse(R"({"metadata":{"name":"pi","namespace":"data","generation":1,
      "labels":{"app_type":"batch"},"creationTimestamp":"2026-11-22T11:59:00Z"},
      "status":{"submissionID":"one","submissionAttempts":1,
      "executionAttempts":1,"lastSubmissionAttemptTime":"2026-11-22T11:59:10Z",
      "terminationTime":"2026-11-22T11:59:50Z","driverInfo":{"podName":"pi-driver"}}})")
                         .value();
  json::make_object(base, {"status", "applicationState"})["state"] = state;
  return json::apply_merge_patch(base, json::parse(more).value());
}

// Whether the exposed text has all of these lines.
void expect_lines(const Metrics& metrics, const std::vector<std::string>& lines) {
  const std::string text = "\n" + metrics.expose();
  for (const std::string& line : lines) {
    EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line;
  }
}

void expect_none(const Metrics& metrics, const std::string& beginning) {
  EXPECT_EQ(("\n" + metrics.expose()).find("\n" + beginning), std::string::npos) << beginning;
}

TEST(OperatorMetrics, CountsALifeUnderTheNamesOfBothEras) {
  Metrics metrics({"", {}, "1.2.3"});
  const char* intent = R"({"status":{"driverInfo":{"podName":null}}})";
  metrics.wrote(application(""), application("SUBMITTED", intent), kNow);
  metrics.wrote(application("SUBMITTED", intent), application("SUBMITTED"), kNow);
  metrics.wrote(application("SUBMITTED"), application("RUNNING"), kNow);
  metrics.wrote(application("RUNNING"), application("SUCCEEDING"), kNow);
  metrics.wrote(application("SUCCEEDING"), application("COMPLETED"), kNow);
  expect_lines(metrics,
               {"spark_app_count 1", "spark_application_count 1", "spark_app_submit_count 1",
                "spark_application_submit_count 1", "spark_app_success_count 1",
                "spark_application_success_count 1",
                "spark_application_success_execution_time_seconds_sum 40",
                "spark_app_success_execution_time_microseconds_sum 40000000",
                "spark_application_submit_latency_seconds_sum 60",
                "spark_application_submit_latency_seconds_histogram_bucket{le=\"64\"} 1",
                "spark_application_submit_latency_seconds_histogram_bucket{le=\"32\"} 0",
                "spark_application_start_latency_seconds_histogram_bucket{le=\"60\"} 1",
                "spark_app_start_latency_seconds_count 1",
                "spark_app_start_latency_microseconds_sum 60000000",
                "firesteel_application_transition_seconds_sum{from=\"SUBMITTED\",to=\"RUNNING\","
                "attempt=\"first\"} 50",
                "firesteel_build_info{version=\"1.2.3\"} 1"});
  expect_none(metrics, "spark_app_failure_count ");
  expect_none(metrics, "spark_app_failed_submission_count ");
}

TEST(OperatorMetrics, RetriesAreNotCountedAsLatencyOfAStart) {
  Metrics metrics({"", {}, ""});
  const char* second = R"({"status":{"executionAttempts":2}})";
  metrics.wrote(application("SUBMITTED", second), application("RUNNING", second), kNow);
  const char* edited = R"({"metadata":{"generation":2}})";
  metrics.wrote(application("SUBMITTED", edited), application("RUNNING", edited), kNow);
  expect_none(metrics, "spark_application_start_latency_seconds_count");
  expect_lines(metrics,
               {"firesteel_application_transition_seconds_count{from=\"SUBMITTED\",to=\"RUNNING\","
                "attempt=\"retry\"} 2"});
}

TEST(OperatorMetrics, AFailedSubmissionCountsAlsoWhenItEndsTheApplicationAtOnce) {
  Metrics metrics({"", {}, ""});
  metrics.wrote(application(""), application("FAILED"), kNow);
  metrics.wrote(application("FAILING"), application("FAILED"), kNow);
  metrics.wrote(application("SUBMISSION_FAILED"),
                application("SUBMISSION_FAILED", R"({"status":{"submissionAttempts":2}})"), kNow);
  expect_lines(metrics, {"spark_app_failed_submission_count 2", "spark_app_failure_count 2"});
}

TEST(OperatorMetrics, ExecutorsAreCountedWhenTheyEndAndLabelsComeFromTheApplication) {
  Metrics metrics({"x_", {"app_type", "namespace", "team-name"}, ""});
  metrics.wrote(
      application("RUNNING", R"({"status":{"executorState":{"a":"RUNNING","b":"FAILED"}}})"),
      application("RUNNING",
                  R"({"status":{"executorState":{"a":"COMPLETED","b":"FAILED","c":"FAILED"}}})"),
      kNow);
  expect_lines(metrics, {"x_spark_executor_success_count{app_type=\"batch\",namespace=\"data\","
                         "team_name=\"Unknown\"} 1",
                         "x_spark_app_executor_failure_count{app_type=\"batch\",namespace=\"data\","
                         "team_name=\"Unknown\"} 1"});
}

TEST(OperatorMetrics, WhatRunsIsReadFromTheCaches) {
  Metrics metrics({"", {}, ""});
  metrics.read_applications([] {
    return std::vector<json::Document>{
        std::make_shared<const json::Value>(
            application("RUNNING", R"({"status":{"executorState":{"a":"RUNNING"}}})")),
        std::make_shared<const json::Value>(application("COMPLETED"))};
  });
  expect_lines(metrics, {"spark_app_running_count 1", "spark_application_running_count 1",
                         "spark_executor_running_count 1", "spark_app_executor_running_count 1"});
  metrics.read_applications({});
  expect_lines(metrics, {"spark_app_running_count 0"});
}

TEST(OperatorMetrics, TheQueueAndTheRequests) {
  Metrics metrics({"", {}, ""});
  metrics.read_queue_depth([] { return 7; });
  metrics.queued("data/pi", kNow);
  metrics.queued("data/pi", kNow + std::chrono::seconds(1));  // it is there already
  metrics.began("data/pi", kNow + std::chrono::seconds(3));
  metrics.ended("data/pi", Metrics::Round::kFailed, kNow + std::chrono::seconds(5));
  metrics.requested("GET", 404, std::chrono::milliseconds(2));
  const std::string queue = "{name=\"spark-application-controller\"}";
  expect_lines(metrics, {"workqueue_depth" + queue + " 7", "spark_application_controller_depth 7",
                         "workqueue_adds_total" + queue + " 2",
                         "workqueue_queue_duration_seconds_sum" + queue + " 3",
                         "workqueue_work_duration_seconds_sum" + queue + " 2",
                         "workqueue_retries_total" + queue + " 1",
                         "controller_runtime_reconcile_total{controller=\"spark-application-"
                         "controller\",result=\"error\"} 1",
                         "rest_client_requests_total{code=\"404\",method=\"GET\"} 1"});
}

TEST(Endpoints, ServeMetricsAndHealth) {
  Metrics metrics({"", {}, "9"});
  std::string why = "not yet";
  const auto endpoints = Endpoints::start({"127.0.0.1", 0}, metrics, [&] { return why; });
  ASSERT_TRUE(endpoints);
  net::ClientOptions options;
  options.url = "http://127.0.0.1:" + std::to_string((*endpoints)->port());
  const auto client = net::Client::create(options).value();
  const auto get = [&](std::string target, std::string method = "GET") {
    net::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    return client->send(request).value();
  };
  const net::Response found = get("/metrics");
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(found.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(found.body.find("firesteel_build_info{version=\"9\"} 1\n"), std::string::npos);
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/readyz").body, "not yet\n");
  why.clear();
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_EQ(get("/other").status, 404);
  EXPECT_EQ(get("/metrics", "POST").status, 405);
  const auto taken = Endpoints::start({"127.0.0.1", (*endpoints)->port()}, metrics, {});
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find("--metrics-port"), std::string::npos);
}

}  // namespace
}  // namespace firesteel::operators
