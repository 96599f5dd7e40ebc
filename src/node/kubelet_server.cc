#include "node/kubelet_server.h"

#include <charconv>

#include "base/clock.h"
#include "kube/query_flag.h"
#include "node/logs.h"

namespace firesteel::node {
namespace {

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> result;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (const std::string_view part = path.substr(0, slash); !part.empty())
      result.push_back(net::percent_decode(part));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return result;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

struct LogRequest {
  LogQuery query;
  bool previous = false;
};

// PodLogOptions as the API server passes them on.
Result<LogRequest> parse_log_request(const net::Query& query) {
  LogRequest request;
  for (const auto& [name, value] : query) {
    const std::optional<std::int64_t> count = number(value);
    const bool counted = name == "tailLines" || name == "sinceSeconds" || name == "limitBytes";
    if (counted && !count)
      return fail(ErrorCode::kBadRequest,
                  fmt::format("{}: invalid value \"{}\", a number is expected", name, value));
    if (name == "follow") request.query.follow = kube::query_flag(value);
    if (name == "previous") request.previous = kube::query_flag(value);
    if (name == "timestamps") request.query.timestamps = kube::query_flag(value);
    if (name == "tailLines") request.query.tail_lines = count;
    if (name == "limitBytes") request.query.limit_bytes = count;
    if (name == "sinceSeconds")
      request.query.since = SystemClock().now() - std::chrono::seconds(*count);
    if (name == "sinceTime") {
      request.query.since = parse_time(value);
      if (!request.query.since)
        return fail(ErrorCode::kBadRequest,
                    fmt::format("sinceTime: invalid value \"{}\", RFC 3339 is expected", value));
    }
  }
  return request;
}

int http_status(ErrorCode code) {
  if (code == ErrorCode::kNotFound) return 404;
  return code == ErrorCode::kBadRequest ? 400 : 500;
}

class LogHandler final : public net::Handler {
 public:
  LogHandler(LogLocator locate, StreamSources streams)
      : locate_(std::move(locate)), streams_(std::move(streams)) {}

  void handle(const net::Request& request, net::ResponseWriter& writer) override {
    if (request.peer.common_name != kKubeletClientName) {
      const int status = request.peer.common_name.empty() ? 401 : 403;
      return answer(
          writer, status,
          fmt::format("only a client certificate of {} is served here\n", kKubeletClientName));
    }
    const std::vector<std::string> path = segments(net::path_of(request.target));
    if (path.size() == 1 && path[0] == "healthz") return answer(writer, 200, "ok");
    if (path.size() == 4 && path[0] == "containerLogs" && request.method == "GET")
      return send_log(path, net::query_of(request.target), writer);
    if (serve_streams(streams_, request, path, writer)) return;
    answer(writer, 404, "not found\n");
  }

 private:
  static void answer(net::ResponseWriter& writer, int status, std::string text) {
    // A client that is gone needs no answer.
    (void)writer.send({status, {{"Content-Type", "text/plain"}}, std::move(text)});
  }

  void send_log(const std::vector<std::string>& path, const net::Query& query,
                net::ResponseWriter& writer) {
    const Result<LogRequest> request = parse_log_request(query);
    if (!request) return answer(writer, 400, request.error().message);
    const Result<LogLocation> location = locate_(path[1], path[2], path[3], request->previous);
    if (!location)
      return answer(writer, http_status(location.error().code), location.error().message);
    if (!writer.start(200, {{"Content-Type", "text/plain"}})) return;
    const LogSink sink = [&writer](std::string_view text) {
      if (writer.gone()) return false;
      return text.empty() || writer.write(text).has_value();
    };
    const Result<void> read =
        read_log(location->path, request->query, sink, location->finished, writer.stop());
    // No log file yet is an empty log.
    if (!read && read.error().code != ErrorCode::kNotFound)
      (void)writer.write(read.error().message + "\n");
    (void)writer.finish();
  }

  LogLocator locate_;
  StreamSources streams_;
};

class Endpoint final : public KubeletServer {
 public:
  Endpoint(LogLocator locate, StreamSources streams)
      : handler_(std::move(locate), std::move(streams)) {}
  Result<void> listen(const net::KeyPair& serving, const std::string& client_ca_pem) {
    net::ServerOptions options;
    options.tls = TRY(net::TlsServerContext::create(serving, client_ca_pem));
    server_ = TRY(context(net::Server::start(options, handler_), "start the kubelet endpoint"));
    return {};
  }
  int port() const override { return server_->port(); }

 private:
  LogHandler handler_;
  std::unique_ptr<net::Server> server_;  // after the handler that it calls
};

}  // namespace

Result<std::unique_ptr<KubeletServer>> KubeletServer::start(const net::KeyPair& serving,
                                                            const std::string& client_ca_pem,
                                                            LogLocator locate,
                                                            StreamSources streams) {
  auto endpoint = std::make_unique<Endpoint>(std::move(locate), std::move(streams));
  TRY(endpoint->listen(serving, client_ca_pem));
  return endpoint;
}

}  // namespace firesteel::node
