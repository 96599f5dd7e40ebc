// Requests and responses off the wire: the same message however it is cut into pieces, and what was
// read prints as a message that reads back the same. Also targets: paths, queries, options.
#include "apiserver/request_options.h"
#include "apiserver/request_path.h"
#include "fuzz/input.h"
#include "net/http_codec.h"

using namespace firesteel;

namespace {

constexpr net::CodecLimits kLimits{1024, 4096};

// The request, or the status of its refusal, or nothing while it is not whole.
struct Outcome {
  std::optional<net::Request> request;
  int status = 0;
  bool operator==(const Outcome& other) const {
    if (request.has_value() != other.request.has_value()) return false;
    return !request ||
           (request->method == other.request->method && request->target == other.request->target &&
            request->headers.fields() == other.request->headers.fields() &&
            request->body == other.request->body);
  }
};

// As Connection::read_request feeds it, `step` more bytes each time.
Outcome read(std::string_view bytes, std::size_t step) {
  net::RequestParser parser(kLimits);
  std::string buffer;
  while (!parser.done()) {
    const auto used = parser.feed(buffer);
    if (!used) return {std::nullopt, parser.error_status()};
    MUST(*used <= buffer.size());
    buffer.erase(0, *used);
    if (parser.done()) break;
    if (*used > 0 && !buffer.empty()) continue;
    if (bytes.empty()) return {};
    const std::size_t count = std::min(step, bytes.size());
    buffer.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
  }
  (void)parser.keep_alive();
  (void)parser.expects_continue();
  return {parser.take(), 0};
}

void look_into(const net::Request& request) {
  const net::Query query = net::query_of(request.target);
  const std::string path(net::path_of(request.target));
  const auto parsed = apiserver::parse_request_path(request.method, path, query);
  (void)apiserver::check_options(parsed.verb, query, request.headers.get("Content-Type"));
  MUST(net::percent_decode(net::percent_encode(request.target)) == request.target);
  (void)net::has_token(request.headers.get("Connection"), "upgrade");
}

void read_response(std::string_view bytes, bool to_head) {
  net::ResponseParser parser(kLimits, to_head);
  while (!parser.done()) {
    const auto used = parser.feed(bytes);
    if (!used) return;
    bytes.remove_prefix(*used);
    if (parser.head_done()) (void)parser.take_body();
    if (*used == 0) break;
  }
  if (!parser.done()) (void)parser.feed_end();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  const Outcome whole = read(bytes, bytes.size() + 1);
  const Outcome pieces = read(bytes, 7);
  MUST(whole == pieces);
  if (whole.request) {
    look_into(*whole.request);
    net::Request request = *whole.request;
    if (const auto printed = net::print_request(request, "host");
        printed && printed->size() < 900) {
      const Outcome again = read(*printed, printed->size());
      if (again.request) {
        MUST(again.request->method == request.method);
        MUST(again.request->target == request.target);
      }
    }
  }
  read_response(bytes, false);
  read_response(bytes, true);
  return 0;
}
