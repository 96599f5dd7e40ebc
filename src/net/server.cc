#include "net/server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fcntl.h>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "base/fd.h"
#include "base/log.h"
#include "net/connection.h"
#include "net/socket.h"

namespace firesteel::net {
namespace {

constexpr std::chrono::milliseconds kRetryAccept{100};
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

class ServerImpl final : public Server {
 public:
  ServerImpl(const ServerOptions& options, Handler& handler, Fd listener)
      : options_(options), handler_(handler), listener_(std::move(listener)) {
    port_ = local_port(listener_.get());
    acceptor_ = std::jthread([this] { accept_all(); });
  }

  ~ServerImpl() override {
    stop_.request_stop();
    acceptor_.join();
    std::unique_lock lock(mutex_);
    const auto idle = [this] { return active_.empty(); };
    if (!changed_.wait_for(lock, options_.stop_grace, idle)) {
      for (const Slot& slot : active_)
        if (slot.fd >= 0) ::shutdown(slot.fd, SHUT_RDWR);
      changed_.wait(lock, idle);
    }
    std::list<Slot> finished = std::exchange(finished_, {});
    lock.unlock();
    finished.clear();  // joins
  }

  int port() const override { return port_; }
  std::size_t connections() const override {
    const std::lock_guard lock(mutex_);
    return active_.size();
  }

 private:
  struct Slot {
    int fd = -1;  // to shut down at the end; -1 once it is being closed
    std::jthread thread;
  };
  using Place = std::list<Slot>::iterator;

  void accept_all() {
    const StopToken stop = stop_.token();
    while (!stop.stop_requested()) {
      pollfd polled[3] = {
          {listener_.get(), POLLIN, 0}, {stop.fd(), POLLIN, 0}, {reap_.get(), POLLIN, 0}};
      if (::poll(polled, 3, -1) < 0 && errno != EINTR) {
        log::error("the server can wait for connections no longer",
                   {{"error", std::to_string(errno)}});
        return;
      }
      reap();
      if (polled[0].revents != 0 && !stop.stop_requested()) accept_one(stop);
    }
  }

  void accept_one(const StopToken& stop) {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) {
      // Out of descriptors or memory: the connection stays in the backlog; a pause keeps this from
      // spinning.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        log::warning("cannot accept a connection: out of descriptors or memory");
        (void)wait_ready(stop.fd(), POLLIN, {}, deadline_in(kRetryAccept));
      }
      return;
    }
    const std::lock_guard lock(mutex_);
    if (active_.size() >= options_.max_connections) {
      if (!options_.tls) ::send(socket.get(), kBusy.data(), kBusy.size(), MSG_NOSIGNAL);
      return;
    }
    active_.emplace_back();
    const Place place = std::prev(active_.end());
    // The thread's first step takes the lock, so it sees the slot whole.
    place->thread = std::jthread([this, place, fd = socket.release()] { run(place, Fd(fd)); });
  }

  void run(Place place, Fd socket) {
    serve(place, std::move(socket));
    end(place);
  }

  void serve(Place place, Fd socket) {
    Peer peer;
    peer.address = peer_address(socket.get());
    std::unique_ptr<Stream> stream = open_stream(place, std::move(socket), peer);
    if (!stream) return;
    set_fd(place, stream->fd());
    Connection connection(std::move(stream), std::move(peer), options_, handler_, stop_.token());
    connection.serve();
    set_fd(place, -1);
  }

  // Null when the TLS handshake failed, which also closes the socket: so the slot watches a
  // duplicate meanwhile.
  std::unique_ptr<Stream> open_stream(Place place, Fd socket, Peer& peer) {
    if (!options_.tls) return plain_stream(std::move(socket));
    const Fd duplicate(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
    set_fd(place, duplicate.get());
    auto accepted = options_.tls->accept(socket.release(), options_.header_timeout, peer);
    set_fd(place, -1);
    if (accepted) return std::move(*accepted);
    log::debug("a client's TLS handshake failed",
               {{"peer", peer.address}, {"error", accepted.error().message}});
    return nullptr;
  }

  void set_fd(Place place, int fd) {
    const std::lock_guard lock(mutex_);
    place->fd = fd;
  }

  void end(Place place) {
    const std::lock_guard lock(mutex_);
    finished_.splice(finished_.end(), active_, place);
    changed_.notify_all();
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(reap_.get(), &one, sizeof one);
  }

  // Joins the threads that have ended.
  void reap() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(reap_.get(), &count, sizeof count);
    std::list<Slot> finished;
    {
      const std::lock_guard lock(mutex_);
      finished.swap(finished_);
    }
  }

  const ServerOptions options_;
  Handler& handler_;
  Fd listener_;
  int port_ = 0;
  StopSource stop_;
  Fd reap_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Slot> active_;
  std::list<Slot> finished_;
  std::jthread acceptor_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler& handler) {
  Fd listener = TRY(listen_tcp(options.address, options.port));
  return std::make_unique<ServerImpl>(options, handler, std::move(listener));
}

}  // namespace firesteel::net
