// `firesteel forward NAME`: a driver's web UI on a port of this machine. Pods of the embedded
// cluster have loopback addresses, so their connections are relayed without the API server.
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <list>
#include <thread>

#include "cli/access.h"
#include "cli/application_view.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interruption.h"
#include "kube/object.h"
#include "net/relay.h"
#include "net/socket.h"
#include "spark/names.h"

namespace firesteel::cli {

namespace {

using kube::resources::kPods;
using kube::resources::kSparkApplications;

constexpr int kUsualPort = 4040;
constexpr std::size_t kMaxConnections = 64;
constexpr std::chrono::milliseconds kConnectTimeout{2000};
constexpr std::chrono::milliseconds kDriverInterval{2000};  // how often the driver is looked at

struct Driver {
  std::string pod;
  std::string address;
  int port = kUsualPort;
};

int ui_port(const json::Value& pod) {
  for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
    if (json::string_at(container, "name") != spark::kDriverContainer) continue;
    for (const json::Value& port : json::array_at(container, {"ports"})) {
      if (json::string_at(port, "name") == "spark-ui") {
        return static_cast<int>(json::int_at(port, {"containerPort"}, kUsualPort));
      }
    }
  }
  return kUsualPort;
}

Result<Driver> find_driver(const Access& cluster, const std::string& name) {
  const json::Document application = TRY(cluster.api->get(kSparkApplications, cluster.space, name));
  const std::string pod_name(driver_pod_of(*application));
  const std::string_view state = state_of(*application);
  if (pod_name.empty() || is_at_rest(state)) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} has no running driver (state {}); a web UI lives as long as its "
                            "driver",
                            name, state));
  }
  const json::Document pod = TRY(cluster.api->get(kPods, cluster.space, pod_name));
  const std::string_view phase = json::string_at(*pod, {"status", "phase"});
  if (phase != "Running") {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} is not running (phase {}{}{})", pod_name, phase,
                            waiting_text(*pod).empty() ? "" : ": ", waiting_text(*pod)));
  }
  Driver driver{pod_name, std::string(json::string_at(*pod, {"status", "podIP"})), ui_port(*pod)};
  if (!driver.address.starts_with("127.")) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{} is at {}, which is not on this machine; `kubectl port-forward -n "
                            "{} {} {}` goes through the API server",
                            pod_name, driver.address, cluster.space, pod_name, driver.port));
  }
  return driver;
}

bool is_running(const Access& cluster, const Driver& driver) {
  const auto pod = cluster.api->get(kPods, cluster.space, driver.pod);
  if (!pod) return pod.error().code != ErrorCode::kNotFound;  // the API may come back
  return json::string_at(**pod, {"status", "phase"}) == "Running";
}

// The relayed connections, each on a thread of its own. Used by one thread.
class Connections {
 public:
  Connections(const Driver& driver, StopToken stop) : driver_(driver), stop_(std::move(stop)) {}

  // Beyond kMaxConnections it is closed at once.
  void add(Fd accepted) {
    all_.remove_if([](const Connection& one) { return one.ended.load(); });
    if (all_.size() >= kMaxConnections) return;
    net::prepare_socket(accepted.get());
    Connection& one = all_.emplace_back();
    one.thread = std::jthread([this, &one, fd = std::move(accepted)]() mutable {
      serve(std::move(fd));
      one.ended = true;
    });
  }

 private:
  struct Connection {
    std::atomic<bool> ended = false;
    std::jthread thread;
  };

  void serve(Fd accepted) {
    Result<Fd> other = net::connect_tcp(driver_.address, driver_.port, kConnectTimeout, stop_);
    if (!other) {
      print_error(fmt::format("{} does not answer on port {} yet: {}\n", driver_.pod, driver_.port,
                              other.error().message));
      return;
    }
    const auto here = net::plain_stream(std::move(accepted));
    const auto there = net::plain_stream(std::move(*other));
    net::relay(*here, *there, "", stop_);
  }

  const Driver& driver_;
  const StopToken stop_;
  std::list<Connection> all_;
};

Result<Fd> listen_here(const Driver& driver, int port) {
  if (port != 0) return net::listen_tcp("127.0.0.1", port);
  Result<Fd> same = net::listen_tcp("127.0.0.1", driver.port);
  return same ? std::move(same) : net::listen_tcp("127.0.0.1", 0);
}

// Until stopped (kExitInterrupted) or the driver ends (kExitOk).
Result<int> forward(const Access& cluster, const ForwardOptions& options, const StopToken& stop) {
  const Driver driver = TRY(find_driver(cluster, options.name));
  const Fd listener = TRY(listen_here(driver, options.port));
  print_out(fmt::format("http://127.0.0.1:{}\n", net::local_port(listener.get())));
  print_error(fmt::format("This is the web UI of {} ({}:{}); Ctrl-C ends it.\n", driver.pod,
                          driver.address, driver.port));
  StopSource ended;
  {
    Connections connections(driver, ended.token());
    while (!stop.stop_requested()) {
      const auto ready =
          net::wait_ready(listener.get(), POLLIN, stop, net::deadline_in(kDriverInterval));
      if (ready) {
        Fd accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (accepted.valid()) connections.add(std::move(accepted));
      } else if (!stop.stop_requested() && !is_running(cluster, driver)) {
        break;
      }
    }
    ended.request_stop();
  }
  if (stop.stop_requested()) return kExitInterrupted;
  print_error(fmt::format("{} has ended.\n", driver.pod));
  return kExitOk;
}

}  // namespace

int command_forward(const ForwardOptions& options) {
  const Interruption interruption;
  const Result<Access> cluster = access(options.target, interruption.token());
  if (!cluster) return report(cluster.error());
  const Result<int> code = forward(*cluster, options, interruption.token());
  if (code) return *code;
  if (interruption.cause() == Interruption::Cause::kSignal) return kExitInterrupted;
  return report(code.error());
}

}  // namespace firesteel::cli
