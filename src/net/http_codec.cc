#include "net/http_codec.h"

// Beast asserts that the last chunk ("0\r\n\r\n") comes in one piece; what a stranger sends must
// not end the process. The code behind the assertion is right for pieces (fuzz/http_fuzz.cc).
#define BOOST_DISABLE_ASSERTS
#include <boost/asio/buffer.hpp>
#include <boost/assert.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

namespace firesteel::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::string text_of(boost::beast::string_view view) {
  return {view.data(), view.size()};
}

template <typename Fields>
Headers headers_of(const Fields& fields) {
  Headers headers;
  for (const auto& field : fields)
    headers.add(text_of(field.name_string()), text_of(field.value()));
  return headers;
}

bool same_text(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

// Puts bytes until the parser wants more, ends, or (when it had none yet) has the head.
template <typename Parser>
std::size_t put(Parser& parser, std::string_view bytes, error_code& error) {
  std::size_t used = 0;
  const bool had_head = parser.is_header_done();
  parser.eager(had_head);
  while (used < bytes.size() && !parser.is_done()) {
    const auto rest = boost::asio::buffer(bytes.data() + used, bytes.size() - used);
    const std::size_t count = parser.put(rest, error);
    used += count;
    if (error || (!had_head && parser.is_header_done()) || count == 0) break;
  }
  if (error == http::error::need_more) error = {};
  return used;
}

// What may stand in a field value: no byte that ends the line.
bool is_field_value(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

Result<void> print_fields(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers.fields()) {
    if (!is_token(name) || !is_field_value(value))
      return fail(ErrorCode::kInvalid,
                  fmt::format("print HTTP field '{}': its name or value cannot be sent", name));
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  return {};
}

}  // namespace

struct RequestParser::State {
  http::request_parser<http::string_body> parser;
  int error_status = 400;
};

RequestParser::RequestParser(const CodecLimits& limits) : state_(std::make_unique<State>()) {
  state_->parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  state_->parser.body_limit(limits.body_bytes);
}
RequestParser::~RequestParser() = default;

Result<std::size_t> RequestParser::feed(std::string_view bytes) {
  error_code error;
  const bool had_head = head_done();
  const std::size_t used = put(state_->parser, bytes, error);
  if (error) {
    const bool large = error == http::error::body_limit;
    const bool long_head = error == http::error::header_limit;
    state_->error_status = large ? 413 : long_head ? 431 : 400;
    return fail(large || long_head ? ErrorCode::kTooLarge : ErrorCode::kBadRequest,
                "read an HTTP request: " + error.message());
  }
  const auto& message = state_->parser.get();
  if (!had_head && head_done() && message.version() == 11 && message.count(http::field::host) != 1)
    return fail(ErrorCode::kBadRequest,
                "read an HTTP request: it must have exactly one Host field");
  return used;
}

bool RequestParser::head_done() const {
  return state_->parser.is_header_done();
}
bool RequestParser::done() const {
  return state_->parser.is_done();
}
bool RequestParser::keep_alive() const {
  return state_->parser.keep_alive();
}
bool RequestParser::http_1_0() const {
  return state_->parser.get().version() < 11;
}
int RequestParser::error_status() const {
  return state_->error_status;
}
bool RequestParser::expects_continue() const {
  return same_text(text_of(state_->parser.get()[http::field::expect]), "100-continue");
}

Request RequestParser::take() {
  auto& message = state_->parser.get();
  Request request;
  request.method = text_of(message.method_string());
  request.target = text_of(message.target());
  request.headers = headers_of(message);
  request.body = std::move(message.body());
  return request;
}

struct ResponseParser::State {
  CodecLimits limits;
  bool to_head = false;
  std::optional<http::response_parser<http::string_body>> parser;

  void renew() {
    parser.emplace();
    parser->header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser->body_limit(limits.body_bytes);
    parser->skip(to_head);
  }
};

ResponseParser::ResponseParser(const CodecLimits& limits, bool to_head)
    : state_(std::make_unique<State>()) {
  state_->limits = limits;
  state_->to_head = to_head;
  state_->renew();
}
ResponseParser::~ResponseParser() = default;

Result<std::size_t> ResponseParser::feed(std::string_view bytes) {
  error_code error;
  const std::size_t used = put(*state_->parser, bytes, error);
  if (error) {
    const bool large = error == http::error::body_limit || error == http::error::header_limit;
    return fail(large ? ErrorCode::kTooLarge : ErrorCode::kInternal,
                "read an HTTP response: " + error.message());
  }
  if (head_done() && status() / 100 == 1 && status() != 101) state_->renew();
  return used;
}

Result<void> ResponseParser::feed_end() {
  if (done()) return {};
  error_code error;
  if (head_done()) state_->parser->put_eof(error);
  if (!head_done() || error)
    return fail(ErrorCode::kUnavailable, "the connection was closed in the middle of an answer");
  return {};
}

bool ResponseParser::head_done() const {
  return state_->parser->is_header_done();
}
bool ResponseParser::done() const {
  return state_->parser->is_done();
}
bool ResponseParser::keep_alive() const {
  return state_->parser->keep_alive();
}
int ResponseParser::status() const {
  return static_cast<int>(state_->parser->get().result_int());
}
Headers ResponseParser::headers() const {
  return headers_of(state_->parser->get());
}
std::string ResponseParser::take_body() {
  return std::exchange(state_->parser->get().body(), {});
}

Result<std::string> print_request(const Request& request, std::string_view host) {
  const bool plain_target =
      request.target.find_first_of(std::string_view(" \r\n\t\0", 5)) == std::string_view::npos;
  if (!is_token(request.method) || request.target.empty() || !plain_target)
    return fail(ErrorCode::kInvalid, fmt::format("print an HTTP request: '{} {}' cannot be sent",
                                                 request.method, request.target));
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  if (!request.headers.contains("Host")) out += fmt::format("Host: {}\r\n", host);
  const bool usual =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (!request.headers.contains("Content-Length") && (usual || !request.body.empty()))
    out += fmt::format("Content-Length: {}\r\n", request.body.size());
  TRY(print_fields(out, request.headers));
  out += "\r\n";
  out += request.body;
  return out;
}

Result<std::string> print_response_head(int status, const Headers& headers) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", status, status_text(status));
  TRY(print_fields(out, headers));
  out += "\r\n";
  return out;
}

std::string print_chunk(std::string_view data) {
  std::string out = fmt::format("{:x}\r\n", data.size());
  out += data;
  out += "\r\n";
  return out;
}

std::string_view status_text(int status) {
  const auto text = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

bool has_no_body(int status) {
  return status / 100 == 1 || status == 204 || status == 304;
}

bool has_token(std::string_view field, std::string_view token) {
  while (!field.empty()) {
    const std::size_t end = std::min(field.find(','), field.size());
    std::string_view part = field.substr(0, end);
    field.remove_prefix(std::min(end + 1, field.size()));
    while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
    while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
    if (same_text(part, token)) return true;
  }
  return false;
}

}  // namespace firesteel::net
