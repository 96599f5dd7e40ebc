#include "base/json/parse.h"

#include <fmt/core.h>

#include <boost/json/stream_parser.hpp>
#include <cmath>

namespace firesteel::json {
namespace {

bool has_infinity(const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::double_:
      return !std::isfinite(value.get_double());
    case boost::json::kind::array:
      return std::any_of(value.get_array().begin(), value.get_array().end(), has_infinity);
    case boost::json::kind::object:
      return std::any_of(value.get_object().begin(), value.get_object().end(),
                         [](const auto& member) { return has_infinity(member.value()); });
    default:
      return false;
  }
}

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
  boost::json::stream_parser parser({}, options);
  boost::json::error_code error;
  const std::size_t consumed = parser.write_some(text.data(), text.size(), error);
  if (!error && consumed < text.size()) {
    return fail(ErrorCode::kBadRequest,
                "invalid JSON: " + position(text, consumed) + ": text after the document");
  }
  if (!error) parser.finish(error);
  if (error) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("invalid JSON: {}: {}", position(text, consumed), error.message()));
  }
  Value value = parser.release();
  if (has_infinity(value)) {
    return fail(ErrorCode::kBadRequest, "invalid JSON: a number is too large for a double");
  }
  return value;
}

}  // namespace firesteel::json
