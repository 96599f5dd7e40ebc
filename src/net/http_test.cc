#include "net/http.h"

#include <gtest/gtest.h>

#include "net/http_codec.h"

namespace firesteel::net {
namespace {

TEST(Headers, names_compare_without_case_and_set_replaces_all) {
  Headers headers{{"Accept", "a"}, {"accept", "b"}, {"X", "1"}};
  EXPECT_EQ(headers.get("ACCEPT"), "a");
  headers.set("aCCept", "c");
  EXPECT_EQ(headers.get("Accept"), "c");
  EXPECT_EQ(headers.fields().size(), 2U);
  EXPECT_FALSE(headers.contains("Y"));
}

TEST(Query, pairs_are_decoded_in_order) {
  const Query expected{{"labelSelector", "a=b,c!=d"}, {"watch", ""}, {"x y", "1+1"}};
  EXPECT_EQ(query_of("/p?labelSelector=a%3Db,c%21%3dd&watch&x+y=1%2B1&"), expected);
  EXPECT_EQ(path_of("/p/q?x=1"), "/p/q");
  EXPECT_TRUE(query_of("/p").empty());
}

TEST(PercentCoding, encodes_what_is_reserved_and_comes_back) {
  EXPECT_EQ(percent_encode("a b/c%~ä"), "a%20b%2Fc%25~%C3%A4");
  EXPECT_EQ(percent_decode(percent_encode("a b/c%~ä+")), "a b/c%~ä+");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%zz+"), "%zz+");
}

struct Parsed {
  int error = 0;
  Request request;
  bool keep_alive = false;
};

// Fed in pieces of every size, the outcome must be the same.
Parsed parse_in_pieces(std::string_view text, std::size_t piece, const CodecLimits& limits) {
  RequestParser parser(limits);
  std::string buffer;
  while (!parser.done() && (!text.empty() || !buffer.empty())) {
    buffer += text.substr(0, piece);
    text.remove_prefix(std::min(piece, text.size()));
    const auto used = parser.feed(buffer);
    if (!used) return {parser.error_status(), {}, false};
    buffer.erase(0, *used);
    if (*used == 0 && text.empty()) return {-1, {}, false};
  }
  if (!parser.done()) return {-1, {}, false};
  Parsed parsed{0, parser.take(), parser.keep_alive()};
  return parsed;
}

struct RequestCase {
  std::string text;
  int error;
  std::string body;
  bool keep_alive;
};

class RequestParsing : public testing::TestWithParam<RequestCase> {};

TEST_P(RequestParsing, gives_the_same_in_pieces_of_any_size) {
  const RequestCase& expected = GetParam();
  const CodecLimits limits{256, 16};
  for (const std::size_t piece : {1UL, 2UL, 7UL, 10000UL}) {
    const Parsed parsed = parse_in_pieces(expected.text, piece, limits);
    EXPECT_EQ(parsed.error, expected.error) << piece << " " << expected.text;
    EXPECT_EQ(parsed.request.body, expected.body) << piece << " " << expected.text;
    if (parsed.error == 0) {
      EXPECT_EQ(parsed.keep_alive, expected.keep_alive) << expected.text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, RequestParsing,
    testing::Values(
        RequestCase{"GET /x?y HTTP/1.1\r\nHost: h\r\n\r\n", 0, "", true},
        RequestCase{"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 0, "", false},
        RequestCase{"GET / HTTP/1.0\r\n\r\n", 0, "", false},
        RequestCase{"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 0, "abc", true},
        RequestCase{"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                    0, "abcde", true},
        RequestCase{"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0,
                    "", true},
        RequestCase{"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n", -1,
                    "", false},
        RequestCase{"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 17\r\n\r\n", 413, "", false},
        RequestCase{"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "11\r\n12345678901234567\r\n0\r\n\r\n",
                    413, "", false},
        RequestCase{"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(300, 'x') + "\r\n\r\n", 431,
                    "", false},
        RequestCase{"GET / HTTP/1.1\r\n\r\n", 400, "", false},
        RequestCase{"nonsense\r\n\r\n", 400, "", false},
        RequestCase{"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    400, "", false},
        RequestCase{"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400, "", false}));

TEST(Printing, what_would_split_a_message_is_refused) {
  EXPECT_FALSE(print_request({"GET", "/a b", {}, "", {}}, "h"));
  EXPECT_FALSE(print_request({"GET", "/a\r\nX: y", {}, "", {}}, "h"));
  EXPECT_FALSE(print_request({"GET", "/", {{"X", "a\r\nY: b"}}, "", {}}, "h"));
  EXPECT_FALSE(print_response_head(200, {{"X y", "a"}}));
  EXPECT_EQ(print_request({"POST", "/", {}, "ab", {}}, "h").value(),
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_EQ(print_response_head(404, {{"A", "b"}}).value(),
            "HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n");
  EXPECT_EQ(print_chunk("0123456789abcdef"), "10\r\n0123456789abcdef\r\n");
}

TEST(ResponseParsing, skips_interim_answers_and_knows_bodies_without_length) {
  ResponseParser parser({}, false);
  std::string text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\nto the";
  while (!text.empty()) text.erase(0, parser.feed(text).value());
  EXPECT_EQ(parser.feed(" end").value(), 4U);
  EXPECT_FALSE(parser.done());
  EXPECT_TRUE(parser.feed_end());
  EXPECT_EQ(parser.take_body(), "to the end");
  EXPECT_FALSE(parser.keep_alive());

  ResponseParser cut({}, false);
  std::string short_body = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc";
  while (!short_body.empty()) short_body.erase(0, cut.feed(short_body).value());
  EXPECT_EQ(cut.feed_end().error().code, ErrorCode::kUnavailable);

  ResponseParser to_head({}, true);
  EXPECT_TRUE(to_head.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_TRUE(to_head.done());
}

TEST(Tokens, are_found_without_case_among_others) {
  EXPECT_TRUE(has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_TRUE(has_token("a,b ,c", "B"));
  EXPECT_FALSE(has_token("upgraded", "upgrade"));
  EXPECT_FALSE(has_token("", "x"));
}

}  // namespace
}  // namespace firesteel::net
