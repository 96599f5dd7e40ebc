#pragma once
// Memory and processor limits by the kernel: one control group for each container with a limit, all
// below one parent that is named after the data directory. Version 2 where it has the memory
// controller, else version 1. Source: Linux, Documentation/admin-guide/cgroup-v2.rst and
// cgroup-v1/memory.rst. Used by one thread.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firesteel::node {

struct CgroupLimits {
  std::int64_t memory_bytes = 0;  // 0 = none
  std::int64_t cpu_milli = 0;     // 0 = none
};

// One container's group; destroying it removes it (again later, when a process still ends in it).
class Cgroup {
 public:
  using Leftovers = std::shared_ptr<std::vector<std::string>>;
  Cgroup(std::vector<std::string> directories, std::string events_file, Leftovers leftovers)
      : directories_(std::move(directories)),
        events_file_(std::move(events_file)),
        leftovers_(std::move(leftovers)) {}
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  // The files that a process writes "0" to, to be in the group.
  [[nodiscard]] std::vector<std::string> membership_files() const;
  // Whether the kernel has killed a process of it for want of memory.
  [[nodiscard]] bool out_of_memory() const;

 private:
  std::vector<std::string> directories_;
  std::string events_file_;
  Leftovers leftovers_;  // what could not be removed yet
};

class Cgroups {
 public:
  // Where the kernel keeps them; tests put a directory of their own here.
  struct Places {
    std::string mounts_file = "/proc/self/mountinfo";
    std::string own_groups_file = "/proc/self/cgroup";
  };

  // Finds a place where this process may make groups and move itself into them. What a former agent
  // of the same data directory left is removed. Errors: kForbidden, saying what was tried.
  static Result<std::unique_ptr<Cgroups>> open(const std::string& data_directory,
                                               const Places& places);
  ~Cgroups();
  Cgroups(const Cgroups&) = delete;
  Cgroups& operator=(const Cgroups&) = delete;

  // `name` is unique among those that exist. Errors: kIo.
  [[nodiscard]] Result<std::unique_ptr<Cgroup>> make(std::string_view name,
                                                     const CgroupLimits& limits);
  // "cgroup v1 at /sys/fs/cgroup/memory/firesteel-0123abcd".
  [[nodiscard]] std::string description() const;

 private:
  Cgroups(int version, std::string memory, std::string cpu)
      : version_(version), memory_(std::move(memory)), cpu_(std::move(cpu)) {}

  int version_;
  std::string memory_;  // the parent directory
  std::string cpu_;     // the same in version 2, "" when there is none
  Cgroup::Leftovers leftovers_ = std::make_shared<std::vector<std::string>>();
};

// The number after "oom_kill" in memory.events (version 2) or memory.oom_control (version 1). Pure.
[[nodiscard]] std::int64_t oom_kills(std::string_view events);

// Where `controller` is mounted and this process's own group below it, from the text of the two
// files; version 2 for controller "". Pure. "" when it is not mounted.
struct CgroupPlace {
  std::string mount;
  std::string own;  // starts with mount

  bool operator==(const CgroupPlace&) const = default;
};
[[nodiscard]] CgroupPlace find_cgroup(std::string_view mounts, std::string_view own_groups,
                                      std::string_view controller);

}  // namespace firesteel::node
