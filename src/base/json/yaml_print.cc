#include <fmt/core.h>

#include "base/json/print.h"
#include "base/json/yaml.h"
#include "base/json/yaml_scalar.h"

namespace firesteel::json {
namespace {

// YAML 1.1 readers take 1:30 for a number and 2026-11-22 for a time.
bool looks_like_number_or_time(std::string_view text) {
  const std::size_t from = text.front() == '-' || text.front() == '+' ? 1 : 0;
  return from < text.size() && text[from] >= '0' && text[from] <= '9' &&
         text.find_first_not_of("0123456789:_-.+TZtz ", from) == std::string_view::npos &&
         text.find_first_of(":-", from) != std::string_view::npos;
}

struct Unprintable {
  unsigned code = 0;  // 0 = it is printable
  std::size_t bytes = 1;
};
// What YAML 1.1 does not print as it is (section 4.1.1, c-printable), and line ends of Unicode.
Unprintable unprintable_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x20 || byte == 0x7f) return {byte, 1};
  if (byte == 0xc2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0) {
    return {static_cast<unsigned char>(text[at + 1]), 2};
  }
  const std::string_view three = text.substr(at, 3);
  if (three == "\xe2\x80\xa8") return {0x2028, 3};
  if (three == "\xe2\x80\xa9") return {0x2029, 3};
  if (three == "\xef\xbb\xbf") return {0xfeff, 3};
  if (three == "\xef\xbf\xbe") return {0xfffe, 3};
  if (three == "\xef\xbf\xbf") return {0xffff, 3};
  return {};
}

bool is_printable(std::string_view text, std::string_view but) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (but.find(text[i]) == std::string_view::npos && unprintable_at(text, i).code != 0) {
      return false;
    }
  }
  return true;
}

bool needs_quotes(std::string_view text) {
  if (text.empty() || text == "=" || text == "<<") return true;
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return true;
  if (std::string_view("!&*#|>@`\"'%,[]{}").find(text.front()) != std::string_view::npos)
    return true;
  if (std::string_view("-?:").find(text.front()) != std::string_view::npos &&
      (text.size() == 1 || text[1] == ' ')) {
    return true;
  }
  if (text.starts_with("---") || text.starts_with("...")) return true;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) {
    return true;
  }
  if (!is_printable(text, "")) return true;
  return !resolve_plain_scalar(text).is_string() || looks_like_number_or_time(text);
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (c) {
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
        if (const Unprintable found = unprintable_at(text, i); found.code != 0) {
          out += fmt::format("\\u{:04x}", found.code);
          i += found.bytes - 1;
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// A literal block keeps the text as it is, if every line can stand in one.
bool fits_block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos) return false;
  if (text.front() == ' ' || text.front() == '\t' || text.front() == '\n') return false;
  if (text.find(" \n") != std::string_view::npos || text.back() == ' ') return false;
  return is_printable(text, "\n\t");
}

void append_block(std::string& out, std::string_view text, std::size_t indent) {
  out += text.back() != '\n' ? "|-" : text.ends_with("\n\n") ? "|+" : "|";
  out += '\n';
  std::string_view rest = text;
  if (rest.back() == '\n') rest.remove_suffix(1);
  while (true) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (!line.empty()) out.append(indent, ' ');
    out += line;
    out += '\n';
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
  }
}

void append_key(std::string& out, std::string_view key) {
  if (needs_quotes(key)) {
    append_quoted(out, key);
  } else {
    out += key;
  }
  out += ':';
}

void append_node(std::string& out, const Value& value, std::size_t indent);

// What follows "key:" or "-": a scalar on the same line, or a block below.
void append_scalar(std::string& out, const Value& value, std::size_t indent) {
  if (const String* string = value.if_string()) {
    const std::string_view text = view(*string);
    if (fits_block(text)) {
      append_block(out, text, indent);
      return;
    }
    if (needs_quotes(text)) {
      append_quoted(out, text);
    } else {
      out += text;
    }
  } else {
    print_to(out, value);  // null, true, 12, 0.5, {} and [] are the same in both languages
  }
  out += '\n';
}

bool is_block(const Value& value) {
  return (value.is_object() && !value.get_object().empty()) ||
         (value.is_array() && !value.get_array().empty());
}

void append_members(std::string& out, const Object& object, std::size_t indent, bool first_inline) {
  bool inline_now = first_inline;
  for (const auto& member : object) {
    if (!inline_now) out.append(indent, ' ');
    inline_now = false;
    append_key(out, member.key());
    if (!is_block(member.value())) {
      out += ' ';
      append_scalar(out, member.value(), indent + 2);
    } else {
      out += '\n';
      append_node(out, member.value(), member.value().is_array() ? indent : indent + 2);
    }
  }
}

void append_node(std::string& out, const Value& value, std::size_t indent) {
  if (const Object* object = value.if_object()) return append_members(out, *object, indent, false);
  for (const Value& item : value.get_array()) {
    out.append(indent, ' ');
    out += '-';
    if (!is_block(item)) {
      out += ' ';
      append_scalar(out, item, indent + 2);
    } else if (item.is_object()) {
      out += ' ';
      append_members(out, item.get_object(), indent + 2, true);
    } else {
      out += '\n';
      append_node(out, item, indent + 2);
    }
  }
}

}  // namespace

std::string print_yaml(const Value& value) {
  std::string out;
  if (is_block(value)) {
    append_node(out, value, 0);
  } else {
    append_scalar(out, value, 2);
  }
  return out;
}

}  // namespace firesteel::json
