#include "base/metrics.h"

#include <gtest/gtest.h>

#include <thread>

namespace firesteel::metrics {
namespace {

// Without the registry's own family.
std::string text(const Registry& registry) {
  const std::string all = registry.expose();
  std::string out;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = all.find('\n', at) + 1;
    const std::string line = all.substr(at, end - at);
    if (line.find("metrics_dropped_samples_total") == std::string::npos) out += line;
    at = end;
  }
  return out;
}

TEST(Metrics, CountersAndGaugesAreOneLineASeries) {
  Registry registry;
  registry.declare(Type::kCounter, "jobs_total", "Jobs.");
  registry.declare(Type::kGauge, "depth", "How deep\nit is.");
  registry.add("jobs_total", {{"state", "done"}}, 2);
  registry.add("jobs_total", {{"state", "a \"b\" \\ \n"}});
  registry.add("jobs_total", {{"state", "done"}});
  registry.set("depth", {}, 0.5);
  EXPECT_EQ(text(registry),
            "# HELP depth How deep\\nit is.\n# TYPE depth gauge\ndepth 0.5\n"
            "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\n"
            "jobs_total{state=\"a \\\"b\\\" \\\\ \\n\"} 1\njobs_total{state=\"done\"} 3\n");
}

TEST(Metrics, HistogramBucketsAreCumulativeAndAnUpperBoundIsInside) {
  Registry registry;
  registry.declare(Type::kHistogram, "wait_seconds", "Wait.", {1, 2.5});
  for (const double value : {0.5, 1.0, 2.0, 9.0}) registry.observe("wait_seconds", {}, value);
  EXPECT_EQ(text(registry),
            "# HELP wait_seconds Wait.\n# TYPE wait_seconds histogram\n"
            "wait_seconds_bucket{le=\"1\"} 2\nwait_seconds_bucket{le=\"2.5\"} 3\n"
            "wait_seconds_bucket{le=\"+Inf\"} 4\nwait_seconds_sum 12.5\nwait_seconds_count 4\n");
}

TEST(Metrics, SummariesHaveASumAndACount) {
  Registry registry;
  registry.declare(Type::kSummary, "run_seconds", "Run.");
  registry.observe("run_seconds", {{"a", "b"}}, 1.5);
  registry.observe("run_seconds", {{"a", "b"}}, 2);
  EXPECT_EQ(text(registry),
            "# HELP run_seconds Run.\n# TYPE run_seconds summary\n"
            "run_seconds_sum{a=\"b\"} 3.5\nrun_seconds_count{a=\"b\"} 2\n");
}

TEST(Metrics, CollectedGaugesAreAskedEachTimeAndEqualSeriesAddUp) {
  Registry registry;
  int asked = 0;
  registry.declare_gauge("running", "Running.", [&] {
    ++asked;
    return std::vector<Sample>{{{}, 1}, {{}, static_cast<double>(asked)}};
  });
  EXPECT_EQ(text(registry), "# HELP running Running.\n# TYPE running gauge\nrunning 2\n");
  EXPECT_EQ(text(registry), "# HELP running Running.\n# TYPE running gauge\nrunning 3\n");
}

TEST(Metrics, AFamilyHasALimitOfSeries) {
  Registry registry;
  registry.declare(Type::kCounter, "seen_total", "Seen.");
  for (std::size_t i = 0; i < Registry::kMaxSeries + 7; ++i) {
    registry.add("seen_total", {{"name", std::to_string(i)}});
  }
  registry.add("seen_total", {{"name", "0"}});
  const std::string out = registry.expose();
  EXPECT_NE(out.find("metrics_dropped_samples_total 7\n"), std::string::npos);
  EXPECT_NE(out.find("seen_total{name=\"0\"} 2\n"), std::string::npos);
}

TEST(Metrics, ManyThreadsLoseNothing) {
  Registry registry;
  registry.declare(Type::kCounter, "hits_total", "Hits.");
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) registry.add("hits_total");
      });
    }
  }
  EXPECT_NE(registry.expose().find("hits_total 4000\n"), std::string::npos);
}

TEST(Metrics, BucketsAndLabelNames) {
  EXPECT_EQ(exponential_buckets(0.5, 2, 4), (std::vector<double>{0.5, 1, 2, 4}));
  EXPECT_EQ(label_name("app.kubernetes.io/name-x"), "app_kubernetes_io_name_x");
  EXPECT_EQ(label_name("9lives"), "_9lives");
}

}  // namespace
}  // namespace firesteel::metrics
