#pragma once
// A pod's place on disk: volumes, logs, hosts file, scratch of its containers; and the sandbox that
// a planned container gets from it.
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "node/plan/exec_plan.h"
#include "node/plan/machine.h"
#include "node/sandbox.h"

namespace firesteel::node {

class PodDirectory {
 public:
  // PODS/<namespace>_<name>_<uid>; nothing is made yet.
  PodDirectory(const std::string& pods_directory, const json::Value& pod);

  // The volumes' files and directories. All files of a volume change at once (node/payload.h). When
  // this is root they belong to the pod's user. Errors: kIo; kNotFound for a hostPath that must be
  // there.
  [[nodiscard]] Result<void> write_volumes(const plan::ExecPlan& plan) const;
  // In place (the file is mounted); nothing is done when it says the same already.
  [[nodiscard]] Result<void> write_hosts(const std::string& text) const;
  [[nodiscard]] Result<Sandbox> make_sandbox(const plan::ExecPlan& plan,
                                             const plan::Container& container,
                                             const plan::ImageConfig& image, int attempt) const;
  [[nodiscard]] std::string log_path(std::string_view container, int attempt) const;
  // How often each container was started, as their logs tell.
  [[nodiscard]] std::vector<plan::Trace> traces() const;
  // What the container left in its termination message file, at most 4096 bytes.
  [[nodiscard]] std::string termination_message(std::string_view container, int attempt) const;
  // Where a volume of this pod alone lies.
  [[nodiscard]] std::string volume(std::string_view name) const;
  void remove_container_scratch(std::string_view container, int attempt) const;
  // Everything but the logs, then also the logs.
  void remove_volumes() const;
  void remove() const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  [[nodiscard]] std::string scratch(std::string_view container, int attempt) const;
  [[nodiscard]] std::string message_path(std::string_view container, int attempt) const;
  std::string path_;
};

}  // namespace firesteel::node
