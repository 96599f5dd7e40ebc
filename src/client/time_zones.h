#pragma once
// Time zones by name, from the machine's tzdata; each is read once. Thread-safe.
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "kube/loop/time_zone.h"

namespace firesteel::client {

class TimeZones {
 public:
  using Zone = std::shared_ptr<const kube::loop::TimeZone>;

  explicit TimeZones(std::string directory = "/usr/share/zoneinfo",
                     std::string local_file = "/etc/localtime");
  // "" is the local zone (UTC when the machine names none); "UTC" needs no data. Errors:
  // kBadRequest for a name that is none, kNotFound, kIo.
  [[nodiscard]] Result<Zone> find(const std::string& name);

 private:
  [[nodiscard]] Result<Zone> load(const std::string& name) const;

  const std::string directory_;
  const std::string local_file_;
  std::mutex mutex_;
  std::map<std::string, Zone> known_;
};

}  // namespace firesteel::client
