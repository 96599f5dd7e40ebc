#pragma once
// The identity of an attempt. Everything that Spark would take from chance follows from the
// submission id, which the status keeps: building the objects twice gives the same objects. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "operator/decide/observed.h"
#include "operator/decide/status.h"
#include "spark/submission.h"

namespace firesteel::operators::decide {

// A number for what an application asks to run: its defaulted specification without suspend,
// timeToLiveSeconds, restartPolicy and what else no driver sees, whose change restarts nothing. 60
// bits.
[[nodiscard]] std::uint64_t spec_hash(const json::Value& defaulted_application);

// A UUID of version 8 (RFC 9562: content by the vendor): 60 random bits and the hash. So an edit
// made while the operator was down is seen, and the record of it survives CRDs that prune fields
// they do not know (the Kubeflow operator's). `fresh_id` is 32 hex digits.
[[nodiscard]] std::string make_submission_id(std::string_view fresh_id, std::uint64_t spec_hash);

// The hash in a submission id; nothing for an id of another operator, whose applications are taken
// over as they are.
[[nodiscard]] std::optional<std::uint64_t> spec_hash_in(std::string_view submission_id);

// "spark-" and the id's 32 hex digits, in the form of Spark's own.
[[nodiscard]] std::string spark_application_id(std::string_view submission_id);

// What spark::build_submission takes, from what the status records.
[[nodiscard]] spark::AttemptInputs attempt_inputs(const Status& status, const Settings& settings);

}  // namespace firesteel::operators::decide
