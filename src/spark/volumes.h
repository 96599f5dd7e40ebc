#pragma once
// Volumes from configuration:
// spark.kubernetes.{driver,executor}.volumes.TYPE.NAME.{mount,options}.*. Pure. Source:
// KubernetesVolumeUtils, MountVolumesFeatureStep, LocalDirsFeatureStep.
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "spark/conf.h"
#include "spark/version.h"

namespace firesteel::spark {

struct ConfVolume {
  std::string name;
  json::Value volume;  // entry of spec.volumes
  json::Value mount;   // entry of volumeMounts
  json::Value claim;   // PersistentVolumeClaim to create, or null
};

// In the order of their keys. `role` is "driver" or "executor"; `prefix` names on-demand claims.
// Problems as Spark words them.
[[nodiscard]] std::vector<ConfVolume> conf_volumes(const Conf& conf, std::string_view role,
                                                   std::string_view prefix, std::string_view app_id,
                                                   const VersionRules& rules,
                                                   std::vector<Problem>& problems);

// A volume of spec.volumes whose name starts with "spark-local-dir-", as configuration of `role`;
// false when its source is none of emptyDir, hostPath, nfs, persistentVolumeClaim.
bool set_local_volume(Conf& conf, std::string_view role, const json::Value& volume,
                      const json::Value& mount, std::string_view origin);

}  // namespace firesteel::spark
