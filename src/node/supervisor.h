#pragma once
// All container processes of this node: one thread that starts them, polls their pidfds and log
// pipes, and watches their memory. Thread-safe. Processes die with the supervisor.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "node/cgroups.h"
#include "node/sandbox.h"

namespace firesteel::node {

// How often resident memory is compared with the limit where there is no control group.
inline constexpr std::chrono::milliseconds kMemoryInterval{250};

struct ProcessRequest {
  std::string id;  // unique for ever: "<pod uid>/<container>/<attempt>"
  Sandbox sandbox;
  std::string log_path;
  std::int64_t memory_limit = 0;  // bytes, 0 = none
  std::int64_t cpu_limit = 0;     // milli, 0 = none; only with control groups
};

struct ProcessStarted {};
struct ProcessNotStarted {
  std::string message;
};
struct ProcessEnded {
  int exit_code = 0;
  int signal = 0;  // that ended it, 0 for a plain exit
  bool out_of_memory = false;
};
struct ProcessEvent {
  std::string id;
  std::variant<ProcessStarted, ProcessNotStarted, ProcessEnded> what;
};

struct ProcessUsage {
  std::int64_t memory_bytes = 0;  // anonymous memory of all processes of the container
  int processes = 0;
};

// A container's process as others may join it.
struct RunningProcess {
  int pid = -1;  // of __pod-init
  std::shared_ptr<const Sandbox> sandbox;
};

// A client's ends of a container's streams. Input is not blocking; output ends (is shut) with the
// container, or when it was taken too slowly (kOutletPatience).
struct Attachment {
  Fd in;   // invalid when the container takes no input (any more), or none was asked for
  Fd out;  // a socket, not blocking
  Fd err;  // invalid with a terminal
};

// Output before the first client is attached is kept for it, when the container takes input: who
// starts such a container is about to attach.
inline constexpr std::size_t kMaxEarlyOutput = 64 * 1024;

class Supervisor {
 public:
  // `on_event` is called on the supervisor's thread and must be quick. `clock` must outlive it.
  // Without `cgroups` memory is watched from here, and processors are not limited.
  static Result<std::unique_ptr<Supervisor>> start(
      std::string binary_path, const Clock& clock,
      std::function<void(const ProcessEvent&)> on_event, std::unique_ptr<Cgroups> cgroups = {});
  // Kills everything and waits for it.
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  void launch(ProcessRequest request);
  // No such process is no error: it has ended.
  void terminate(const std::string& id);  // SIGTERM to the program
  void kill(const std::string& id);       // SIGKILL to all of the container
  [[nodiscard]] ProcessUsage usage(const std::string& id) const;
  // Nothing when it is not running.
  [[nodiscard]] std::optional<RunningProcess> find(const std::string& id) const;
  [[nodiscard]] std::vector<std::pair<std::string, int>> running() const;  // id, pid
  // Errors: kNotFound when it is not running, kIo.
  [[nodiscard]] Result<Attachment> attach(const std::string& id, bool with_input);
  // The container reads the end of its input once those who are attached have gone (stdinOnce).
  void close_input(const std::string& id);

 private:
  struct State;
  explicit Supervisor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Anonymous resident memory of `pid` and all its descendants.
[[nodiscard]] ProcessUsage measure_tree(int pid);

}  // namespace firesteel::node
