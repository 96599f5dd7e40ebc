#include "node/spdy_channels.h"

#include <poll.h>

#include <array>
#include <chrono>
#include <deque>
#include <map>

#include "net/http_codec.h"
#include "net/spdy.h"
#include "node/container_streams.h"

namespace firesteel::node {
namespace {

namespace spdy = net::spdy;
using std::chrono::milliseconds;

constexpr std::size_t kReadSize = 32 * 1024;
constexpr milliseconds kStreamsTime{30000};  // kubelet's streamCreationTimeout
constexpr milliseconds kCloseTime{500};

bool has(const net::Request& request, std::string_view name, std::string_view wanted) {
  for (const auto& [field, value] : request.headers.fields()) {
    if (net::Headers{{field, value}}.contains(name) && net::has_token(value, wanted)) return true;
  }
  return false;
}

// Waits for input; false when none came in time.
bool readable(int fd, milliseconds timeout, const StopToken& stop) {
  pollfd polled[] = {{fd, POLLIN, 0}, {stop.fd(), POLLIN, 0}};
  return ::poll(polled, std::size(polled), static_cast<int>(timeout.count())) > 0 &&
         (polled[0].revents != 0);
}

// An upgraded connection without any framing.
class RawBytes final : public net::WebSocket {
 public:
  RawBytes(net::Stream& stream, std::string_view protocol) : stream_(stream), protocol_(protocol) {}

  std::string_view protocol() const override { return protocol_; }
  Result<void> send_text(std::string_view payload) override { return send_binary(payload); }
  Result<void> send_binary(std::string_view payload) override {
    return stream_.write_all(payload, {});
  }
  Result<std::optional<net::WebSocketMessage>> receive(StopToken stop) override {
    return read(milliseconds(-1), stop);
  }
  int fd() const override { return stream_.fd(); }
  Result<Arrival> receive_now() override {
    auto message = read(milliseconds(0), {});
    if (message) return Arrival{message->has_value(), std::move(*message)};
    if (message.error().code == ErrorCode::kTimeout) return Arrival{};
    return std::unexpected(std::move(message.error()));
  }
  bool drain() override {
    while (true) {
      const auto arrival = receive_now();
      if (!arrival || !arrival->open) return false;
      if (!arrival->message) return true;
    }
  }
  // The client hangs up when it has everything; closing earlier could cut off what is on its way.
  void close(int /*code*/, std::string_view /*reason*/) override {
    while (true) {
      const auto message = read(kCloseTime, {});
      if (!message || !*message) break;
    }
    stream_.close();
  }

 private:
  Result<std::optional<net::WebSocketMessage>> read(milliseconds timeout, const StopToken& stop) {
    net::WebSocketMessage message{true, std::string(kReadSize, '\0')};
    stream_.set_read_timeout(timeout);
    const auto count = stream_.read_some(message.payload.data(), kReadSize, stop);
    if (!count && count.error().code == ErrorCode::kTimeout) return std::unexpected(count.error());
    if (!count || *count == 0) return std::nullopt;
    message.payload.resize(*count);
    return message;
  }

  net::Stream& stream_;
  std::string protocol_;
};

std::optional<Channel> channel_of(std::string_view type) {
  if (type == "stdin") return Channel::kStdin;
  if (type == "stdout") return Channel::kStdout;
  if (type == "stderr") return Channel::kStderr;
  if (type == "error") return Channel::kError;
  if (type == "resize") return Channel::kResize;
  return std::nullopt;
}

class SpdyChannels final : public net::WebSocket {
 public:
  explicit SpdyChannels(std::unique_ptr<net::WebSocket> connection)
      : connection_(std::move(connection)) {}

  Result<void> await(const std::vector<Channel>& wanted, const StopToken& stop) {
    const auto complete = [&] {
      return std::ranges::all_of(wanted, [&](Channel one) { return streams_.contains(one); });
    };
    const auto end = std::chrono::steady_clock::now() + kStreamsTime;
    while (!complete()) {
      if (TRY(take())) continue;
      if (over_) return fail(ErrorCode::kBadRequest, "the client left before its streams stood");
      const auto left =
          std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
      if (left.count() <= 0 || !readable(connection_->fd(), left, stop))
        return fail(ErrorCode::kTimeout, "timed out waiting for client to create streams");
    }
    return {};
  }

  std::string_view protocol() const override { return connection_->protocol(); }
  Result<void> send_text(std::string_view payload) override { return send_binary(payload); }
  Result<void> send_binary(std::string_view payload) override {
    if (payload.empty()) return {};
    const auto stream = streams_.find(static_cast<Channel>(payload.front()));
    if (stream == streams_.end()) return {};  // the client did not ask for it
    return tell(spdy::Data{stream->second, std::string(payload.substr(1)), false});
  }
  Result<std::optional<net::WebSocketMessage>> receive(StopToken stop) override {
    while (true) {
      auto arrival = TRY(receive_now());
      if (arrival.message || !arrival.open) return std::move(arrival.message);
      if (!readable(connection_->fd(), milliseconds(-1), stop)) return std::nullopt;
    }
  }
  int fd() const override { return connection_->fd(); }
  Result<Arrival> receive_now() override {
    while (messages_.empty()) {
      if (!TRY(take())) return Arrival{!over_, std::nullopt};
    }
    Arrival arrival{true, std::move(messages_.front())};
    messages_.pop_front();
    return arrival;
  }
  bool drain() override { return connection_->drain(); }
  // The ends of all that goes to the client, upon which it leaves.
  void close(int code, std::string_view reason) override {
    for (const Channel one : {Channel::kStdout, Channel::kStderr, Channel::kError}) {
      if (const auto stream = streams_.find(one); stream != streams_.end())
        (void)tell(spdy::Data{stream->second, "", true});
    }
    connection_->close(code, reason);
  }

 private:
  // Takes what has arrived; false when there is nothing.
  Result<bool> take() {
    const auto arrival = TRY(connection_->receive_now());
    over_ = over_ || !arrival.open;
    if (!arrival.message) return false;
    decoder_.feed(arrival.message->payload);
    while (auto frame = TRY(decoder_.next())) {
      if (std::holds_alternative<spdy::GoAway>(*frame)) over_ = true;
      TRY(std::visit([this](const auto& each) { return on(each); }, *frame));
    }
    return true;
  }

  Result<void> on(const spdy::SynStream& syn) {
    const auto channel = channel_of(spdy::header(syn.headers, "streamtype"));
    if (!channel || !streams_.emplace(*channel, syn.stream).second)
      return tell(spdy::RstStream{syn.stream, spdy::kRefusedStream});
    return tell(spdy::SynReply{syn.stream, {}, false});
  }
  Result<void> on(const spdy::Data& data) {
    for (const auto& [channel, stream] : streams_) {
      if (stream != data.stream) continue;
      if (!data.payload.empty())
        messages_.push_back({true, static_cast<char>(channel) + data.payload});
      if (data.last) end_of(channel);
    }
    return {};
  }
  Result<void> on(const spdy::RstStream& reset) {
    for (const auto& [channel, stream] : streams_) {
      if (stream == reset.stream) end_of(channel);
    }
    return {};
  }
  Result<void> on(const spdy::Ping& ping) {
    if (ping.id % 2 == 0) return {};  // an answer to one of ours, of which there are none
    return tell(ping);
  }
  Result<void> on(const spdy::SynReply&) { return {}; }
  Result<void> on(const spdy::GoAway&) { return {}; }
  Result<void> on(const spdy::Ignored&) { return {}; }

  void end_of(Channel channel) {
    messages_.push_back({true, {static_cast<char>(Channel::kClose), static_cast<char>(channel)}});
  }
  Result<void> tell(const spdy::Frame& frame) {
    return connection_->send_binary(encoder_.print(frame));
  }

  std::unique_ptr<net::WebSocket> connection_;
  spdy::Decoder decoder_;
  spdy::Encoder encoder_;
  std::map<Channel, std::uint32_t> streams_;
  std::deque<net::WebSocketMessage> messages_;
  bool over_ = false;
};

}  // namespace

Result<std::unique_ptr<net::WebSocket>> accept_spdy(const net::Request& request,
                                                    net::ResponseWriter& writer,
                                                    std::string_view protocol) {
  constexpr std::string_view kVersion = "X-Stream-Protocol-Version";
  if (!has(request, kVersion, protocol))
    return fail(ErrorCode::kBadRequest,
                fmt::format("unable to upgrade: {} must offer {}", kVersion, protocol));
  net::Stream* stream = TRY(writer.upgrade({{"Connection", "Upgrade"},
                                            {"Upgrade", "SPDY/3.1"},
                                            {std::string(kVersion), std::string(protocol)}}));
  return std::make_unique<RawBytes>(*stream, protocol);
}

Result<std::unique_ptr<net::WebSocket>> channels_over_spdy(
    std::unique_ptr<net::WebSocket> connection, const SpdyStreams& streams, const StopToken& stop) {
  auto channels = std::make_unique<SpdyChannels>(std::move(connection));
  std::vector<Channel> wanted{Channel::kError};
  if (streams.in) wanted.push_back(Channel::kStdin);
  if (streams.out) wanted.push_back(Channel::kStdout);
  if (streams.err) wanted.push_back(Channel::kStderr);
  if (streams.resize) wanted.push_back(Channel::kResize);
  TRY(channels->await(wanted, stop));
  return channels;
}

}  // namespace firesteel::node
