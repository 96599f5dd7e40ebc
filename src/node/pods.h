#pragma once
// The pods of this node: carries out what plan/machine.h decides. Single-threaded: every call but
// locate_log and running_containers is made by the agent's thread.
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"
#include "client/events.h"
#include "kube/api.h"
#include "node/actions.h"
#include "node/addresses.h"
#include "node/images.h"
#include "node/kubelet_server.h"
#include "node/plan/exec_plan.h"
#include "node/plan/hosts.h"
#include "node/plan/machine.h"
#include "node/pod_directory.h"
#include "node/supervisor.h"

namespace firesteel::node {

// Does `work` on another thread, and then `done` on the agent's.
using Background = std::function<void(Actions::Work work, Actions::Done done)>;

struct PodsOptions {
  std::string pods_directory;
  std::string node_name;
  std::string api_host;
  std::string api_port;
  int address_block = 1;
  Background background;
  ExecInContainer exec;  // on another thread
};

// A projected token is asked for anew when this part of its life is over. Source: kubelet, 80%.
inline constexpr double kTokenRenewal = 0.8;
// How often emptyDirs with a sizeLimit are measured (kubelet: 10 s).
inline constexpr std::chrono::seconds kSizeInterval{5};
// What the API refused is tried again after this time.
inline constexpr std::chrono::seconds kApiRetry{1};

class Pods {
 public:
  // Assembles an image elsewhere; the answer comes back through image_event().
  using ImageRequest = std::function<void(const std::string& uid, const std::string& container,
                                          const std::string& reference)>;

  // Everything passed by reference must outlive it.
  Pods(kube::Api& api, const Clock& clock, PodsOptions options, ImageStore& images,
       Supervisor& supervisor, client::EventRecorder& events, ImageRequest request_image);
  ~Pods();

  void pod_changed(const json::Document& pod);
  void pod_gone(const json::Document& pod);
  // `slices` are those of Services without a selector.
  void services_changed(std::vector<json::Document> services, std::vector<json::Document> slices);
  // A ConfigMap or Secret is another one than before.
  void object_changed(bool secret, std::string_view space, std::string_view name);
  void process_event(const ProcessEvent& event);
  // Of an assembly that was asked for: how far it is, or how it ended.
  void image_progress(const std::string& uid, const std::string& container,
                      const std::string& message);
  void image_done(const std::string& uid, const Result<plan::ImageConfig>& image,
                  const std::string& container);
  // Does what is due; call it at or after next_due().
  void tick();
  [[nodiscard]] std::optional<TimePoint> next_due() const;
  // Removes directories of pods that are not known; once, after the first list.
  void remove_strangers();

  // Thread-safe.
  [[nodiscard]] Result<LogLocation> locate_log(std::string_view space, std::string_view pod,
                                               std::string_view container, bool previous) const;
  // The supervisor's id of a container that runs. Errors: kNotFound, in kubelet's words.
  [[nodiscard]] Result<StreamSources::Process> locate_process(std::string_view space,
                                                              std::string_view pod,
                                                              std::string_view container) const;
  // Where a pod's programs listen. Errors: kNotFound.
  [[nodiscard]] Result<std::string> locate_address(std::string_view space,
                                                   std::string_view pod) const;
  struct Running {
    std::string space, pod, container;
    std::string process;
  };
  [[nodiscard]] std::vector<Running> running() const;
  [[nodiscard]] std::size_t running_containers() const;

 private:
  struct Pod;
  struct Index;

  Pod& pod_of(const json::Document& document);
  void drive(Pod& pod, plan::Event event);
  void carry_out(Pod& pod, const plan::Effect& effect, std::deque<plan::Event>& more);
  void prepare_images(Pod& pod, std::deque<plan::Event>& more);
  void images_settled(Pod& pod, std::deque<plan::Event>& more);
  void prepare_config(Pod& pod, std::deque<plan::Event>& more);
  Result<void> resolve(Pod& pod);
  Result<void> fetch_objects(Pod& pod);
  Result<void> find_claims(Pod& pod, const std::vector<std::string>& claims);
  void run_action(Pod& pod, const plan::RunAction& run, std::deque<plan::Event>& more);
  void check_sizes(Pod& pod);
  [[nodiscard]] static std::string process_name(const Pod& pod, bool init, std::size_t index,
                                                int attempt);
  [[nodiscard]] std::string termination_message(const Pod& pod, bool init, std::size_t index,
                                                int attempt, bool failed) const;
  Result<std::string> request_token(Pod& pod, const plan::References::Token& token);
  void start_container(Pod& pod, const plan::StartContainer& start, std::deque<plan::Event>& more);
  void publish(Pod& pod);
  void remove_pod(Pod& pod);
  void forget(Pod& pod);
  void renew_tokens(Pod& pod);
  void write_hosts();
  void update_index(const Pod& pod);
  [[nodiscard]] std::string hosts_of(const Pod& pod) const;

  kube::Api& api_;
  const Clock& clock_;
  PodsOptions options_;
  ImageStore& images_;
  Supervisor& supervisor_;
  client::EventRecorder& events_;
  ImageRequest request_image_;
  AddressPool addresses_;
  std::map<std::string, std::unique_ptr<Pod>> pods_;  // by uid
  std::vector<json::Document> services_;
  std::vector<json::Document> slices_;
  bool hosts_dirty_ = false;
  std::unique_ptr<Index> index_;
};

}  // namespace firesteel::node
