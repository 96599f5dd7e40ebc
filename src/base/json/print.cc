#include "base/json/print.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>

#include "base/check.h"

namespace firesteel::json {
namespace {

struct Style {
  bool sorted = false;
  bool indented = false;
};

void print_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, start, i - start);
    start = i + 1;
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += fmt::format("\\u{:04x}", byte);
    }
  }
  out.append(text, start, text.size() - start);
  out += '"';
}

void print_double(std::string& out, double number) {
  ASSERT(std::isfinite(number), "JSON has no infinities");
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number);
  out.append(buffer, end.ptr);
}

void new_line(std::string& out, int depth) {
  out += '\n';
  out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

void print_value(std::string& out, const Value& value, Style style, int depth);

void print_array(std::string& out, const Array& array, Style style, int depth) {
  out += '[';
  bool first = true;
  for (const Value& item : array) {
    if (!first) out += ',';
    first = false;
    if (style.indented) new_line(out, depth + 1);
    print_value(out, item, style, depth + 1);
  }
  if (style.indented && !array.empty()) new_line(out, depth);
  out += ']';
}

void print_object(std::string& out, const Object& object, Style style, int depth) {
  std::vector<const boost::json::key_value_pair*> members;
  members.reserve(object.size());
  for (const auto& member : object) members.push_back(&member);
  if (style.sorted) {
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return a->key() < b->key(); });
  }
  out += '{';
  bool first = true;
  for (const auto* member : members) {
    if (!first) out += ',';
    first = false;
    if (style.indented) new_line(out, depth + 1);
    print_string(out, {member->key().data(), member->key().size()});
    out += style.indented ? ": " : ":";
    print_value(out, member->value(), style, depth + 1);
  }
  if (style.indented && !object.empty()) new_line(out, depth);
  out += '}';
}

void print_value(std::string& out, const Value& value, Style style, int depth) {
  switch (value.kind()) {
    case boost::json::kind::null:
      out += "null";
      break;
    case boost::json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case boost::json::kind::int64:
      out += std::to_string(value.get_int64());
      break;
    case boost::json::kind::uint64:
      out += std::to_string(value.get_uint64());
      break;
    case boost::json::kind::double_:
      print_double(out, value.get_double());
      break;
    case boost::json::kind::string:
      print_string(out, view(value.get_string()));
      break;
    case boost::json::kind::array:
      print_array(out, value.get_array(), style, depth);
      break;
    case boost::json::kind::object:
      print_object(out, value.get_object(), style, depth);
      break;
  }
}

}  // namespace

void print_to(std::string& out, const Value& value) {
  print_value(out, value, {}, 0);
}

std::string print(const Value& value) {
  std::string out;
  print_to(out, value);
  return out;
}

std::string print_pretty(const Value& value) {
  std::string out;
  print_value(out, value, {.sorted = false, .indented = true}, 0);
  return out;
}

std::string print_canonical(const Value& value) {
  std::string out;
  print_value(out, value, {.sorted = true, .indented = false}, 0);
  return out;
}

}  // namespace firesteel::json
