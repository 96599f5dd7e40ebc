#include "node/kubelet_streams.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "base/json/print.h"
#include "kube/query_flag.h"
#include "net/socket.h"
#include "net/spdy.h"
#include "net/websocket.h"
#include "node/container_exec.h"
#include "node/container_streams.h"
#include "node/port_forward.h"
#include "node/spdy_channels.h"

namespace firesteel::node {
namespace {

constexpr std::chrono::milliseconds kDialTimeout{5000};
constexpr std::size_t kMaxPorts = 64;  // of the plain form; channel numbers end at 255

void refuse(net::ResponseWriter& writer, const Error& error) {
  const int status = error.code == ErrorCode::kNotFound     ? 404
                     : error.code == ErrorCode::kBadRequest ? 400
                                                            : 500;
  (void)writer.send({status, {{"Content-Type", "text/plain"}}, error.message});
}

struct Options {
  std::vector<std::string> command;
  std::vector<int> ports;
  bool in = false;
  bool out = false;
  bool err = false;
  bool terminal = false;
};

Options options_of(const net::Request& request) {
  Options options;
  for (const auto& [name, value] : net::query_of(request.target)) {
    const bool yes = kube::query_flag(value);
    if (name == "command") options.command.push_back(value);
    if (name == "stdin") options.in = yes;
    if (name == "stdout") options.out = yes;
    if (name == "stderr") options.err = yes;
    if (name == "tty") options.terminal = yes;
    int port = 0;
    if (name == "ports" &&
        std::from_chars(value.data(), value.data() + value.size(), port).ec == std::errc() &&
        port > 0 && port <= 0xffff)
      options.ports.push_back(port);
  }
  return options;
}

Result<std::unique_ptr<net::WebSocket>> accept_channels(const net::Request& request,
                                                        net::ResponseWriter& writer,
                                                        const Options& options) {
  if (net::spdy::is_spdy_upgrade(request)) {
    auto connection = TRY(accept_spdy(request, writer, "v4.channel.k8s.io"));
    const SpdyStreams streams{options.in, options.out, options.err && !options.terminal,
                              options.terminal};
    return channels_over_spdy(std::move(connection), streams, writer.stop());
  }
  auto socket =
      TRY(net::WebSocket::accept(request, writer, {"v5.channel.k8s.io", "v4.channel.k8s.io"}));
  // Tells the client that the connection stands. Source: kubelet, createWebSocketStreams.
  const Channel first = options.out   ? Channel::kStdout
                        : options.err ? Channel::kStderr
                                      : Channel::kError;
  TRY(socket->send_binary(std::string(1, static_cast<char>(first))));
  return socket;
}

std::string read_failure(const Fd& status) {
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(status.get(), buffer.data(), buffer.size());
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
}

Result<void> exec(const StreamSources& sources, const net::Request& request,
                  const std::vector<std::string>& path, net::ResponseWriter& writer) {
  const StreamSources::Process process = TRY(sources.find_process(path[1], path[2], path[3]));
  const std::optional<RunningProcess> running = sources.supervisor->find(process.id);
  if (!running)
    return fail(ErrorCode::kNotFound, fmt::format("container not found (\"{}\")", path[3]));
  const Options options = options_of(request);
  const auto socket = TRY(accept_channels(request, writer, options));
  Result<SpawnedSandbox> spawned = exec_in_container(
      *running, {options.command, options.in, options.terminal}, sources.binary_path);
  if (!spawned) {
    send_status(*socket, failure_status(spawned.error().message));
    socket->close();
    return {};
  }
  StreamEnds ends{std::move(spawned->in),
                  std::move(spawned->out),
                  std::move(spawned->err),
                  options.terminal,
                  {},
                  spawned->pid_fd.get()};
  const bool ended = pass_streams(*socket, ends, writer.stop());
  const int code = end_exec(*spawned);
  const std::string failure = read_failure(spawned->status);
  if (ended)
    send_status(*socket, failure.empty()
                             ? exit_status(code)
                             : failure_status("error executing command in container: " + failure));
  socket->close();
  return {};
}

Result<void> attach(const StreamSources& sources, const net::Request& request,
                    const std::vector<std::string>& path, net::ResponseWriter& writer) {
  const StreamSources::Process process = TRY(sources.find_process(path[1], path[2], path[3]));
  const std::optional<RunningProcess> running = sources.supervisor->find(process.id);
  const Options options = options_of(request);
  Attachment attached = TRY(sources.supervisor->attach(process.id, options.in));
  const auto socket = TRY(accept_channels(request, writer, options));
  const auto end_input = [&] {
    if (options.in && process.input_once) sources.supervisor->close_input(process.id);
  };
  StreamEnds ends{std::move(attached.in),
                  std::move(attached.out),
                  std::move(attached.err),
                  running && running->sandbox->terminal,
                  end_input,
                  -1};
  const bool ended = pass_streams(*socket, ends, writer.stop());
  ends = {};
  end_input();
  if (ended) send_status(*socket, exit_status(0));
  socket->close();
  return {};
}

Result<void> forward(const StreamSources& sources, const net::Request& request,
                     const std::vector<std::string>& path, net::ResponseWriter& writer) {
  const std::string address = TRY(sources.find_address(path[1], path[2]));
  const Options options = options_of(request);
  const std::string pod = fmt::format("{}/{}", path[1], path[2]);
  const StopToken stop = writer.stop();
  const Dial dial = [&](int port) -> Result<Fd> {
    auto socket = net::connect_tcp(address, port, kDialTimeout, stop);
    return context(std::move(socket), fmt::format("error forwarding port {} to pod {}: nothing "
                                                  "listens there",
                                                  port, pod));
  };
  const bool spdy = net::spdy::is_spdy_upgrade(request);
  const auto socket =
      TRY(spdy ? accept_spdy(request, writer, "portforward.k8s.io")
               : net::WebSocket::accept(
                     request, writer, {std::string(kTunnelProtocol), std::string(kPlainProtocol)}));
  if (spdy || socket->protocol() == kTunnelProtocol) {
    forward_tunnelled(*socket, dial, stop);
  } else if (options.ports.size() <= kMaxPorts) {
    forward_plain(*socket, options.ports, dial, stop);
  }
  socket->close();
  return {};
}

}  // namespace

bool serve_streams(const StreamSources& sources, const net::Request& request,
                   const std::vector<std::string>& path, net::ResponseWriter& writer) {
  const bool upgrade =
      request.method == "GET" || net::spdy::is_spdy_upgrade(request);  // SPDY is POSTed
  if (!upgrade || path.size() < 2) return false;
  if (path[0] == "stats" && path[1] == "summary" && path.size() == 2) {
    (void)writer.send(
        {200, {{"Content-Type", "application/json"}}, json::print(sources.summary())});
    return true;
  }
  Result<void> done;
  if (path[0] == "exec" && path.size() == 4) {
    done = exec(sources, request, path, writer);
  } else if (path[0] == "attach" && path.size() == 4) {
    done = attach(sources, request, path, writer);
  } else if (path[0] == "portForward" && path.size() == 3) {
    done = forward(sources, request, path, writer);
  } else {
    return false;
  }
  // After the upgrade this fails, and there is nobody to tell.
  if (!done) refuse(writer, done.error());
  return true;
}

}  // namespace firesteel::node
