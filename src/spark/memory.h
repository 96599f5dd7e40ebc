#pragma once
// Memory and cores as Spark computes them. Pure.
// Source: JavaUtils.byteStringAs, BasicDriverFeatureStep, BasicExecutorFeatureStep.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "spark/conf.h"
#include "spark/version.h"

namespace firesteel::spark {

enum class ByteUnit { kByte, kMebibyte };

// "512m" -> 512 MiB. Suffixes b k kb m mb g gb t tb p pb in either case, rounded down to whole
// mebibytes; a bare number is in `bare`. Nothing for anything else, fractions included, as in
// Spark.
[[nodiscard]] std::optional<std::int64_t> parse_memory_mib(std::string_view text,
                                                           ByteUnit bare = ByteUnit::kMebibyte);
// A Kubernetes quantity: "1200m", "2", "1.5", "2Gi", "1e3". Syntax only.
[[nodiscard]] bool is_quantity(std::string_view text);
// Its value in thousandths, rounded up: "1200m" -> 1200. Nothing when it is not one or does not
// fit.
[[nodiscard]] std::optional<std::int64_t> quantity_millis(std::string_view text);

struct PodMemory {
  std::int64_t memory_mib = 0;
  std::int64_t overhead_mib = 0;
  std::int64_t off_heap_mib = 0;  // executors only
  std::int64_t python_mib = 0;    // executors only
  [[nodiscard]] std::int64_t total_mib() const {
    return memory_mib + overhead_mib + off_heap_mib + python_mib;
  }
};

// `non_jvm`: Python or R, whose default overhead is 40 % instead of 10 %. Errors: kInvalid, as
// Spark words them.
[[nodiscard]] Result<PodMemory> driver_memory(const Conf& conf, bool non_jvm,
                                              const VersionRules& rules);
[[nodiscard]] Result<PodMemory> executor_memory(const Conf& conf, bool non_jvm,
                                                const VersionRules& rules);
// The factor that Spark writes into spark.kubernetes.memoryOverheadFactor, as text: "0.1", "0.4" or
// the user's.
[[nodiscard]] std::string default_overhead_factor(const Conf& conf, bool non_jvm);

// CPU request and limit of one pod: text of quantities; limit "" when there is none.
struct PodCores {
  std::string request;
  std::string limit;
};
[[nodiscard]] PodCores driver_cores(const Conf& conf);
[[nodiscard]] PodCores executor_cores(const Conf& conf);

}  // namespace firesteel::spark
