// The parts of net/tls.h that need no cryptography: base64, random bytes, UUIDs.
#include <sys/random.h>

#include <array>
#include <cerrno>

#include "base/check.h"
#include "net/tls.h"

namespace firesteel::net {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k <= count; ++k) out += alphabet[group >> (18 - 6 * k) & 63];
    if (pad) out.append(3 - count, '=');
  }
  return out;
}

std::array<std::int8_t, 256> table_of(std::string_view alphabet) {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}

// Line breaks and spaces are skipped (PEM and YAML fold long lines); padding must be right when it
// is `padded`.
Result<std::string> decode(std::string_view text, std::string_view alphabet, bool padded) {
  const auto table = table_of(alphabet);
  std::string out;
  std::uint32_t group = 0;
  std::size_t digits = 0;
  std::size_t pads = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    if (padded && c == '=') {
      ++pads;
      continue;
    }
    const int value = table[static_cast<unsigned char>(c)];
    if (value < 0 || pads > 0)
      return fail(ErrorCode::kInvalid, fmt::format("base64: unexpected character '{}'", c));
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (++digits % 4 == 0) {
      out += static_cast<char>(group >> 16);
      out += static_cast<char>(group >> 8 & 255);
      out += static_cast<char>(group & 255);
      group = 0;
    }
  }
  const std::size_t rest = digits % 4;
  if (rest == 1 || (padded && pads != (4 - rest) % 4))
    return fail(ErrorCode::kInvalid, "base64: the text is cut or wrongly padded");
  if (rest >= 2) out += static_cast<char>(group >> (rest == 2 ? 4 : 10) & 255);
  if (rest == 3) out += static_cast<char>(group >> 2 & 255);
  return out;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  return encode(bytes, kStandard, true);
}
std::string base64url_encode(std::string_view bytes) {
  return encode(bytes, kUrlSafe, false);
}
Result<std::string> base64_decode(std::string_view text) {
  return decode(text, kStandard, true);
}
Result<std::string> base64url_decode(std::string_view text) {
  return decode(text, kUrlSafe, false);
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = ::getrandom(bytes.data() + done, count - done, 0);
    ASSERT(got >= 0 || errno == EINTR, "the kernel has random bytes");
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::string random_uuid() {
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return out;
}

}  // namespace firesteel::net
