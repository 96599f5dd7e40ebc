#pragma once
// HTTP/1.1 messages to bytes and back, fed with what the network gave. No I/O. Boost.Beast is
// included only by the .cc. Used by one thread.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace firesteel::net {

struct CodecLimits {
  std::size_t header_bytes = 64 * 1024;
  std::size_t body_bytes = 3 * 1024 * 1024;
};

// One request. Feed until done(); what a feed did not consume must be fed again with more behind
// it.
class RequestParser {
 public:
  explicit RequestParser(const CodecLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // How many of the bytes were used: stops after the head, and at the end of the message. Errors
  // are what error_status() answers; the connection is of no use after one.
  [[nodiscard]] Result<std::size_t> feed(std::string_view bytes);
  [[nodiscard]] bool head_done() const;
  [[nodiscard]] bool done() const;
  [[nodiscard]] bool expects_continue() const;  // valid once head_done()
  [[nodiscard]] bool keep_alive() const;        // what the client wants; valid once head_done()
  [[nodiscard]] bool http_1_0() const;
  [[nodiscard]] Request take();  // once done()
  // 413 for a body over the limit, 431 for a head over it, else 400.
  [[nodiscard]] int error_status() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One response; interim ones (1xx but 101) are skipped.
class ResponseParser {
 public:
  // `to_head`: it answers a HEAD and so has no body whatever its head says.
  ResponseParser(const CodecLimits& limits, bool to_head);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  // As RequestParser::feed. Errors: kInternal (not HTTP), kTooLarge.
  [[nodiscard]] Result<std::size_t> feed(std::string_view bytes);
  // The stream has ended. Fails with kUnavailable unless that is how this message ends.
  [[nodiscard]] Result<void> feed_end();
  [[nodiscard]] bool head_done() const;
  [[nodiscard]] bool done() const;
  [[nodiscard]] bool keep_alive() const;  // valid once head_done()
  [[nodiscard]] int status() const;
  [[nodiscard]] Headers headers() const;
  [[nodiscard]] std::string take_body();  // what was decoded since the last call

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Each fails with kInvalid when a method, target, name or value holds what would split the message
// (CR, LF, NUL, spaces). Content-Length is added when there is a body or the method usually has
// one; Host is `host` unless given.
[[nodiscard]] Result<std::string> print_request(const Request& request, std::string_view host);
// The head with the blank line. Framing fields are the caller's.
[[nodiscard]] Result<std::string> print_response_head(int status, const Headers& headers);
[[nodiscard]] std::string print_chunk(std::string_view data);  // data must not be empty
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

[[nodiscard]] std::string_view status_text(int status);  // "Not Found"
// 1xx, 204 and 304 have no body.
[[nodiscard]] bool has_no_body(int status);
// Whether the comma-separated field has the token, without case: has_token("keep-alive, Upgrade",
// "upgrade").
[[nodiscard]] bool has_token(std::string_view field, std::string_view token);

}  // namespace firesteel::net
