#include "node/container_streams.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::node {
namespace {

constexpr std::size_t kReadSize = 32 * 1024;
constexpr char kEndOfInput = 4;  // what a terminal makes an end of file of

class Session {
 public:
  Session(net::WebSocket& socket, StreamEnds& ends) : socket_(socket), ends_(ends) {}

  bool run(const StopToken& stop) {
    while (!stop.stop_requested()) {
      bool moved = take_message();
      write_input();
      // Asked before the streams are read: what it wrote last is there by then.
      const bool ended = has_ended();
      moved = pump(ends_.out, Channel::kStdout) || moved;
      moved = pump(ends_.err, Channel::kStderr) || moved;
      if (gone_) return false;
      if (moved) continue;
      if (ended || (ends_.ended < 0 && !ends_.out.valid() && !ends_.err.valid())) return true;
      wait(stop);
    }
    return false;
  }

 private:
  [[nodiscard]] bool has_ended() const {
    if (ends_.ended < 0) return false;
    pollfd entry{ends_.ended, POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0;
  }

  bool take_message() {
    if (held_.size() >= kMaxHeldInput) return false;
    auto arrival = socket_.receive_now();
    gone_ = !arrival || !arrival->open;
    if (gone_ || !arrival->message) return false;
    on_message(arrival->message->payload);
    return true;
  }

  void on_message(std::string_view payload) {
    if (payload.empty()) return;
    const auto channel = static_cast<Channel>(payload.front());
    payload.remove_prefix(1);
    if (channel == Channel::kStdin && ends_.in.valid()) {
      held_ += payload;
    } else if (channel == Channel::kClose && payload == std::string_view("\0", 1)) {
      closing_ = true;
      if (ends_.terminal && ends_.in.valid()) held_ += kEndOfInput;
    } else if (channel == Channel::kResize && ends_.terminal) {
      resize(payload);
    }
  }

  void resize(std::string_view text) {
    const std::optional<TerminalSize> size = parse_resize(text);
    if (!size) return;
    const winsize window{size->rows, size->columns, 0, 0};
    const int terminal = ends_.in.valid() ? ends_.in.get() : ends_.out.get();
    ioctl(terminal, TIOCSWINSZ, &window);
  }

  void write_input() {
    while (ends_.in.valid() && !held_.empty()) {
      const ssize_t count = ::write(ends_.in.get(), held_.data(), held_.size());
      if (count > 0) {
        held_.erase(0, static_cast<std::size_t>(count));
      } else if (errno == EAGAIN) {
        return;
      } else if (errno != EINTR) {
        ends_.in.reset();  // nobody reads it any more
      }
    }
    if (!ends_.in.valid()) held_.clear();
    // A terminal stays: the same descriptor resizes it.
    if (!closing_ || ends_.terminal || !held_.empty() || !ends_.in.valid()) return;
    ends_.in.reset();
    if (ends_.input_ended) ends_.input_ended();
  }

  bool pump(Fd& from, Channel channel) {
    if (!from.valid()) return false;
    std::array<char, kReadSize + 1> message;
    message[0] = static_cast<char>(channel);
    const ssize_t count = ::read(from.get(), message.data() + 1, kReadSize);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (count <= 0) {  // EIO is the end of a terminal
      from.reset();
      return true;
    }
    const std::string_view bytes(message.data(), static_cast<std::size_t>(count) + 1);
    gone_ = gone_ || !socket_.send_binary(bytes);
    return true;
  }

  void wait(const StopToken& stop) const {
    const bool listens = held_.size() < kMaxHeldInput;
    pollfd polled[] = {{listens ? socket_.fd() : -1, POLLIN, 0},
                       {ends_.out.get(), POLLIN, 0},
                       {ends_.err.get(), POLLIN, 0},
                       {held_.empty() ? -1 : ends_.in.get(), POLLOUT, 0},
                       {ends_.ended, POLLIN, 0},
                       {stop.fd(), POLLIN, 0}};
    ::poll(polled, std::size(polled), -1);
  }

  net::WebSocket& socket_;
  StreamEnds& ends_;
  std::string held_;  // input that the program has not taken
  bool closing_ = false;
  bool gone_ = false;
};

}  // namespace

bool pass_streams(net::WebSocket& socket, StreamEnds& ends, const StopToken& stop) {
  return Session(socket, ends).run(stop);
}

json::Value exit_status(int exit_code) {
  if (exit_code == 0) return json::Object{{"metadata", json::Object()}, {"status", "Success"}};
  json::Array causes;
  causes.push_back(json::Object{{"reason", "ExitCode"}, {"message", std::to_string(exit_code)}});
  return json::Object{
      {"metadata", json::Object()},
      {"status", "Failure"},
      {"message", fmt::format("command terminated with non-zero exit code: {}", exit_code)},
      {"reason", "NonZeroExitCode"},
      {"details", json::Object{{"causes", std::move(causes)}}}};
}

json::Value failure_status(std::string_view message) {
  return json::Object{{"metadata", json::Object()},
                      {"status", "Failure"},
                      {"message", fmt::format("Internal error occurred: {}", message)},
                      {"reason", "InternalError"},
                      {"code", 500}};
}

void send_status(net::WebSocket& socket, const json::Value& status) {
  // A client that has gone needs no status.
  (void)socket.send_binary(static_cast<char>(Channel::kError) + json::print(status));
}

std::optional<TerminalSize> parse_resize(std::string_view text) {
  const Result<json::Value> value = json::parse(text);
  if (!value) return std::nullopt;
  const std::int64_t columns = json::int_at(*value, {"Width"});
  const std::int64_t rows = json::int_at(*value, {"Height"});
  const auto fits = [](std::int64_t number) { return number > 0 && number <= 0xffff; };
  if (!fits(columns) || !fits(rows)) return std::nullopt;
  return TerminalSize{static_cast<unsigned short>(columns), static_cast<unsigned short>(rows)};
}

}  // namespace firesteel::node
