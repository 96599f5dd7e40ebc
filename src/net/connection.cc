#include "net/connection.h"

#include <array>

#include "net/http_codec.h"
#include "net/socket.h"

namespace firesteel::net {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadSize = 16 * 1024;
constexpr std::size_t kMaxAhead = 256 * 1024;  // pipelined bytes kept while a handler works
constexpr std::size_t kMaxLinger = 16 * 1024 * 1024;
constexpr milliseconds kLingerTime{1000};

// The raw stream after an upgrade, with the bytes that had been read too far in front of it.
class UpgradedStream final : public Stream {
 public:
  UpgradedStream(Stream& below, std::string front) : below_(below), front_(std::move(front)) {}

  Result<std::size_t> read_some(char* buffer, std::size_t size, StopToken stop) override {
    if (front_.empty()) return below_.read_some(buffer, size, std::move(stop));
    const std::size_t count = front_.copy(buffer, size);
    front_.erase(0, count);
    return count;
  }
  Result<void> write_all(std::string_view bytes, StopToken stop) override {
    return below_.write_all(bytes, std::move(stop));
  }
  Result<std::size_t> write_some(std::string_view bytes) override {
    return below_.write_some(bytes);
  }
  int fd() const override { return below_.fd(); }
  std::size_t pending() const override { return front_.size() + below_.pending(); }
  void close() override { below_.close(); }
  void set_read_timeout(milliseconds timeout) override { below_.set_read_timeout(timeout); }
  void set_write_timeout(milliseconds timeout) override { below_.set_write_timeout(timeout); }

 private:
  Stream& below_;
  std::string front_;
};

}  // namespace

class Writer final : public ResponseWriter {
 public:
  Writer(Connection& connection, const Request& request)
      : connection_(connection), to_head_(request.method == "HEAD") {}

  // What the handler left undone. A chunked answer without its end is cut, so that the client
  // notices.
  void settle() {
    if (state_ == State::kFresh) {
      (void)send({500, {{"Content-Type", "text/plain"}}, "the request was not answered\n"});
    } else if (state_ != State::kDone) {
      connection_.keep_alive_ = false;
    }
  }

  Result<void> send(const Response& response) override {
    TRY(begin(State::kDone));
    Headers headers = response.headers;
    const bool bodiless = has_no_body(response.status);
    if (!bodiless) headers.set("Content-Length", std::to_string(response.body.size()));
    std::string bytes = TRY(print_head(response.status, std::move(headers)));
    if (!bodiless && !to_head_) bytes += response.body;
    return put(bytes);
  }

  Result<void> start(int status, const Headers& given) override {
    TRY(begin(State::kStarted));
    Headers headers = given;
    chunked_ = connection_.chunks_ && !has_no_body(status);
    silent_ = to_head_ || has_no_body(status);
    if (chunked_) headers.set("Transfer-Encoding", "chunked");
    if (!connection_.chunks_)
      connection_.keep_alive_ = false;  // the end of the stream ends the body
    return put(TRY(print_head(status, std::move(headers))));
  }

  Result<void> write(std::string_view chunk) override {
    if (state_ != State::kStarted) return misuse("write");
    if (chunk.empty() || silent_) return {};
    return chunked_ ? put(print_chunk(chunk)) : put(chunk);
  }

  Result<void> finish() override {
    if (state_ != State::kStarted) return misuse("finish");
    state_ = State::kDone;
    if (chunked_ && !silent_) return put(kLastChunk);
    return {};
  }

  Result<Stream*> upgrade(const Headers& headers) override {
    TRY(begin(State::kUpgraded));
    connection_.keep_alive_ = false;
    const std::string head = TRY(print_response_head(101, headers));
    TRY(put(head));
    connection_.stream_->set_read_timeout(milliseconds(-1));
    upgraded_.emplace(*connection_.stream_, std::exchange(connection_.buffer_, {}));
    return &*upgraded_;
  }

  bool gone() override {
    if (connection_.stop_.stop_requested() || connection_.broken_) return true;
    return state_ != State::kUpgraded && connection_.peer_closed();
  }
  int fd() const override { return connection_.stream_->fd(); }
  StopToken stop() const override { return connection_.stop_; }

 private:
  enum class State { kFresh, kStarted, kDone, kUpgraded };

  static std::unexpected<Error> misuse(std::string_view call) {
    return fail(ErrorCode::kInternal, fmt::format("ResponseWriter::{} called out of order", call));
  }

  Result<void> begin(State next) {
    if (state_ != State::kFresh) return misuse("send, start or upgrade");
    state_ = next;
    return {};
  }

  Result<std::string> print_head(int status, Headers headers) {
    if (has_token(headers.get("Connection"), "close")) connection_.keep_alive_ = false;
    if (connection_.stop_.stop_requested()) connection_.keep_alive_ = false;
    if (!connection_.keep_alive_) headers.set("Connection", "close");
    return print_response_head(status, headers);
  }

  Result<void> put(std::string_view bytes) {
    if (connection_.write(bytes)) return {};
    return fail(ErrorCode::kUnavailable, "the client is gone or too slow");
  }

  Connection& connection_;
  bool to_head_;
  State state_ = State::kFresh;
  bool chunked_ = false;
  bool silent_ = false;
  std::optional<UpgradedStream> upgraded_;
};

Connection::Connection(std::unique_ptr<Stream> stream, Peer peer, const ServerOptions& options,
                       Handler& handler, StopToken stop)
    : stream_(std::move(stream)),
      peer_(std::move(peer)),
      options_(options),
      handler_(handler),
      stop_(std::move(stop)) {
  stream_->set_write_timeout(options_.write_timeout);
}

void Connection::serve() {
  while (keep_alive_ && !broken_ && !stop_.stop_requested()) {
    auto request = read_request();
    if (!request) return;
    first_ = false;
    request->peer = peer_;
    Writer writer(*this, *request);
    handler_.handle(*request, writer);
    writer.settle();
  }
}

std::optional<Request> Connection::read_request() {
  // Between two requests a client may be silent for long; once it has begun, or has just come, it
  // may not.
  if (buffer_.empty() && !first_ && !fill(options_.idle_timeout)) return std::nullopt;
  RequestParser parser({options_.max_header_bytes, options_.max_body_bytes});
  Deadline deadline = deadline_in(options_.header_timeout);
  bool in_body = false;
  while (!parser.done()) {
    const auto used = parser.feed(buffer_);
    if (!used) {
      refuse(parser.error_status(), used.error().message);
      return std::nullopt;
    }
    buffer_.erase(0, *used);
    if (parser.head_done() && !in_body) {
      in_body = true;
      deadline = deadline_in(options_.body_timeout);
      if (!parser.done() && parser.expects_continue() && buffer_.empty() &&
          !write("HTTP/1.1 100 Continue\r\n\r\n"))
        return std::nullopt;
      if (!buffer_.empty()) continue;
    }
    if (!parser.done() && !fill(time_left(deadline))) {
      if (timed_out_ && (in_body || !buffer_.empty()))
        refuse(408, "the request took too long to arrive");
      return std::nullopt;
    }
  }
  keep_alive_ = parser.keep_alive();
  chunks_ = !parser.http_1_0();
  return parser.take();
}

bool Connection::fill(milliseconds timeout) {
  std::array<char, kReadSize> chunk;
  stream_->set_read_timeout(timeout);
  const auto count = stream_->read_some(chunk.data(), chunk.size(), stop_);
  timed_out_ = !count && count.error().code == ErrorCode::kTimeout;
  broken_ = broken_ || !count || *count == 0;
  if (!count || *count == 0) return false;
  buffer_.append(chunk.data(), *count);
  return true;
}

void Connection::refuse(int status, std::string_view why) {
  const std::string body = fmt::format("{}\n", why);
  const auto head = print_response_head(status, {{"Content-Type", "text/plain; charset=utf-8"},
                                                 {"Content-Length", std::to_string(body.size())},
                                                 {"Connection", "close"}});
  if (stream_->write_all(*head + body, {})) linger();
}

// Closing with unread input would reset the connection, and the client might never see the answer.
void Connection::linger() {
  const Deadline deadline = deadline_in(kLingerTime);
  std::array<char, kReadSize> chunk;
  std::size_t total = 0;
  while (total < kMaxLinger) {
    stream_->set_read_timeout(time_left(deadline));
    const auto count = stream_->read_some(chunk.data(), chunk.size(), stop_);
    if (!count || *count == 0) return;
    total += *count;
  }
}

bool Connection::write(std::string_view bytes) {
  // Not cut by the stop request: an answer under way may end; the server cuts the socket when its
  // patience does.
  if (!broken_ && !stream_->write_all(bytes, {})) broken_ = true;
  return !broken_;
}

bool Connection::peer_closed() {
  std::array<char, kReadSize> chunk;
  stream_->set_read_timeout(milliseconds(0));
  while (!broken_) {
    const auto count = stream_->read_some(chunk.data(), chunk.size(), {});
    if (!count && count.error().code == ErrorCode::kTimeout) return false;
    broken_ = !count || *count == 0 || buffer_.size() + *count > kMaxAhead;
    if (!broken_) buffer_.append(chunk.data(), *count);
  }
  return true;
}

}  // namespace firesteel::net
