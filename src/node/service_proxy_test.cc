#include "node/service_proxy.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <future>
#include <thread>

#include "base/fd.h"
#include "net/socket.h"

namespace firesteel::node {
namespace {

using std::chrono::seconds;
constexpr std::chrono::milliseconds kPatience{10000};

// A program that says its name to each client, and then, when it was told all, what that was.
class Server {
 public:
  explicit Server(std::string name)
      : name_(std::move(name)), socket_(*net::listen_tcp("127.0.0.1", 0)) {
    thread_ = std::jthread([this] { serve(); });
  }
  ~Server() { stop_.request_stop(); }
  [[nodiscard]] plan::Target target() const {
    return {"127.0.0.1", net::local_port(socket_.get())};
  }

 private:
  void serve() {
    while (net::wait_ready(socket_.get(), POLLIN, stop_.token(), std::nullopt)) {
      const auto client =
          net::plain_stream(Fd(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
      std::string heard;
      std::array<char, 65536> buffer{};
      if (!client->write_all(name_, stop_.token())) continue;
      Result<std::size_t> count;
      while ((count = client->read_some(buffer.data(), buffer.size(), stop_.token())) && *count > 0)
        heard.append(buffer.data(), *count);
      (void)client->write_all(heard, stop_.token());
    }
  }
  std::string name_;
  Fd socket_;
  StopSource stop_;
  std::jthread thread_;
};

int free_port() {
  return net::local_port(net::listen_tcp("127.0.0.1", 0)->get());
}

class Client {
 public:
  explicit Client(int port) {
    auto socket = net::connect_tcp("127.0.0.1", port, kPatience, {});
    if (!socket) return;
    stream_ = net::plain_stream(std::move(*socket));
    stream_->set_read_timeout(kPatience);
  }
  // All of it, and that it is all.
  void tell(std::string_view text) {
    if (stream_ == nullptr || !stream_->write_all(text, {})) return;
    shutdown(stream_->fd(), SHUT_WR);
  }
  // Until the other side ends, or as much has come; nothing when it refuses or breaks off.
  std::optional<std::string> hear(std::size_t enough = std::string::npos) {
    std::string answer;
    std::array<char, 65536> buffer{};
    while (stream_ != nullptr && answer.size() < enough) {
      const auto count = stream_->read_some(buffer.data(), buffer.size(), {});
      if (!count) return std::nullopt;
      if (*count == 0) break;
      answer.append(buffer.data(), *count);
    }
    if (stream_ == nullptr) return std::nullopt;
    return answer;
  }

 private:
  std::unique_ptr<net::Stream> stream_;
};

std::optional<std::string> ask(int port, const std::string& question) {
  Client client(port);
  client.tell(question);
  return client.hear();
}

struct Proxied {
  Proxied() {
    proxy = *ServiceProxy::start(
        [this](const plan::Route&, const std::string& why) { problem.set_value(why); });
  }
  // Returns when new connections go by these routes.
  void route(std::vector<plan::Target> targets, seconds affinity = seconds(0)) {
    plan::Route route{"ns/web", "127.0.0.1", port, std::move(targets), affinity};
    // The marker route comes up with the others: in the order of their ports, in one go.
    plan::Route marker{"ns/marker", "127.0.0.1", free_port(), {marker_server.target()}, {}};
    std::vector<plan::Route> routes{marker};
    if (!route.targets.empty()) routes.push_back(route);
    proxy->update(routes);
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!ask(marker.port, "") && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
  }
  int port = free_port();
  Server marker_server{"marker"};
  std::promise<std::string> problem;
  std::unique_ptr<ServiceProxy> proxy;
};

TEST(ServiceProxy, RelaysBothWaysAndEachEnd) {
  const Server server("a");
  Proxied proxied;
  proxied.route({server.target()});
  EXPECT_EQ(ask(proxied.port, "hello"), "ahello");
  const std::string much(8 << 20, 'x');  // more than all buffers on the way
  EXPECT_EQ(ask(proxied.port, much), "a" + much);
}

TEST(ServiceProxy, TakesTurnsAndPassesOverWhatRefuses) {
  const Server first("a");
  const Server second("b");
  Proxied proxied;
  proxied.route({first.target(), {"127.0.0.1", free_port()}, second.target()});
  std::map<std::string, int> answers;
  for (int i = 0; i < 12; ++i) ++answers[ask(proxied.port, "").value_or("refused")];
  EXPECT_EQ(answers["a"] + answers["b"], 12);
  EXPECT_GE(answers["a"], 4);
  EXPECT_GE(answers["b"], 4);
}

TEST(ServiceProxy, KeepsAClientWhereItWas) {
  const Server first("a");
  const Server second("b");
  Proxied proxied;
  proxied.route({first.target(), second.target()}, seconds(60));
  const auto answer = ask(proxied.port, "");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(proxied.port, ""), answer);
}

TEST(ServiceProxy, FollowsTheEndpointsAndRefusesWhenThereAreNone) {
  const Server first("a");
  const Server second("b");
  Proxied proxied;
  proxied.route({first.target()});
  EXPECT_EQ(ask(proxied.port, ""), "a");
  proxied.route({second.target()});
  EXPECT_EQ(ask(proxied.port, ""), "b");
  proxied.route({});
  EXPECT_EQ(ask(proxied.port, ""), std::nullopt);
  proxied.route({first.target()});
  EXPECT_EQ(ask(proxied.port, ""), "a");
}

TEST(ServiceProxy, KeepsAConnectionWhoseRouteHasGone) {
  const Server server("a");
  Proxied proxied;
  proxied.route({server.target()});
  Client client(proxied.port);
  EXPECT_EQ(client.hear(1), "a");
  proxied.route({});
  client.tell("x");
  EXPECT_EQ(client.hear(), "x");
}

TEST(ServiceProxy, BreaksOffWhenNobodyAnswers) {
  Proxied proxied;
  proxied.route({{"127.0.0.1", free_port()}});
  EXPECT_EQ(ask(proxied.port, ""), std::nullopt);
}

TEST(ServiceProxy, SaysWhatItCannotListenOn) {
  const Server server("a");
  Proxied proxied;
  const Fd taken = *net::listen_tcp("127.0.0.1", proxied.port);
  proxied.route({server.target()});
  EXPECT_NE(proxied.problem.get_future().get().find("is in use"), std::string::npos);
}

}  // namespace
}  // namespace firesteel::node
