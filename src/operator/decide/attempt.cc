#include "operator/decide/attempt.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json/print.h"

namespace firesteel::operators::decide {
namespace {

constexpr std::uint64_t kSixtyBits = (std::uint64_t{1} << 60) - 1;

// What the operator itself reads, whenever it needs it, and no driver sees.
constexpr std::string_view kOfNoDriver[] = {"suspend",        "timeToLiveSeconds",
                                            "restartPolicy",  "batchSchedulerOptions",
                                            "failureRetries", "retryInterval"};

// FNV-1a: the id distinguishes edits, it need not resist an adversary.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::uint64_t spec_hash(const json::Value& defaulted_application) {
  json::Object spec = json::object_at(defaulted_application, {"spec"});
  for (const std::string_view member : kOfNoDriver) json::remove(spec, member);
  const std::uint64_t hash = fnv1a(json::print_canonical(spec));
  return (hash ^ (hash >> 60)) & kSixtyBits;
}

std::string make_submission_id(std::string_view fresh_id, std::uint64_t spec_hash) {
  std::string digits(fresh_id.substr(0, 15));
  digits.resize(15, '0');
  const std::string hash = fmt::format("{:015x}", spec_hash & kSixtyBits);
  return fmt::format("{}-{}-8{}-a{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                     digits.substr(12, 3), hash.substr(0, 3), hash.substr(3));
}

std::optional<std::uint64_t> spec_hash_in(std::string_view id) {
  const bool ours = id.size() == 36 && id[8] == '-' && id[13] == '-' && id[14] == '8' &&
                    id[18] == '-' && id[19] == 'a' && id[23] == '-';
  if (!ours) return std::nullopt;
  const std::string hash = std::string(id.substr(20, 3)) + std::string(id.substr(24));
  if (!is_hex(hash)) return std::nullopt;
  return std::stoull(hash, nullptr, 16);
}

std::string spark_application_id(std::string_view submission_id) {
  std::string id = "spark-";
  std::ranges::copy_if(submission_id, std::back_inserter(id), [](char c) { return c != '-'; });
  return id;
}

spark::AttemptInputs attempt_inputs(const Status& status, const Settings& settings) {
  spark::AttemptInputs inputs;
  inputs.submission_id = status.submission_id;
  inputs.application_id = status.spark_application_id;
  inputs.unique_id = spark_application_id(status.submission_id).substr(6, 16);
  inputs.local_dir_id = status.submission_id;
  inputs.submitted_at = status.last_submission_attempt_time.value_or(TimePoint{});
  inputs.kubernetes_master = settings.kubernetes_master;
  inputs.default_service_account = settings.default_service_account;
  inputs.network_policy = true;
  return inputs;
}

}  // namespace firesteel::operators::decide
