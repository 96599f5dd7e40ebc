#include "net/client.h"

#include <array>
#include <charconv>
#include <limits>
#include <mutex>

#include "net/http_codec.h"
#include "net/socket.h"

namespace firesteel::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kMaxIdle = 32;              // connections kept for reuse
constexpr std::chrono::seconds kMaxIdleTime{60};  // less than the server's idle_timeout
constexpr std::size_t kMaxHeaderBytes = 64 * 1024;
constexpr std::size_t kMaxRefusal = 64 * 1024;  // body of an answer that is no upgrade

struct Url {
  bool tls = false;
  std::string host;  // without the brackets of an IPv6 address
  int port = 0;
  std::string authority;  // as in the Host field
  std::string prefix;     // "" or "/x"
};

Result<Url> parse_url(const std::string& text) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::kInvalid,
                fmt::format("url '{}': {}; expected like https://127.0.0.1:6443", text, why));
  };
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://"))
    url.tls = true;
  else if (!rest.starts_with("http://"))
    return bad("it starts with neither https:// nor http://");
  rest.remove_prefix(url.tls ? 8 : 7);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  url.authority = rest.substr(0, slash);
  url.prefix = rest.substr(slash);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  std::string_view host = url.authority;
  url.port = url.tls ? 443 : 80;
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || url.port < 1 ||
        url.port > 65535)
      return bad("the port is not between 1 and 65535");
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("@ ?#") != std::string_view::npos)
    return bad("it has no plain host name");
  url.host = host;
  return url;
}

// A connection and what was read from it beyond the last answer.
struct Line {
  std::unique_ptr<Stream> stream;
  std::string buffer;
  steady_clock::time_point idle_since{};
};

// Reads one answer's next bytes into the parser. False at the end of the stream.
Result<bool> read_more(Line& line, ResponseParser& parser, const StopToken& stop) {
  std::array<char, kReadSize> chunk;
  const std::size_t count = TRY(line.stream->read_some(chunk.data(), chunk.size(), stop));
  if (count == 0) {
    TRY(parser.feed_end());
    return false;
  }
  line.buffer.append(chunk.data(), count);
  return true;
}

// Feeds what is buffered as far as it goes; what is left is the beginning of something.
Result<void> feed_buffer(Line& line, ResponseParser& parser) {
  while (!line.buffer.empty() && !parser.done()) {
    const std::size_t used = TRY(parser.feed(line.buffer));
    line.buffer.erase(0, used);
    if (used == 0) break;
  }
  return {};
}

class StreamImpl final : public ResponseStream {
 public:
  StreamImpl(Line line, std::unique_ptr<ResponseParser> parser)
      : line_(std::move(line)),
        parser_(std::move(parser)),
        status_(parser_->status()),
        headers_(parser_->headers()) {
    line_.stream->set_read_timeout(milliseconds(-1));
  }

  int status() const override { return status_; }
  const Headers& headers() const override { return headers_; }

  Result<std::string> read(StopToken stop) override {
    while (true) {
      TRY(feed_buffer(line_, *parser_));
      std::string piece = parser_->take_body();
      if (!piece.empty() || ended_ || parser_->done()) return piece;
      ended_ = !TRY(read_more(line_, *parser_, stop));
    }
  }

 private:
  Line line_;
  std::unique_ptr<ResponseParser> parser_;
  int status_;
  Headers headers_;
  bool ended_ = false;
};

class ClientImpl final : public Client {
 public:
  ClientImpl(ClientOptions options, Url url, std::shared_ptr<TlsClientContext> tls)
      : options_(std::move(options)), url_(std::move(url)), tls_(std::move(tls)) {}

  Result<Response> send(const Request& request) override {
    const Deadline deadline = deadline_in(options_.request_timeout);
    const CodecLimits limits{kMaxHeaderBytes, options_.max_body_bytes};
    ResponseParser parser(limits, request.method == "HEAD");
    Line line = TRY(named(exchange(request, parser, deadline), request));
    while (!parser.done()) {
      TRY(named(feed_buffer(line, parser), request));
      if (parser.done()) break;
      line.stream->set_read_timeout(time_left(deadline));
      if (!TRY(named(read_more(line, parser, options_.stop), request))) break;
    }
    Response response{parser.status(), parser.headers(), parser.take_body()};
    if (parser.done() && parser.keep_alive() && line.buffer.empty()) keep(std::move(line));
    return response;
  }

  Result<std::unique_ptr<ResponseStream>> open(const Request& request) override {
    const Deadline deadline = deadline_in(options_.request_timeout);
    const CodecLimits limits{kMaxHeaderBytes, std::numeric_limits<std::size_t>::max()};
    auto parser = std::make_unique<ResponseParser>(limits, request.method == "HEAD");
    Line line = TRY(named(exchange(request, *parser, deadline), request));
    return std::make_unique<StreamImpl>(std::move(line), std::move(parser));
  }

  Result<UpgradeAnswer> upgrade(const Request& given) override {
    const Deadline deadline = deadline_in(options_.request_timeout);
    ResponseParser parser(CodecLimits{kMaxHeaderBytes, kMaxRefusal}, false);
    Request request = given;
    request.target = url_.prefix + given.target;
    const std::string bytes = TRY(print_request(request, url_.authority));
    Line line = TRY(named(dial(deadline), given));
    bool answered = false;
    TRY(named(exchange_over(line, bytes, parser, deadline, answered), given));
    UpgradeAnswer answer{{parser.status(), parser.headers(), {}}, nullptr, {}};
    if (parser.status() == 101) {
      answer.early = std::move(line.buffer);
      answer.stream = std::move(line.stream);
      answer.stream->set_read_timeout(milliseconds(-1));
      answer.stream->set_write_timeout(milliseconds(-1));
      return answer;
    }
    while (!parser.done()) {
      TRY(named(feed_buffer(line, parser), given));
      if (parser.done()) break;
      line.stream->set_read_timeout(time_left(deadline));
      if (!TRY(named(read_more(line, parser, options_.stop), given))) break;
    }
    answer.response.body = parser.take_body();
    return answer;
  }

 private:
  // Sends the request and reads until the parser has the head.
  Result<Line> exchange(const Request& given, ResponseParser& parser, const Deadline& deadline) {
    Request request = given;
    request.target = url_.prefix + given.target;
    const std::string bytes = TRY(print_request(request, url_.authority));
    while (true) {
      std::optional<Line> kept = take_idle();
      const bool reused = kept.has_value();
      Line line = reused ? std::move(*kept) : TRY(dial(deadline));
      bool answered = false;
      auto done = exchange_over(line, bytes, parser, deadline, answered);
      if (done) return line;
      // A kept connection may have been closed just as it was chosen: that says nothing about the
      // request.
      const bool closed = done.error().code == ErrorCode::kUnavailable;
      if (!reused || answered || !closed || options_.stop.stop_requested())
        return std::unexpected(done.error());
      forget_idle();
    }
  }

  Result<void> exchange_over(Line& line, std::string_view bytes, ResponseParser& parser,
                             const Deadline& deadline, bool& answered) {
    line.stream->set_write_timeout(time_left(deadline));
    const auto written = line.stream->write_all(bytes, options_.stop);
    // A server may refuse a body before it has come (413) and close: then its answer is what
    // counts.
    while (!parser.head_done()) {
      line.stream->set_read_timeout(time_left(deadline));
      const auto more = read_more(line, parser, options_.stop);
      if (!more) return written ? std::unexpected(more.error()) : written;
      if (!*more)
        return fail(ErrorCode::kUnavailable, "the connection was closed before an answer");
      answered = true;
      while (!line.buffer.empty() && !parser.head_done()) {
        const std::size_t used = TRY(parser.feed(line.buffer));
        line.buffer.erase(0, used);
        if (used == 0) break;
      }
    }
    return {};
  }

  Result<Line> dial(const Deadline& deadline) {
    milliseconds timeout = options_.connect_timeout;
    if (deadline) timeout = std::min(timeout, time_left(deadline));
    Fd socket = TRY(connect_tcp(url_.host, url_.port, timeout, options_.stop));
    Line line;
    if (tls_)
      line.stream = TRY(tls_->connect(socket.release(), url_.host, timeout));
    else
      line.stream = plain_stream(std::move(socket));
    return line;
  }

  // One that is neither old nor closed: input on an idle connection can only be its end.
  std::optional<Line> take_idle() {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      Line line = std::move(idle_.back());
      idle_.pop_back();
      if (steady_clock::now() - line.idle_since > kMaxIdleTime) continue;
      char byte = 0;
      line.stream->set_read_timeout(milliseconds(0));
      const auto count = line.stream->read_some(&byte, 1, {});
      if (!count && count.error().code == ErrorCode::kTimeout) return line;
    }
    return std::nullopt;
  }

  void keep(Line line) {
    line.idle_since = steady_clock::now();
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(line));
  }

  void forget_idle() {
    const std::lock_guard lock(mutex_);
    idle_.clear();
  }

  template <typename T>
  Result<T> named(Result<T> result, const Request& request) const {
    return context(std::move(result),
                   fmt::format("{} {}{}{}", request.method, url_.tls ? "https://" : "http://",
                               url_.authority, path_of(request.target)));
  }

  const ClientOptions options_;
  const Url url_;
  const std::shared_ptr<TlsClientContext> tls_;
  std::mutex mutex_;
  std::vector<Line> idle_;
};

}  // namespace

Result<std::unique_ptr<Client>> Client::create(const ClientOptions& options) {
  Url url = TRY(parse_url(options.url));
  std::shared_ptr<TlsClientContext> tls;
  if (url.tls) tls = TRY(TlsClientContext::create(options.tls));
  return std::make_unique<ClientImpl>(options, std::move(url), std::move(tls));
}

}  // namespace firesteel::net
