#include "base/json/parse.h"

#include <fmt/core.h>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <limits>

namespace firesteel::json {
namespace {

using boost::json::error_code;
using boost::json::string_view;

// Boost's own way from events to a value, but for doubles: its are off by one in the last place now
// and then, and what is read must print as it stood there.
struct Builder {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  boost::json::value_stack stack;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t count, error_code&) {
    stack.push_object(count);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t count, error_code&) {
    stack.push_array(count);
    return true;
  }
  bool on_key_part(string_view text, std::size_t, error_code&) {
    stack.push_chars(text);
    return true;
  }
  bool on_key(string_view text, std::size_t, error_code&) {
    stack.push_key(text);
    return true;
  }
  bool on_string_part(string_view text, std::size_t, error_code&) {
    stack.push_chars(text);
    return true;
  }
  bool on_string(string_view text, std::size_t, error_code&) {
    stack.push_string(text);
    return true;
  }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, string_view, error_code&) {
    stack.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, string_view, error_code&) {
    stack.push_uint64(number);
    return true;
  }
  // `text` is the whole number: it comes in one piece, as the document does.
  bool on_double(double roughly, string_view text, error_code& error) {
    double number = roughly;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() && std::abs(roughly) > 1) {
      error = boost::json::error::not_number;
      return false;
    }
    stack.push_double(read.ec == std::errc() ? number : 0.0);
    return true;
  }
  bool on_bool(bool value, error_code&) {
    stack.push_bool(value);
    return true;
  }
  bool on_null(error_code&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

std::string position(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::size_t column = offset - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return fmt::format("line {}, column {}", line, column);
}

}  // namespace

Result<Value> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::basic_parser<Builder> parser(options);
  error_code error;
  const std::size_t consumed = parser.write_some(false, text.data(), text.size(), error);
  if (error == boost::json::error::not_number) {
    return fail(ErrorCode::kBadRequest, "invalid JSON: a number is too large for a double");
  }
  if (error) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("invalid JSON: {}: {}", position(text, consumed), error.message()));
  }
  if (consumed < text.size()) {
    return fail(ErrorCode::kBadRequest,
                "invalid JSON: " + position(text, consumed) + ": text after the document");
  }
  return parser.handler().stack.release();
}

}  // namespace firesteel::json
