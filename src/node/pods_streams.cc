// Pods: what the kubelet endpoint's other threads ask.
#include "node/pod_record.h"
#include "node/pods.h"

namespace firesteel::node {

Result<StreamSources::Process> Pods::locate_process(std::string_view space, std::string_view pod,
                                                    std::string_view container) const {
  const std::lock_guard lock(index_->mutex);
  const auto found = index_->pods.find(fmt::format("{}/{}", space, pod));
  if (found == index_->pods.end())
    return fail(ErrorCode::kNotFound, fmt::format("pod does not exist: \"{}/{}\"", space, pod));
  const auto one = found->second.find(std::string(container));
  if (one == found->second.end() || !one->second.running)
    return fail(ErrorCode::kNotFound, fmt::format("container not found (\"{}\")", container));
  return StreamSources::Process{one->second.process, one->second.input_once};
}

Result<std::string> Pods::locate_address(std::string_view space, std::string_view pod) const {
  const std::lock_guard lock(index_->mutex);
  const auto found = index_->addresses.find(fmt::format("{}/{}", space, pod));
  if (found == index_->addresses.end() || found->second.empty())
    return fail(ErrorCode::kNotFound, fmt::format("pod \"{}/{}\" has no address", space, pod));
  return found->second;
}

std::vector<Pods::Running> Pods::running() const {
  const std::lock_guard lock(index_->mutex);
  std::vector<Running> result;
  for (const auto& [key, containers] : index_->pods) {
    const std::size_t slash = key.find('/');
    for (const auto& [name, container] : containers)
      if (container.running)
        result.push_back({key.substr(0, slash), key.substr(slash + 1), name, container.process});
  }
  return result;
}

}  // namespace firesteel::node
