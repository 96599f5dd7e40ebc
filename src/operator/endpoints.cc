#include "operator/endpoints.h"

#include <fmt/format.h>

#include "net/server.h"

namespace firesteel::operators {
namespace {

constexpr std::size_t kMaxConnections = 64;

net::Response plain(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

}  // namespace

struct Endpoints::State final : net::Handler {
  State(const Metrics& metrics_in, std::function<std::string()> not_ready_in)
      : metrics(metrics_in), not_ready(std::move(not_ready_in)) {}

  void handle(const net::Request& request, net::ResponseWriter& writer) override {
    // A scraper that has gone away needs no answer.
    (void)writer.send(answer(request));
  }

  [[nodiscard]] net::Response answer(const net::Request& request) const {
    if (request.method != "GET" && request.method != "HEAD") {
      return plain(405, "only GET is allowed here\n");
    }
    const std::string_view path = net::path_of(request.target);
    if (path == "/metrics") {
      return {200, {{"Content-Type", std::string(metrics::kContentType)}}, metrics.expose()};
    }
    if (path == "/healthz" || path == "/livez") return plain(200, "ok");
    if (path == "/readyz") {
      const std::string why = not_ready();
      return why.empty() ? plain(200, "ok") : plain(503, why + "\n");
    }
    return plain(404, "here are /metrics, /healthz and /readyz\n");
  }

  const Metrics& metrics;
  const std::function<std::string()> not_ready;
  std::unique_ptr<net::Server> server;  // last: it stops before what it uses goes
};

Endpoints::Endpoints(std::unique_ptr<State> state) : state_(std::move(state)) {}
Endpoints::~Endpoints() = default;

Result<std::unique_ptr<Endpoints>> Endpoints::start(const Options& options, const Metrics& metrics,
                                                    std::function<std::string()> not_ready) {
  auto state = std::make_unique<State>(metrics, std::move(not_ready));
  net::ServerOptions server;
  server.address = options.address;
  server.port = options.port;
  server.max_connections = kMaxConnections;
  auto started = net::Server::start(server, *state);
  if (!started) {
    return fail(started.error().code,
                fmt::format("metrics: {}; choose another with --metrics-port and "
                            "--metrics-address, or none with --metrics-port 0",
                            started.error().message));
  }
  state->server = std::move(*started);
  return std::unique_ptr<Endpoints>(new Endpoints(std::move(state)));
}

int Endpoints::port() const {
  return state_->server->port();
}

}  // namespace firesteel::operators
