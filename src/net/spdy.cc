#include "net/spdy.h"

#include <zlib.h>

#include <array>

#include "base/check.h"
#include "net/http_codec.h"

namespace firesteel::net::spdy {
namespace {

constexpr unsigned kVersion = 3;
constexpr std::size_t kFrameHead = 8;
constexpr unsigned kFlagFin = 1;

enum Type : unsigned {
  kSynStream = 1,
  kSynReply = 2,
  kRstStream = 3,
  kPing = 6,
  kGoAway = 7,
};

void put_number(std::string& out, std::uint64_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i) & 255);
}

std::uint32_t number_at(std::string_view bytes, std::size_t at, int size = 4) {
  std::uint32_t number = 0;
  for (int i = 0; i < size; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return number;
}

// What both sides' compression starts from (section 2.6.10.1): names with their lengths, then text.
std::string make_dictionary() {
  std::string_view names =
      "options|head|post|put|delete|trace|accept|accept-charset|accept-encoding|"
      "accept-language|accept-ranges|age|allow|authorization|cache-control|connection|"
      "content-base|content-encoding|content-language|content-length|content-location|"
      "content-md5|content-range|content-type|date|etag|expect|expires|from|host|if-match|"
      "if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|location|"
      "max-forwards|pragma|proxy-authenticate|proxy-authorization|range|referer|"
      "retry-after|server|te|trailer|transfer-encoding|upgrade|user-agent|vary|via|warning|"
      "www-authenticate|method|get|status|200 OK|version|HTTP/1.1|url|public|set-cookie|"
      "keep-alive|origin|";
  std::string out;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find('|'));
    put_number(out, name.size(), 4);
    out += name;
    names.remove_prefix(name.size() + 1);
  }
  out +=
      "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
      "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request"
      "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented"
      "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, "
      "Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,"
      "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age="
      "gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";
  return out;
}

const std::string& dictionary() {
  static const std::string text = make_dictionary();
  return text;
}

// zlib wants pointers that it does not write through to be writable.
Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

std::unexpected<Error> broken(std::string_view why) {
  return fail(ErrorCode::kBadRequest, fmt::format("SPDY: {}", why));
}

std::string control_frame(Type type, bool last, std::string_view payload) {
  std::string out;
  put_number(out, 0x8000U | kVersion, 2);
  put_number(out, type, 2);
  put_number(out, last ? kFlagFin : 0, 1);
  put_number(out, payload.size(), 3);
  out += payload;
  return out;
}

Result<HeaderBlock> parse_block(std::string_view block) {
  const auto text = [&block]() -> Result<std::string> {
    if (block.size() < 4) return broken("a header block is cut short");
    const std::size_t size = number_at(block, 0);
    if (block.size() - 4 < size) return broken("a header block is cut short");
    std::string out(block.substr(4, size));
    block.remove_prefix(4 + size);
    return out;
  };
  if (block.size() < 4) return broken("a header block is cut short");
  const std::uint32_t count = number_at(block, 0);
  block.remove_prefix(4);
  if (count > block.size() / 8) return broken("a header block is cut short");
  HeaderBlock out;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string name = TRY(text());
    std::string value = TRY(text());
    out.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

}  // namespace

bool is_spdy_upgrade(const Request& request) {
  return has_token(request.headers.get("Connection"), "upgrade") &&
         has_token(request.headers.get("Upgrade"), "SPDY/3.1");
}

struct Decoder::Inflater {
  z_stream stream{};
  Inflater() { ASSERT(inflateInit(&stream) == Z_OK, "zlib has memory"); }
  ~Inflater() { inflateEnd(&stream); }
};

struct Encoder::Deflater {
  z_stream stream{};
  Deflater() {
    ASSERT(deflateInit(&stream, Z_DEFAULT_COMPRESSION) == Z_OK, "zlib has memory");
    deflateSetDictionary(&stream, bytes_of(dictionary()), static_cast<uInt>(dictionary().size()));
  }
  ~Deflater() { deflateEnd(&stream); }
};

std::string_view header(const HeaderBlock& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

Decoder::Decoder() : inflater_(std::make_unique<Inflater>()) {}
Decoder::~Decoder() = default;
Encoder::Encoder() : deflater_(std::make_unique<Deflater>()) {}
Encoder::~Encoder() = default;

Result<HeaderBlock> Decoder::headers(std::string_view compressed) {
  z_stream& stream = inflater_->stream;
  stream.next_in = bytes_of(compressed);
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string block;
  while (true) {
    std::array<char, 4096> chunk;
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = chunk.size();
    int code = inflate(&stream, Z_SYNC_FLUSH);
    if (code == Z_NEED_DICT) {
      code = inflateSetDictionary(&stream, bytes_of(dictionary()),
                                  static_cast<uInt>(dictionary().size()));
      if (code == Z_OK) continue;
    }
    block.append(chunk.data(), chunk.size() - stream.avail_out);
    if (block.size() > kMaxHeaderBlock)
      return fail(ErrorCode::kTooLarge, "SPDY: a header block is too large");
    // Z_BUF_ERROR says only that all input was used when it was asked once more.
    if (code != Z_OK && code != Z_BUF_ERROR) return broken("a header block cannot be decompressed");
    if (stream.avail_out != 0) break;
  }
  return parse_block(block);
}

Result<Frame> Decoder::control(unsigned type, unsigned flags, std::string_view payload) {
  const auto needs = [&payload](std::size_t size) { return payload.size() >= size; };
  const bool last = (flags & kFlagFin) != 0;
  switch (type) {
    case kSynStream:
      if (!needs(10)) break;
      return SynStream{number_at(payload, 0) & 0x7fffffffU, TRY(headers(payload.substr(10))), last};
    case kSynReply:
      if (!needs(4)) break;
      return SynReply{number_at(payload, 0) & 0x7fffffffU, TRY(headers(payload.substr(4))), last};
    case kRstStream:
      if (!needs(8)) break;
      return RstStream{number_at(payload, 0) & 0x7fffffffU, number_at(payload, 4)};
    case kPing:
      if (!needs(4)) break;
      return Ping{number_at(payload, 0)};
    case kGoAway:
      if (!needs(4)) break;
      return GoAway{number_at(payload, 0) & 0x7fffffffU};
    case 8:  // HEADERS says nothing to us, but the compression must follow it
      if (!needs(4)) break;
      TRY(headers(payload.substr(4)));
      return Ignored{};
    default:
      return Ignored{};
  }
  return broken("a control frame is too short");
}

Result<std::optional<Frame>> Decoder::next() {
  if (buffer_.size() < kFrameHead) return std::nullopt;
  const std::uint32_t first = number_at(buffer_, 0);
  const unsigned flags = number_at(buffer_, 4, 1);
  const std::size_t size = number_at(buffer_, 5, 3);
  if (size > kMaxFrame) return fail(ErrorCode::kTooLarge, "SPDY: a frame is too large");
  if (buffer_.size() - kFrameHead < size) return std::nullopt;
  const std::string payload = buffer_.substr(kFrameHead, size);
  buffer_.erase(0, kFrameHead + size);
  if ((first & 0x80000000U) == 0) return Data{first, payload, (flags & kFlagFin) != 0};
  if ((first >> 16 & 0x7fffU) != kVersion) return broken("the version is not 3");
  return TRY(control(first & 0xffffU, flags, payload));
}

std::string Encoder::headers(const HeaderBlock& headers) {
  std::string block;
  put_number(block, headers.size(), 4);
  for (const auto& [name, value] : headers) {
    put_number(block, name.size(), 4);
    block += name;
    put_number(block, value.size(), 4);
    block += value;
  }
  z_stream& stream = deflater_->stream;
  stream.next_in = bytes_of(block);
  stream.avail_in = static_cast<uInt>(block.size());
  std::string out;
  do {
    std::array<char, 4096> chunk;
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = chunk.size();
    deflate(&stream, Z_SYNC_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
  } while (stream.avail_out == 0);
  return out;
}

std::string Encoder::print(const Frame& frame) {
  std::string payload;
  if (const auto* syn = std::get_if<SynStream>(&frame)) {
    put_number(payload, syn->stream, 4);
    put_number(payload, 0, 6);  // no associated stream, highest priority, no credential slot
    payload += headers(syn->headers);
    return control_frame(kSynStream, syn->last, payload);
  }
  if (const auto* reply = std::get_if<SynReply>(&frame)) {
    put_number(payload, reply->stream, 4);
    payload += headers(reply->headers);
    return control_frame(kSynReply, reply->last, payload);
  }
  if (const auto* reset = std::get_if<RstStream>(&frame)) {
    put_number(payload, reset->stream, 4);
    put_number(payload, reset->status, 4);
    return control_frame(kRstStream, false, payload);
  }
  if (const auto* ping = std::get_if<Ping>(&frame)) {
    put_number(payload, ping->id, 4);
    return control_frame(kPing, false, payload);
  }
  if (const auto* away = std::get_if<GoAway>(&frame)) {
    put_number(payload, away->last_stream, 4);
    put_number(payload, 0, 4);
    return control_frame(kGoAway, false, payload);
  }
  if (const auto* data = std::get_if<Data>(&frame)) {
    std::string out;
    put_number(out, data->stream, 4);
    put_number(out, data->last ? kFlagFin : 0, 1);
    put_number(out, data->payload.size(), 3);
    return out + data->payload;
  }
  return {};
}

}  // namespace firesteel::net::spdy
