#include "spark/properties.h"

namespace firesteel::spark {

std::string escape_property(std::string_view text, bool is_key) {
  std::string out;
  out.reserve(text.size());
  bool leading = true;
  for (const char c : text) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\f':
        out += "\\f";
        break;
      case ' ':
        if (is_key || leading) out += '\\';
        out += ' ';
        break;
      case '\\':
      case '=':
      case ':':
      case '#':
      case '!':
        out += '\\';
        out += c;
        break;
      default:
        out += c;
    }
    leading = leading && c == ' ';
  }
  return out;
}

std::string properties_text(const Conf& conf, std::string_view title) {
  std::string out = "#";
  out += title;
  out += '\n';
  for (const auto& [key, setting] : conf.settings()) {
    out += escape_property(key, true);
    out += '=';
    out += escape_property(setting.value, false);
    out += '\n';
  }
  return out;
}

}  // namespace firesteel::spark
