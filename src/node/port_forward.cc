#include "node/port_forward.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <map>

#include "net/spdy.h"

namespace firesteel::node {
namespace {

namespace spdy = net::spdy;

constexpr std::size_t kReadSize = 32 * 1024;

// One forwarded connection.
struct Line {
  Fd socket;
  std::string held;          // for the program
  bool client_done = false;  // nothing follows `held`
};

// How the events of connections are told to the client. A key names a connection.
class Framing {
 public:
  virtual ~Framing() = default;
  // False when the client is gone or breaks the protocol.
  virtual bool on_message(std::string_view payload) = 0;
  virtual void send(std::uint32_t key, std::string_view bytes) = 0;
  virtual void ended(std::uint32_t key) = 0;  // the program has closed
};

// The sockets of a session and its one loop.
class Forwards {
 public:
  Forwards(net::WebSocket& client, const Dial& dial) : client_(client), dial_(dial) {}

  // Errors: for the client.
  Result<void> open(std::uint32_t key, int port) {
    if (lines_.size() >= kMaxForwards)
      return fail(ErrorCode::kTooManyRequests, "too many connections are forwarded already");
    Fd socket = TRY(dial_(port));
    lines_[key].socket = std::move(socket);
    return {};
  }
  void write(std::uint32_t key, std::string_view bytes) {
    if (const auto line = lines_.find(key); line != lines_.end()) line->second.held += bytes;
  }
  void finish(std::uint32_t key) {
    if (const auto line = lines_.find(key); line != lines_.end()) line->second.client_done = true;
  }
  void drop(std::uint32_t key) { lines_.erase(key); }

  void run(Framing& framing, const StopToken& stop) {
    while (!stop.stop_requested() && !gone_) {
      bool moved = take_message(framing);
      for (auto it = lines_.begin(); it != lines_.end();) {
        // What follows may erase the entry.
        const std::uint32_t key = it->first;
        Line& line = it->second;
        ++it;
        moved = move(key, line, framing) || moved;
      }
      if (!moved && !gone_) wait(stop);
    }
  }
  void give_up() { gone_ = true; }
  void tell(std::string_view bytes) { gone_ = gone_ || !client_.send_binary(bytes); }

 private:
  [[nodiscard]] bool listens() const {
    return std::ranges::all_of(
        lines_, [](const auto& line) { return line.second.held.size() < kMaxHeldForward; });
  }

  bool take_message(Framing& framing) {
    if (!listens()) return false;
    auto arrival = client_.receive_now();
    if (!arrival || !arrival->open) {
      gone_ = true;
      return false;
    }
    if (!arrival->message) return false;
    if (!framing.on_message(arrival->message->payload)) gone_ = true;
    return true;
  }

  bool move(std::uint32_t key, Line& line, Framing& framing) {
    bool moved = false;
    while (!line.held.empty()) {
      const ssize_t count = ::send(line.socket.get(), line.held.data(), line.held.size(),
                                   MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) break;
      if (count < 0) return end(key, framing);
      line.held.erase(0, static_cast<std::size_t>(count));
      moved = true;
    }
    if (line.client_done && line.held.empty()) {
      ::shutdown(line.socket.get(), SHUT_WR);
      line.client_done = false;
    }
    std::array<char, kReadSize> buffer;
    const ssize_t count = ::recv(line.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return moved;
    if (count <= 0) return end(key, framing);
    framing.send(key, {buffer.data(), static_cast<std::size_t>(count)});
    return true;
  }

  bool end(std::uint32_t key, Framing& framing) {
    lines_.erase(key);
    framing.ended(key);
    return true;
  }

  void wait(const StopToken& stop) const {
    std::vector<pollfd> polled{{listens() ? client_.fd() : -1, POLLIN, 0}, {stop.fd(), POLLIN, 0}};
    for (const auto& [key, line] : lines_) {
      const int events = POLLIN | (line.held.empty() ? 0 : POLLOUT);
      polled.push_back({line.socket.get(), static_cast<short>(events), 0});
    }
    ::poll(polled.data(), polled.size(), -1);
  }

  net::WebSocket& client_;
  const Dial& dial_;
  std::map<std::uint32_t, Line> lines_;
  bool gone_ = false;
};

int port_of(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && port > 0 && port <= 0xffff ? port : 0;
}

// kubectl's: for each connection an error stream and a data stream with the same request id. The
// key of a connection is its data stream.
class Tunnel final : public Framing {
 public:
  explicit Tunnel(Forwards& forwards) : forwards_(forwards) {}

  bool on_message(std::string_view payload) override {
    decoder_.feed(payload);
    while (true) {
      auto frame = decoder_.next();
      if (!frame) return false;
      if (!*frame) return true;
      if (std::holds_alternative<spdy::GoAway>(**frame)) return false;
      std::visit([this](const auto& each) { on(each); }, **frame);
    }
  }
  void send(std::uint32_t key, std::string_view bytes) override {
    tell(spdy::Data{key, std::string(bytes), false});
  }
  // The client waits for the end of both.
  void ended(std::uint32_t key) override {
    tell(spdy::Data{key, "", true});
    if (const auto error = errors_.extract(key)) tell(spdy::Data{error.mapped(), "", true});
  }

 private:
  void on(const spdy::SynStream& syn) {
    const std::string_view type = spdy::header(syn.headers, "streamtype");
    const std::string id(spdy::header(syn.headers, "requestid"));
    const int port = port_of(spdy::header(syn.headers, "port"));
    if (port == 0 || (type != "error" && type != "data") || pending_.size() > kMaxForwards)
      return tell(spdy::RstStream{syn.stream, spdy::kRefusedStream});
    tell(spdy::SynReply{syn.stream, {}, false});
    if (type == "error") {
      pending_[id] = syn.stream;
      return;
    }
    const auto error = pending_.extract(id);
    if (!error) return tell(spdy::RstStream{syn.stream, spdy::kProtocolError});
    if (const Result<void> opened = forwards_.open(syn.stream, port); !opened) {
      tell(spdy::Data{error.mapped(), opened.error().message, true});
      return tell(spdy::Data{syn.stream, "", true});
    }
    errors_[syn.stream] = error.mapped();
    if (syn.last) forwards_.finish(syn.stream);
  }
  void on(const spdy::Data& data) {
    forwards_.write(data.stream, data.payload);
    if (data.last) forwards_.finish(data.stream);
  }
  void on(const spdy::RstStream& reset) {
    forwards_.drop(reset.stream);
    if (const auto error = errors_.extract(reset.stream))
      tell(spdy::Data{error.mapped(), "", true});
  }
  void on(const spdy::Ping& ping) {
    if (ping.id % 2 == 1) tell(ping);  // even ones would be answers to ours
  }
  void on(const spdy::SynReply&) {}
  void on(const spdy::GoAway&) {}
  void on(const spdy::Ignored&) {}

  void tell(const spdy::Frame& frame) { forwards_.tell(encoder_.print(frame)); }

  Forwards& forwards_;
  spdy::Decoder decoder_;
  spdy::Encoder encoder_;
  std::map<std::string, std::uint32_t> pending_;   // error streams by request id
  std::map<std::uint32_t, std::uint32_t> errors_;  // error streams by data stream
};

// Channel 2 * i carries the data of the i-th port, the next one its error. Each begins with the
// port, least byte first.
class Plain final : public Framing {
 public:
  Plain(Forwards& forwards, const std::vector<int>& ports) : forwards_(forwards) {
    for (std::uint32_t i = 0; i < ports.size(); ++i) {
      const int port = ports[i];
      const std::string greeting{static_cast<char>(port & 255), static_cast<char>(port >> 8)};
      tell(2 * i, greeting);
      tell(2 * i + 1, greeting);
      if (const Result<void> opened = forwards_.open(2 * i, port); !opened)
        tell(2 * i + 1, opened.error().message);
    }
  }
  bool on_message(std::string_view payload) override {
    if (!payload.empty())
      forwards_.write(static_cast<unsigned char>(payload.front()), payload.substr(1));
    return true;
  }
  void send(std::uint32_t key, std::string_view bytes) override { tell(key, bytes); }
  // This form has no end of one connection: the whole session ends with it.
  void ended(std::uint32_t) override { forwards_.give_up(); }

 private:
  void tell(std::uint32_t channel, std::string_view bytes) {
    forwards_.tell(static_cast<char>(channel) + std::string(bytes));
  }
  Forwards& forwards_;
};

}  // namespace

void forward_tunnelled(net::WebSocket& socket, const Dial& dial, const StopToken& stop) {
  Forwards forwards(socket, dial);
  Tunnel tunnel(forwards);
  forwards.run(tunnel, stop);
}

void forward_plain(net::WebSocket& socket, const std::vector<int>& ports, const Dial& dial,
                   const StopToken& stop) {
  Forwards forwards(socket, dial);
  Plain plain(forwards, ports);
  forwards.run(plain, stop);
}

}  // namespace firesteel::node
