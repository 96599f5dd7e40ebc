#include "node/service_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/fd.h"
#include "net/socket.h"

namespace firesteel::node {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kReadSize = 64 * 1024;
constexpr int kMaxEvents = 128;
// How many clients' targets are remembered for one route.
constexpr std::size_t kMaxAffinities = 10000;

struct Listener {
  plan::Route route;
  Fd socket;
  std::string problem;   // the last one told
  std::size_t next = 0;  // target
  struct Affinity {
    plan::Target target;
    SteadyTime until;
  };
  std::map<std::string, Affinity> affinities;  // by the client's address
};

// One direction's receiving end and what it still has to be given.
struct Side {
  Fd socket;
  std::string held;       // to be written to this socket
  bool read_all = false;  // it has said its last
  bool told_all = false;  // it has been told so of the other side
  std::uint32_t interest = 0;
};

struct Connection {
  Side client, server;
  std::vector<plan::Target> others;  // to be tried when the first one refuses
  bool connecting = true;
};

sockaddr_in socket_address(const plan::Target& target) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(target.port));
  inet_pton(AF_INET, target.ip.c_str(), &address.sin_addr);
  return address;
}

// So that the other side sees a broken connection, not an end.
void reset_on_close(int fd) {
  const linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

class RunningProxy final : public ServiceProxy {
 public:
  RunningProxy(Problem problem, Fd poll, Fd wake)
      : problem_(std::move(problem)), poll_(std::move(poll)), wake_(std::move(wake)) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~RunningProxy() override {
    thread_.request_stop();
    wake();
    thread_.join();
  }

  void update(std::vector<plan::Route> routes) override {
    {
      const std::lock_guard lock(mutex_);
      wanted_ = std::move(routes);
    }
    wake();
  }

 private:
  using Key = std::pair<std::string, int>;

  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t count = write(wake_.get(), &one, sizeof one);
  }

  void run(const std::stop_token& stop) {
    std::array<epoll_event, kMaxEvents> events{};
    watch(wake_.get(), EPOLLIN, EPOLL_CTL_ADD);
    while (!stop.stop_requested()) {
      const int count = epoll_wait(poll_.get(), events.data(), kMaxEvents, timeout());
      for (int index = 0; index < count; ++index) handle(events[static_cast<std::size_t>(index)]);
      ended_.clear();
      take_routes();
      if (retry_ && std::chrono::steady_clock::now() >= *retry_) listen_all();
    }
  }

  [[nodiscard]] int timeout() const {
    if (!retry_) return -1;
    return static_cast<int>(std::max<std::int64_t>(0, net::time_left(retry_).count()));
  }

  void handle(const epoll_event& event) {
    const int fd = event.data.fd;
    if (fd == wake_.get()) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t taken = read(fd, &count, sizeof count);
    } else if (const auto listener = listening_.find(fd); listener != listening_.end()) {
      accept_all(*listener->second);
    } else if (const auto found = connections_.find(fd); found != connections_.end()) {
      const std::shared_ptr<Connection> connection = found->second;
      if (connection->connecting) {
        connected(connection);
      } else {
        relay(connection);
      }
    }
  }

  // --- listening ---

  void take_routes() {
    std::optional<std::vector<plan::Route>> wanted;
    {
      const std::lock_guard lock(mutex_);
      wanted.swap(wanted_);
    }
    if (!wanted) return;
    std::map<Key, Listener> next;
    for (plan::Route& route : *wanted) {
      const Key key{route.address, route.port};
      Listener& listener = next[key];
      if (const auto known = listeners_.find(key); known != listeners_.end())
        listener = std::move(known->second);
      listener.route = std::move(route);
    }
    listeners_.swap(next);  // what is no more wanted is closed
    listen_all();
  }

  void listen_all() {
    retry_.reset();
    listening_.clear();
    for (auto& [key, listener] : listeners_) {
      if (!listener.socket.valid()) listen(listener);
      if (listener.socket.valid()) listening_[listener.socket.get()] = &listener;
    }
  }

  void listen(Listener& listener) {
    Result<Fd> socket = net::listen_tcp(listener.route.address, listener.route.port);
    if (socket) {
      net::prepare_socket(socket->get());
      listener.socket = std::move(*socket);
      listener.problem.clear();
      watch(listener.socket.get(), EPOLLIN, EPOLL_CTL_ADD);
      return;
    }
    retry_ = std::chrono::steady_clock::now() + kListenRetry;
    if (listener.problem == socket.error().message) return;
    listener.problem = socket.error().message;
    problem_(listener.route, listener.problem);
  }

  void accept_all(Listener& listener) {
    while (true) {
      sockaddr_in peer{};
      socklen_t size = sizeof peer;
      Fd client(accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                        SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!client.valid()) return;
      if (connections_.size() >= 2 * kMaxProxied) {
        reset_on_close(client.get());
        continue;
      }
      net::prepare_socket(client.get());
      auto connection = std::make_shared<Connection>();
      connection->client.socket = std::move(client);
      std::array<char, INET_ADDRSTRLEN> from{};
      inet_ntop(AF_INET, &peer.sin_addr, from.data(), from.size());
      connection->others = targets_for(listener, from.data());
      connections_[connection->client.socket.get()] = connection;
      // Nothing is asked of it before its endpoint answers, except whether it is still there.
      connection->client.interest = EPOLLRDHUP;
      watch(connection->client.socket.get(), EPOLLRDHUP, EPOLL_CTL_ADD);
      connect_next(connection);
    }
  }

  // All targets, the one to try first at the end.
  static std::vector<plan::Target> targets_for(Listener& listener, const std::string& client) {
    std::vector<plan::Target> targets = listener.route.targets;
    const std::size_t turn = listener.next++ % targets.size();
    std::ranges::rotate(targets, targets.begin() + static_cast<std::ptrdiff_t>(turn));
    if (listener.route.affinity.count() > 0) {
      const SteadyTime now = std::chrono::steady_clock::now();
      std::erase_if(listener.affinities, [&](const auto& one) { return one.second.until <= now; });
      const auto known = listener.affinities.find(client);
      const auto kept = known == listener.affinities.end()
                            ? targets.end()
                            : std::ranges::find(targets, known->second.target);
      if (kept != targets.end()) std::iter_swap(targets.begin(), kept);
      if (listener.affinities.size() < kMaxAffinities || kept != targets.end())
        listener.affinities[client] = {targets.front(), now + listener.route.affinity};
    }
    std::ranges::reverse(targets);
    return targets;
  }

  // --- connections ---

  void connect_next(const std::shared_ptr<Connection>& connection) {
    drop(connection->server);
    while (!connection->others.empty()) {
      const sockaddr_in address = socket_address(connection->others.back());
      connection->others.pop_back();
      Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (!socket.valid()) break;
      const int done =
          ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
      if (done != 0 && errno != EINPROGRESS) continue;
      net::prepare_socket(socket.get());
      connection->server.socket = std::move(socket);
      connection->server.interest = EPOLLOUT;
      connections_[connection->server.socket.get()] = connection;
      watch(connection->server.socket.get(), EPOLLOUT, EPOLL_CTL_ADD);
      return;
    }
    break_off(connection);
  }

  void connected(const std::shared_ptr<Connection>& connection) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(connection->server.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return connect_next(connection);
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    const bool there = getpeername(connection->server.socket.get(),
                                   reinterpret_cast<sockaddr*>(&peer), &length) == 0;
    if (!there) {
      // The client has gone before anybody answered; an end of what it says is none.
      std::array<char, 1> byte{};
      const ssize_t count =
          recv(connection->client.socket.get(), byte.data(), 1, MSG_PEEK | MSG_DONTWAIT);
      if (count < 0 && errno != EAGAIN) return break_off(connection);
      if (count == 0) set_interest(connection->client, 0);
      return;
    }
    connection->connecting = false;
    relay(connection);
  }

  void relay(const std::shared_ptr<Connection>& connection) {
    Side& client = connection->client;
    Side& server = connection->server;
    if (!move(client, server) || !move(server, client)) return break_off(connection);
    if (client.told_all && server.told_all) return end(connection);
    for (auto [from, to] : {std::pair(&client, &server), std::pair(&server, &client)}) {
      const bool takes = !from->read_all && to->held.size() < kMaxHeldProxied;
      set_interest(*from, (takes ? EPOLLIN : 0U) | (from->held.empty() ? 0U : EPOLLOUT));
    }
  }

  // What `from` has said, to `to`. False when either is broken.
  bool move(Side& from, Side& to) {
    if (!give(to)) return false;
    while (!from.read_all && to.held.size() < kMaxHeldProxied) {
      const ssize_t count = recv(from.socket.get(), buffer_.data(), buffer_.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) break;
      if (count < 0) return false;
      if (count == 0) from.read_all = true;
      to.held.append(buffer_.data(), static_cast<std::size_t>(count));
      if (!give(to)) return false;
    }
    if (from.read_all && to.held.empty() && !to.told_all) {
      shutdown(to.socket.get(), SHUT_WR);
      to.told_all = true;
    }
    return true;
  }

  static bool give(Side& to) {
    std::size_t given = 0;
    while (given < to.held.size()) {
      const ssize_t count =
          send(to.socket.get(), to.held.data() + given, to.held.size() - given, MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) break;
      if (count < 0) return false;
      given += static_cast<std::size_t>(count);
    }
    to.held.erase(0, given);
    return true;
  }

  void break_off(const std::shared_ptr<Connection>& connection) {
    reset_on_close(connection->client.socket.get());
    if (connection->server.socket.valid()) reset_on_close(connection->server.socket.get());
    end(connection);
  }

  void end(const std::shared_ptr<Connection>& connection) {
    drop(connection->client);
    drop(connection->server);
  }

  // Its number is not used again before all events of this round have been handled.
  void drop(Side& side) {
    if (!side.socket.valid()) return;
    connections_.erase(side.socket.get());
    watch(side.socket.get(), 0, EPOLL_CTL_DEL);
    ended_.push_back(std::move(side.socket));
  }

  void set_interest(Side& side, std::uint32_t events) {
    if (side.interest == events) return;
    side.interest = events;
    watch(side.socket.get(), events, EPOLL_CTL_MOD);
  }

  void watch(int fd, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(poll_.get(), operation, fd, &event);
  }

  Problem problem_;
  Fd poll_;
  Fd wake_;
  std::mutex mutex_;
  std::optional<std::vector<plan::Route>> wanted_;  // guarded by mutex_
  // What follows belongs to the thread.
  std::map<Key, Listener> listeners_;
  std::unordered_map<int, Listener*> listening_;  // by descriptor
  std::optional<SteadyTime> retry_;               // of what could not be listened on
  std::unordered_map<int, std::shared_ptr<Connection>> connections_;  // by either descriptor
  std::vector<Fd> ended_;
  std::array<char, kReadSize> buffer_{};
  std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<ServiceProxy>> ServiceProxy::start(Problem problem) {
  Fd poll(epoll_create1(EPOLL_CLOEXEC));
  Fd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!poll.valid() || !wake.valid()) return fail_errno("make the service proxy's descriptors");
  return std::make_unique<RunningProxy>(std::move(problem), std::move(poll), std::move(wake));
}

}  // namespace firesteel::node
