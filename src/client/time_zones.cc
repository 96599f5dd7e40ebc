#include "client/time_zones.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/fd.h"

namespace firesteel::client {
namespace {

// "America/Argentina/Buenos_Aires", "Etc/GMT+1": a path below the directory and nothing else.
bool is_zone_name(std::string_view name) {
  constexpr std::size_t kLongest = 100;
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
  return plain && name.size() <= kLongest && !name.starts_with('/') && !name.ends_with('/');
}

TimeZones::Zone utc() {
  return std::make_shared<const kube::loop::TimeZone>(kube::loop::TimeZone::utc());
}

Result<TimeZones::Zone> read_zone(const std::string& path) {
  const std::string bytes = TRY(read_file(path));
  auto zone = TRY(context(kube::loop::TimeZone::parse(bytes), path));
  return std::make_shared<const kube::loop::TimeZone>(std::move(zone));
}

}  // namespace

TimeZones::TimeZones(std::string directory, std::string local_file)
    : directory_(std::move(directory)), local_file_(std::move(local_file)) {}

Result<TimeZones::Zone> TimeZones::load(const std::string& name) const {
  if (name == "UTC") return utc();
  if (name.empty()) {
    auto local = read_zone(local_file_);
    if (!local && local.error().code == ErrorCode::kNotFound) return utc();
    return local;
  }
  if (!is_zone_name(name)) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("found \"{}\", expected a zone such as UTC or Europe/Berlin", name));
  }
  auto zone = read_zone(fmt::format("{}/{}", directory_, name));
  if (zone) return zone;
  const bool no_data = !read_file(directory_ + "/tzdata.zi") && !read_zone(directory_ + "/GMT");
  return fail(
      zone.error().code,
      no_data ? fmt::format("no zone \"{}\": the operator has no time zone data in {}; "
                            "install tzdata, or use UTC",
                            name, directory_)
              : fmt::format("found \"{}\", expected a zone such as UTC or Europe/Berlin", name));
}

Result<TimeZones::Zone> TimeZones::find(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const auto known = known_.find(name);
  if (known != known_.end()) return known->second;
  Zone zone = TRY(load(name));
  known_.emplace(name, zone);
  return zone;
}

}  // namespace firesteel::client
