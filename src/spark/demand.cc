#include "spark/demand.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "spark/memory.h"
#include "spark/version.h"

namespace firesteel::spark {
namespace {

using kube::Quantity;
using kube::Resources;

constexpr std::string_view kAllocation = "spark.dynamicAllocation.";

std::int64_t number(const Conf& conf, const std::string& key, std::int64_t otherwise) {
  const std::string* text = conf.find(key);
  if (text == nullptr) return otherwise;
  std::int64_t value = otherwise;
  (void)std::from_chars(text->data(), text->data() + text->size(), value);
  return std::max<std::int64_t>(value, 0);
}

std::int64_t first_executors(const Conf& conf) {
  constexpr std::int64_t kSparkDefault = 2;
  const bool dynamic = conf.is_true(fmt::format("{}enabled", kAllocation));
  const std::int64_t instances =
      number(conf, "spark.executor.instances", dynamic ? 0 : kSparkDefault);
  if (!dynamic) return instances;
  return std::max({instances, number(conf, fmt::format("{}initialExecutors", kAllocation), 0),
                   number(conf, fmt::format("{}minExecutors", kAllocation), 0)});
}

void put(Resources& resources, const std::string& name, const std::string& text) {
  if (const auto quantity = Quantity::parse(text)) resources.emplace(name, *quantity);
}

Resources pod(const Resources& requests, const Resources& limits) {
  Resources counted{{"pods", Quantity::of_units(1)}, {"count/pods", Quantity::of_units(1)}};
  kube::count_compute(counted, requests, limits);
  return counted;
}

Resources executor_pod(const Submission& submission) {
  const Conf& conf = submission.conf;
  const SparkVersion version = spark_version(submission.spark_version, "");
  const std::string language = conf.get("spark.kubernetes.resource.type", "java");
  const PodCores cores = executor_cores(conf);
  Resources requests;
  Resources limits;
  put(requests, "cpu", cores.request);
  if (!cores.limit.empty()) put(limits, "cpu", cores.limit);
  if (const auto memory = executor_memory(conf, language != "java", *version.rules)) {
    const std::string total = fmt::format("{}Mi", memory->total_mib());
    put(requests, "memory", total);
    put(limits, "memory", total);
  }
  return pod(requests, limits);
}

}  // namespace

Demand demand_of(const Submission& submission) {
  return {.executors = first_executors(submission.conf),
          .driver = pod(kube::pod_resources(submission.driver_pod, "requests"),
                        kube::pod_resources(submission.driver_pod, "limits")),
          .executor = executor_pod(submission)};
}

Demand demand_of(const json::Value& defaulted_application) {
  AttemptInputs inputs;
  inputs.submission_id = "00000000-0000-0000-0000-000000000000";
  inputs.application_id = "spark-00000000000000000000000000000000";
  inputs.unique_id = "0000000000000000";
  inputs.local_dir_id = inputs.submission_id;
  inputs.kubernetes_master = "https://kubernetes.default.svc";
  const auto built = build_submission(defaulted_application, inputs);
  if (!built) return {.executors = 0, .driver = pod({}, {}), .executor = {}};
  return demand_of(*built);
}

}  // namespace firesteel::spark
