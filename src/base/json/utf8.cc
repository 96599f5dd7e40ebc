#include "base/json/utf8.h"

namespace firesteel::json {
namespace {

struct Sequence {
  std::size_t size = 0;  // 0 = no character begins so
  unsigned char low = 0x80;
  unsigned char high = 0xbf;  // bounds of the second byte
};

Sequence begun_by(unsigned char lead) {
  if (lead < 0x80) return {1};
  if (lead < 0xc2) return {0};
  if (lead < 0xe0) return {2};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead < 0xf0) return {3};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead < 0xf4) return {4};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0};
}

}  // namespace

std::size_t utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Sequence sequence = begun_by(static_cast<unsigned char>(text[at]));
    if (sequence.size == 0 || at + sequence.size > text.size()) return at;
    for (std::size_t k = 1; k < sequence.size; ++k) {
      const auto byte = static_cast<unsigned char>(text[at + k]);
      const bool second = k == 1;
      if (byte < (second ? sequence.low : 0x80) || byte > (second ? sequence.high : 0xbf))
        return at;
    }
    at += sequence.size;
  }
  return at;
}

std::string replace_broken_utf8(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t fine = utf8_prefix(text);
    out += text.substr(0, fine);
    if (fine == text.size()) return out;
    out += "\xef\xbf\xbd";
    text.remove_prefix(fine + 1);
  }
}

}  // namespace firesteel::json
