#pragma once
// What must hold for single kinds besides pods and workloads. Messages are those of Kubernetes'
// pkg/apis/*/validation. Pure; each appends what it finds.
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

void check_config_map(const json::Value& object, std::vector<Problem>& problems);
void check_secret(const json::Value& object, std::vector<Problem>& problems);
void check_claim(const json::Value& object, std::vector<Problem>& problems);
void check_cron_job(const json::Value& object, std::vector<Problem>& problems);
// The rules of a Role (`namespaced`) or ClusterRole.
void check_rules(const json::Value& object, bool namespaced, std::vector<Problem>& problems);
void check_event(const json::Value& object, std::vector<Problem>& problems);
// A job's pods may not be restarted for ever.
void check_job_restart(std::string_view restart, std::string path, std::vector<Problem>& problems);
void check_target_port(const json::Value& port, std::size_t index, std::vector<Problem>& problems);

}  // namespace firesteel::apiserver
