#include "net/server.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

#include "net/client.h"
#include "net/socket.h"
#include "net/websocket.h"

namespace firesteel::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Answers by path; what a test needs to know of a handler it learns from the client's side.
class Routes final : public Handler {
 public:
  std::atomic<int> gone_seen = 0;

  void handle(const Request& request, ResponseWriter& writer) override {
    const std::string_view path = path_of(request.target);
    if (path == "/echo") {
      (void)writer.send({200, {{"X-Method", request.method}}, request.body});
    } else if (path == "/who") {
      std::string who = request.peer.common_name;
      for (const std::string& organization : request.peer.organizations) who += "," + organization;
      (void)writer.send({200, {}, who});
    } else if (path == "/empty") {
      (void)writer.send({204, {}, ""});
    } else if (path == "/chunks") {
      (void)writer.start(200, {{"Content-Type", "text/plain"}});
      for (int i = 0; i < 100; ++i) (void)writer.write(std::to_string(i) + "\n");
      (void)writer.finish();
    } else if (path == "/cut") {
      (void)writer.start(200, {});
      (void)writer.write("half");
    } else if (path == "/stream") {
      stream_until_gone(writer);
    } else if (path == "/socket") {
      echo_messages(request, writer);
    }
  }

 private:
  void stream_until_gone(ResponseWriter& writer) {
    (void)writer.start(200, {});
    (void)writer.write("first\n");
    while (!writer.gone()) {
      pollfd polled[2] = {{writer.fd(), POLLIN, 0}, {writer.stop().fd(), POLLIN, 0}};
      ::poll(polled, 2, 10000);
    }
    ++gone_seen;
    gone_seen.notify_all();
  }

  void echo_messages(const Request& request, ResponseWriter& writer) {
    auto socket = WebSocket::accept(request, writer, {"v5", "v4", ""});
    if (!socket) {
      (void)writer.send({400, {}, socket.error().message});
      return;
    }
    while (true) {
      auto message = (*socket)->receive(writer.stop());
      if (!message || !*message) break;
      if ((*message)->payload == "bye") break;
      (void)((*message)->binary ? (*socket)->send_binary((*message)->payload)
                                : (*socket)->send_text((*message)->payload));
    }
    (*socket)->close();
  }
};

struct Fixture {
  Routes routes;
  std::unique_ptr<Server> server;

  explicit Fixture(ServerOptions options = {}) { server = Server::start(options, routes).value(); }
  std::unique_ptr<Client> client(ClientOptions options = {}) {
    options.url = fmt::format("http://127.0.0.1:{}", server->port());
    return Client::create(options).value();
  }
  std::unique_ptr<Stream> raw() {
    auto stream = plain_stream(connect_tcp("127.0.0.1", server->port(), seconds(5), {}).value());
    stream->set_read_timeout(seconds(10));
    return stream;
  }
};

std::string read_to_end(Stream& stream) {
  std::string all;
  char buffer[4096];
  while (true) {
    const auto count = stream.read_some(buffer, sizeof buffer, {});
    if (!count || *count == 0) return all;
    all.append(buffer, *count);
  }
}

std::string read_until(Stream& stream, std::string_view end) {
  std::string all;
  char byte = 0;
  while (!all.ends_with(end)) {
    const auto count = stream.read_some(&byte, 1, {});
    if (!count || *count == 0) return all + "<end>";
    all += byte;
  }
  return all;
}

TEST(Server, answers_many_requests_on_one_connection) {
  Fixture fixture;
  auto client = fixture.client();
  for (int i = 0; i < 50; ++i) {
    const auto response = client->send({"PUT", "/echo", {}, std::string(1000 * i, 'x'), {}});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body.size(), 1000U * i);
  }
  EXPECT_EQ(fixture.server->connections(), 1U);
  EXPECT_EQ(client->send({"GET", "/empty", {}, "", {}})->status, 204);
  const auto head = client->send({"HEAD", "/echo", {}, "", {}});
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(client->send({"GET", "/nothing", {}, "", {}})->status, 500);
  EXPECT_EQ(client->send({"GET", "/chunks", {}, "", {}})->body.size(), 290U);
  EXPECT_EQ(fixture.server->connections(), 1U);
}

TEST(Server, pipelined_requests_and_upper_limits_of_chunks_hold) {
  Fixture fixture;
  auto raw = fixture.raw();
  ASSERT_TRUE(
      raw->write_all("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "2\r\nab\r\n0\r\n\r\n"
                     "GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                     {}));
  const std::string all = read_to_end(*raw);
  EXPECT_NE(all.find("\r\n\r\nabHTTP/1.1 200 OK"), std::string::npos) << all;
  EXPECT_NE(all.find("Connection: close"), std::string::npos) << all;
}

TEST(Server, says_continue_to_who_waits_for_it) {
  Fixture fixture;
  auto raw = fixture.raw();
  ASSERT_TRUE(
      raw->write_all("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
                     "Connection: close\r\nExpect: 100-continue\r\n\r\n",
                     {}));
  EXPECT_EQ(read_until(*raw, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(raw->write_all("ok", {}));
  EXPECT_TRUE(read_to_end(*raw).ends_with("\r\n\r\nok"));
}

TEST(Server, an_old_client_gets_no_chunks) {
  Fixture fixture;
  auto raw = fixture.raw();
  ASSERT_TRUE(raw->write_all("GET /chunks HTTP/1.0\r\n\r\n", {}));
  EXPECT_TRUE(read_to_end(*raw).ends_with("\r\n\r\n" + [] {
    std::string lines;
    for (int i = 0; i < 100; ++i) lines += std::to_string(i) + "\n";
    return lines;
  }()));
}

TEST(Server, too_large_too_long_and_broken_requests_are_told_so) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  options.max_header_bytes = 2000;
  Fixture fixture(options);
  EXPECT_EQ(fixture.client()->send({"PUT", "/echo", {}, std::string(1001, 'x'), {}})->status, 413);
  // More than the socket buffers hold: the answer must reach a client that is still sending.
  const auto flood = fixture.client()->send({"PUT", "/echo", {}, std::string(8 << 20, 'x'), {}});
  ASSERT_TRUE(flood) << flood.error().message;
  EXPECT_EQ(flood->status, 413);
  const std::string long_value(3000, 'x');
  EXPECT_EQ(fixture.client()->send({"GET", "/echo", {{"X", long_value}}, "", {}})->status, 431);
  auto raw = fixture.raw();
  ASSERT_TRUE(raw->write_all("GET\r\n\r\n", {}));
  EXPECT_TRUE(read_until(*raw, "\r\n").starts_with("HTTP/1.1 400"));
}

TEST(Server, slow_clients_are_cut) {
  ServerOptions options;
  options.header_timeout = milliseconds(50);
  options.body_timeout = milliseconds(50);
  options.idle_timeout = milliseconds(50);
  Fixture fixture(options);
  auto silent = fixture.raw();
  EXPECT_EQ(read_to_end(*silent), "");
  auto half_head = fixture.raw();
  ASSERT_TRUE(half_head->write_all("GET / HTTP/1.1\r\nHo", {}));
  EXPECT_TRUE(read_until(*half_head, "\r\n").starts_with("HTTP/1.1 408"));
  auto half_body = fixture.raw();
  ASSERT_TRUE(half_body->write_all("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab", {}));
  EXPECT_TRUE(read_until(*half_body, "\r\n").starts_with("HTTP/1.1 408"));
  auto idle = fixture.raw();
  ASSERT_TRUE(idle->write_all("GET /empty HTTP/1.1\r\nHost: h\r\n\r\n", {}));
  EXPECT_EQ(read_to_end(*idle), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(Server, a_handler_notices_that_its_client_has_gone) {
  Fixture fixture;
  {
    auto stream = fixture.client()->open({"GET", "/stream", {}, "", {}});
    ASSERT_TRUE(stream);
    EXPECT_EQ((*stream)->read({}).value(), "first\n");
  }
  fixture.routes.gone_seen.wait(0);
  EXPECT_EQ(fixture.routes.gone_seen, 1);
}

TEST(Server, stops_while_a_handler_streams_and_others_idle) {
  Fixture fixture;
  auto idle = fixture.raw();
  auto client = fixture.client();
  auto stream = client->open({"GET", "/stream", {}, "", {}}).value();
  EXPECT_EQ(stream->read({}).value(), "first\n");
  fixture.server.reset();
  const auto end = stream->read({});
  ASSERT_FALSE(end);  // cut, not finished: the client must know that there was more
  EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(fixture.routes.gone_seen, 1);
}

TEST(Server, an_answer_without_its_end_is_an_error_at_the_client) {
  Fixture fixture;
  EXPECT_EQ(fixture.client()->send({"GET", "/cut", {}, "", {}}).error().code,
            ErrorCode::kUnavailable);
}

TEST(Server, says_which_port_is_in_use) {
  Fixture fixture;
  ServerOptions options;
  options.port = fixture.server->port();
  const auto second = Server::start(options, fixture.routes);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            fmt::format("port {} on 127.0.0.1 is in use: choose another with --port, or stop what "
                        "listens there",
                        options.port));
}

TEST(Server, refuses_connections_over_its_limit_and_forgets_finished_ones) {
  ServerOptions options;
  options.max_connections = 1;
  Fixture fixture(options);
  auto first = fixture.raw();
  ASSERT_TRUE(first->write_all("GET /empty HTTP/1.1\r\nHost: h\r\n\r\n", {}));
  (void)read_until(*first, "\r\n\r\n");
  EXPECT_TRUE(read_to_end(*fixture.raw()).starts_with("HTTP/1.1 503"));
  ASSERT_TRUE(first->write_all("GET /empty HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", {}));
  (void)read_to_end(*first);
  while (fixture.server->connections() != 0) std::this_thread::yield();
  EXPECT_EQ(fixture.client()->send({"GET", "/empty", {}, "", {}})->status, 204);
}

TEST(Client, goes_on_when_the_server_was_restarted_between_requests) {
  Routes routes;
  ServerOptions options;
  auto server = Server::start(options, routes).value();
  options.port = server->port();
  ClientOptions to;
  to.url = fmt::format("http://127.0.0.1:{}/", options.port);
  auto client = Client::create(to).value();
  EXPECT_EQ(client->send({"GET", "/empty", {}, "", {}})->status, 204);
  server.reset();
  const auto refused = client->send({"GET", "/empty", {}, "", {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("Connection refused"), std::string::npos)
      << refused.error().message;
  server = Server::start(options, routes).value();
  EXPECT_EQ(client->send({"GET", "/empty", {}, "", {}})->status, 204);
}

TEST(Client, gives_up_at_its_timeout_its_limit_and_when_stopped) {
  Fixture fixture;
  ClientOptions options;
  options.request_timeout = milliseconds(50);
  EXPECT_EQ(fixture.client(options)->send({"GET", "/stream", {}, "", {}}).error().code,
            ErrorCode::kTimeout);
  ClientOptions small;
  small.max_body_bytes = 10;
  EXPECT_EQ(fixture.client(small)->send({"GET", "/chunks", {}, "", {}}).error().code,
            ErrorCode::kTooLarge);
  StopSource source;
  auto stream = fixture.client()->open({"GET", "/stream", {}, "", {}}).value();
  EXPECT_EQ(stream->read({}).value(), "first\n");
  std::jthread stopper([&] { source.request_stop(); });
  EXPECT_EQ(stream->read(source.token()).error().code, ErrorCode::kUnavailable);
}

TEST(Client, refuses_bad_urls) {
  for (const char* url : {"", "ftp://x", "https://", "http://x:0", "http://x:99999", "http://x:y"})
    EXPECT_EQ(Client::create({url, {}, {}, {}, 0, {}}).error().code, ErrorCode::kInvalid) << url;
}

// --- TLS ---

struct Authority {
  KeyPair ca = make_certificate_authority("test-ca", std::chrono::days(1)).value();
  KeyPair issue(const std::string& name, std::vector<std::string> organizations = {}) const {
    return issue_certificate(
               ca,
               {name, std::move(organizations), {"localhost"}, {"127.0.0.1"}, std::chrono::days(1)})
        .value();
  }
};

TEST(Tls, the_server_knows_its_peer_and_strangers_are_refused) {
  const Authority authority;
  const Authority other;
  Routes routes;
  ServerOptions options;
  options.tls =
      TlsServerContext::create(authority.issue("server"), authority.ca.certificate_pem).value();
  auto server = Server::start(options, routes).value();
  const auto who = [&](const std::string& host, const TlsClientOptions& tls) {
    ClientOptions to;
    to.url = fmt::format("https://{}:{}", host, server->port());
    to.tls = tls;
    auto response = Client::create(to).value()->send({"GET", "/who", {}, "", {}});
    return response ? response->body : "error: " + response.error().message;
  };
  const std::string& ca = authority.ca.certificate_pem;
  EXPECT_EQ(who("127.0.0.1", {ca, authority.issue("anna", {"a", "b"}), "", false}), "anna,a,b");
  EXPECT_EQ(who("localhost", {ca, {}, "", false}), "");
  EXPECT_EQ(who("127.0.0.1", {other.ca.certificate_pem, {}, "", true}), "");
  EXPECT_TRUE(who("127.0.0.1", {other.ca.certificate_pem, {}, "", false}).starts_with("error"));
  EXPECT_TRUE(who("127.0.0.1", {ca, {}, "elsewhere", false}).starts_with("error"));
  EXPECT_TRUE(who("127.0.0.1", {ca, other.issue("eve"), "", false}).starts_with("error"));
}

TEST(Tls, streams_and_large_bodies_pass_and_closing_is_noticed) {
  const Authority authority;
  Routes routes;
  ServerOptions options;
  options.tls =
      TlsServerContext::create(authority.issue("server"), authority.ca.certificate_pem).value();
  auto server = Server::start(options, routes).value();
  ClientOptions to;
  to.url = fmt::format("https://127.0.0.1:{}", server->port());
  to.tls = {authority.ca.certificate_pem, authority.issue("anna"), "", false};
  auto client = Client::create(to).value();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(client->send({"PUT", "/echo", {}, std::string(2 << 20, 'x'), {}})->body.size(),
              2U << 20);
  EXPECT_EQ(server->connections(), 1U);
  {
    auto stream = client->open({"GET", "/stream", {}, "", {}}).value();
    EXPECT_EQ(stream->read({}).value(), "first\n");
  }
  routes.gone_seen.wait(0);
  server.reset();
}

TEST(Tls, a_client_that_never_shakes_hands_does_not_keep_the_server_from_stopping) {
  const Authority authority;
  Routes routes;
  ServerOptions options;
  options.stop_grace = milliseconds(10);
  options.tls = TlsServerContext::create(authority.issue("server"), "").value();
  auto server = Server::start(options, routes).value();
  auto raw = plain_stream(connect_tcp("127.0.0.1", server->port(), seconds(5), {}).value());
  while (server->connections() == 0) std::this_thread::yield();
  server.reset();
  EXPECT_EQ(read_to_end(*raw), "");
}

// --- WebSocket, with a client written by hand ---

std::string masked(unsigned first_byte, std::string_view payload) {
  const std::string mask = "\x12\x34\x56\x78";
  std::string out{static_cast<char>(first_byte)};
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    out += static_cast<char>(0xff);
    for (int i = 7; i >= 0; --i) out += static_cast<char>(payload.size() >> (8 * i) & 255);
  }
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

std::string handshake(std::string_view extra) {
  return fmt::format(
      "GET /socket HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
      extra);
}

std::string bytes(std::initializer_list<unsigned> values) {
  std::string out;
  for (const unsigned value : values) out += static_cast<char>(value);
  return out;
}

TEST(WebSocket, shakes_hands_echoes_answers_pings_and_closes) {
  Fixture fixture;
  auto raw = fixture.raw();
  // The first frame comes along with the handshake.
  ASSERT_TRUE(
      raw->write_all(handshake("Sec-WebSocket-Protocol: v4, v3\r\n") + masked(0x81, "hi"), {}));
  const std::string head = read_until(*raw, "\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << head;
  EXPECT_NE(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos);
  EXPECT_NE(head.find("Sec-WebSocket-Protocol: v4\r\n"), std::string::npos) << head;
  EXPECT_EQ(read_until(*raw, "hi"), bytes({0x81, 2}) + "hi");
  // A message in three fragments with a ping between.
  ASSERT_TRUE(raw->write_all(
      masked(0x02, "a") + masked(0x89, "p") + masked(0x00, "b") + masked(0x80, "c"), {}));
  EXPECT_EQ(read_until(*raw, "abc"), bytes({0x8a, 1}) + "p" + bytes({0x82, 3}) + "abc");
  ASSERT_TRUE(raw->write_all(masked(0x88, bytes({0x03, 0xe8})), {}));
  EXPECT_EQ(read_to_end(*raw), bytes({0x88, 2, 0x03, 0xe8}));
}

TEST(WebSocket, broken_and_oversized_frames_are_answered_with_their_close_code) {
  Fixture fixture;
  for (const auto& [frame, code] : std::vector<std::pair<std::string, unsigned>>{
           {bytes({0x81, 1}) + "x", 1002},
           {masked(0xc1, "x"), 1002},
           {masked(0x80, "x"), 1002},
           {masked(0x83, "x"), 1002},
           {masked(0x09, "x"), 1002},
           {masked(0x81, std::string(WebSocket::kMaxMessage + 1, 'x')), 1009}}) {
    auto raw = fixture.raw();
    ASSERT_TRUE(raw->write_all(handshake(""), {}));
    (void)read_until(*raw, "\r\n\r\n");
    (void)raw->write_all(frame, {});
    const std::string answer = read_until(*raw, bytes({code >> 8, code & 255}));
    EXPECT_EQ(static_cast<unsigned char>(answer[0]), 0x88) << code;
    EXPECT_FALSE(answer.ends_with("<end>")) << code;
  }
}

TEST(WebSocket, the_server_can_close_first) {
  Fixture fixture;
  auto raw = fixture.raw();
  ASSERT_TRUE(raw->write_all(handshake("") + masked(0x81, "bye"), {}));
  (void)read_until(*raw, "\r\n\r\n");
  EXPECT_EQ(read_until(*raw, bytes({0x03, 0xe8})), bytes({0x88, 2, 0x03, 0xe8}));
  ASSERT_TRUE(raw->write_all(masked(0x88, bytes({0x03, 0xe8})), {}));
  EXPECT_EQ(read_to_end(*raw), "");
}

TEST(WebSocket, a_broken_handshake_is_answered_as_a_plain_request) {
  Fixture fixture;
  auto raw = fixture.raw();
  ASSERT_TRUE(
      raw->write_all("GET /socket HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\n"
                     "Upgrade: websocket\r\nSec-WebSocket-Version: 12\r\n\r\n",
                     {}));
  EXPECT_TRUE(read_until(*raw, "\r\n").starts_with("HTTP/1.1 400"));
}

}  // namespace
}  // namespace firesteel::net
