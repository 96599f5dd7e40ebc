#include "apiserver/protobuf.h"

#include <boost/json/array.hpp>
#include <charconv>
#include <cstring>
#include <unordered_map>

#include "apiserver/protobuf_messages.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/json/parse.h"
#include "base/json/utf8.h"
#include "net/tls.h"

namespace firesteel::apiserver {
namespace {

constexpr std::string_view kMagic{"k8s\0", 4};
constexpr int kMaxNesting = 64;

struct Message;

// One field of a message; the letters of `type` are explained in protobuf_messages.h.
struct Field {
  std::string name;
  char type = 's';
  bool repeated = false;
  bool is_map = false;
  bool lists = false;     // a map of lists: authentication's and authorization's `extra`
  bool drop_zero = true;  // not a pointer in Go: zero means that it was not given
  bool inlined = false;   // its members stand in the parent's JSON object
  const Message* message = nullptr;
};
struct Message {
  std::string name;                                 // "core.PodSpec"
  std::unordered_map<std::uint64_t, Field> fields;  // by number
};
using Schema = std::map<std::string, Message, std::less<>>;

// "name", "3", "@{core.Container".
Field make_field(Schema& schema, std::string_view name, std::string_view type) {
  Field field;
  field.name = name;
  field.inlined = name == "-";
  if (type.starts_with('*')) {
    field.drop_zero = false;
    type.remove_prefix(1);
  }
  field.is_map = type.starts_with('%');
  if (field.is_map) type.remove_prefix(1);
  field.repeated = type.starts_with('@');
  if (field.repeated) type.remove_prefix(1);
  field.lists = field.is_map && field.repeated;
  field.type = type.front();
  field.inlined = field.inlined || field.type == '&';
  if (field.type == '&') field.type = '{';
  if (field.type == '{') field.message = &schema[std::string(type.substr(1))];
  return field;
}

const Schema& schema() {
  static const Schema kSchema = [] {
    Schema out;
    std::vector<std::string_view> words;  // message, then name, number, type of each field
    const auto close = [&] {
      if (words.empty()) return;
      ASSERT(words.size() % 3 == 1, "the table of messages is ours");
      Message& message = out[std::string(words.front())];
      message.name = words.front();
      for (std::size_t i = 1; i < words.size(); i += 3) {
        std::uint64_t number = 0;
        std::from_chars(words[i + 1].data(), words[i + 1].data() + words[i + 1].size(), number);
        ASSERT(number > 0, "the table of messages is ours");
        message.fields.emplace(number, make_field(out, words[i], words[i + 2]));
      }
      words.clear();
    };
    std::string_view rest = kProtobufMessages;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(" \n"), rest.size());
      const std::string_view word = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (word.empty() || word == ";") continue;
      // Where a field's name would stand, a name with a dot is the next message's.
      if (words.size() % 3 == 1 && word.find('.') != std::string_view::npos) close();
      words.push_back(word);
    }
    close();
    return out;
  }();
  return kSchema;
}

std::unexpected<Error> broken(std::string_view what) {
  return fail(ErrorCode::kBadRequest, fmt::format("the protobuf body is malformed: {}", what));
}

// One field as it stands on the wire.
struct Wire {
  std::uint64_t number = 0;
  int type = 0;              // 0 = varint, 1 = 64 bits, 2 = bytes, 5 = 32 bits
  std::uint64_t value = 0;   // of 0, 1, 5
  std::string_view bytes{};  // of 2
};

Result<std::uint64_t> take_varint(std::string_view& in) {
  std::uint64_t out = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (in.empty()) return broken("it is cut short");
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    out |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return out;
  }
  return broken("a number has more than 64 bits");
}

Result<Wire> take_field(std::string_view& in) {
  Wire out;
  const std::uint64_t key = TRY(take_varint(in));
  out.number = key >> 3;
  out.type = static_cast<int>(key & 7);
  if (out.type == 0) {
    out.value = TRY(take_varint(in));
    return out;
  }
  std::uint64_t size = 0;
  if (out.type == 2) {
    size = TRY(take_varint(in));
  } else if (out.type == 1 || out.type == 5) {
    size = out.type == 1 ? 8 : 4;
  } else {
    return broken(fmt::format("field {} has the wire type {}", out.number, out.type));
  }
  if (size > in.size()) return broken("it is cut short");
  out.bytes = in.substr(0, size);
  in.remove_prefix(size);
  if (out.type != 2) {
    // Little endian, as the wire and every machine that we build for.
    std::memcpy(&out.value, out.bytes.data(), size);
  }
  return out;
}

// The bytes of the string field `number` of a message, "" when it is not there.
Result<std::string_view> bytes_of(std::string_view in, std::uint64_t number) {
  std::string_view out = "";  // never a null pointer: Boost.JSON copies from it
  while (!in.empty()) {
    const Wire wire = TRY(take_field(in));
    if (wire.number == number && wire.type == 2) out = wire.bytes;
  }
  return out;
}

Result<std::int64_t> number_of(std::string_view in, std::uint64_t number) {
  std::int64_t out = 0;
  while (!in.empty()) {
    const Wire wire = TRY(take_field(in));
    if (wire.number == number && wire.type == 0) out = static_cast<std::int64_t>(wire.value);
  }
  return out;
}

Result<json::Value> text_value(std::string_view bytes) {
  if (!json::is_utf8(bytes)) return broken("a string is not UTF-8");
  return json::Value(bytes);
}

// Messages that are not objects in JSON: times, quantities, numbers or strings, documents within.
Result<json::Value> special_value(char type, std::string_view bytes) {
  if (type == 't' || type == 'u') {
    const std::int64_t seconds = TRY(number_of(bytes, 1));
    const std::int64_t nanoseconds = TRY(number_of(bytes, 2));
    constexpr std::int64_t kFirst = -62135596800;  // year 1: Go's zero time
    constexpr std::int64_t kLast = 9223372036;     // what a TimePoint of nanoseconds can hold
    if (bytes.empty() || seconds <= kFirst) return json::Value();
    if (seconds < -kLast || seconds > kLast || nanoseconds < 0 || nanoseconds > 999999999) {
      return broken("a time is out of range");
    }
    const TimePoint time(std::chrono::duration_cast<TimePoint::duration>(
        std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds)));
    return json::Value(type == 't' ? format_time(time) : format_micro_time(time));
  }
  if (type == 'x') {
    const std::int64_t kind = TRY(number_of(bytes, 1));
    const std::int64_t number = TRY(number_of(bytes, 2));
    if (kind == 0) return json::Value(number);
    const std::string_view text = TRY(bytes_of(bytes, 3));
    return text_value(text);
  }
  const std::string_view inner = TRY(bytes_of(bytes, 1));
  if (type == 'q') return text_value(inner.empty() ? std::string_view("0") : inner);
  return inner.empty() ? Result<json::Value>(json::Value()) : json::parse(inner);
}

Result<json::Object> message_value(const Message& message, std::string_view in, int depth);

Result<json::Value> value_of(const Field& field, const Wire& wire, int depth) {
  const int expected = field.type == 'i' || field.type == 'b' ? 0 : 2;
  if (wire.type != expected) {
    return broken(
        fmt::format("{} has the wire type {}, expected {}", field.name, wire.type, expected));
  }
  switch (field.type) {
    case 'i':
      return json::Value(static_cast<std::int64_t>(wire.value));
    case 'b':
      return json::Value(wire.value != 0);
    case 's':
      return text_value(wire.bytes);
    case 'y':
      return json::Value(net::base64_encode(wire.bytes));
    case '{':
      return message_value(*field.message, wire.bytes, depth + 1);
    default:
      return special_value(field.type, wire.bytes);
  }
}

// {key: value} of one entry of a map: field 1 and 2 of its message.
Result<void> add_entry(json::Value& map, const Field& field, const Wire& wire, int depth) {
  if (wire.type != 2) return broken(field.name + " is not a map");
  if (!map.is_object()) map.emplace_object();
  const std::string_view key = TRY(bytes_of(wire.bytes, 1));
  if (!json::is_utf8(key)) return broken("a key is not UTF-8");
  std::string_view bytes = TRY(bytes_of(wire.bytes, 2));
  json::Value& value = map.get_object()[key];
  if (!field.lists) {
    value = TRY(value_of(field, {2, 2, 0, bytes}, depth));
    return {};
  }
  value.emplace_array();
  while (!bytes.empty()) {
    const Wire item = TRY(take_field(bytes));
    value.get_array().push_back(TRY(value_of(field, item, depth)));
  }
  return {};
}

bool is_zero(const json::Value& value) {
  if (const auto* text = value.if_string()) return text->empty();
  if (const auto* number = value.if_int64()) return *number == 0;
  if (const auto* flag = value.if_bool()) return !*flag;
  if (const auto* object = value.if_object()) return object->empty();
  return value.is_null();
}

Result<void> add_value(json::Object& out, const Field& field, const Wire& wire, int depth) {
  if (field.is_map) return add_entry(out[field.name], field, wire, depth);
  if (field.repeated && field.type == 'i' && wire.type == 2) {  // packed
    json::Value& list = out[field.name];
    if (!list.is_array()) list.emplace_array();
    std::string_view rest = wire.bytes;
    while (!rest.empty()) {
      const std::uint64_t number = TRY(take_varint(rest));
      list.get_array().emplace_back(static_cast<std::int64_t>(number));
    }
    return {};
  }
  json::Value value = TRY(value_of(field, wire, depth));
  if (field.repeated) {
    json::Value& list = out[field.name];
    if (!list.is_array()) list.emplace_array();
    list.get_array().push_back(std::move(value));
  } else if (field.inlined) {
    for (auto& member : value.get_object()) out[member.key()] = std::move(member.value());
  } else if (!value.is_null() && !(field.drop_zero && is_zero(value))) {
    out[field.name] = std::move(value);
  }
  return {};
}

Result<json::Object> message_value(const Message& message, std::string_view in, int depth) {
  if (depth > kMaxNesting) return broken("it is nested deeper than 64 messages");
  json::Object out;
  while (!in.empty()) {
    const Wire wire = TRY(take_field(in));
    const auto at = message.fields.find(wire.number);
    if (at == message.fields.end()) {
      // Dropping what the client set would store another object than the one it asked for.
      if (wire.type == 2 ? wire.bytes.empty() : wire.value == 0) continue;
      return fail(ErrorCode::kUnsupportedMedia,
                  fmt::format("the protobuf body has field {} of a {}, which is not known here; "
                              "send application/json instead",
                              wire.number, message.name));
    }
    TRY(add_value(out, at->second, wire, depth));
  }
  return out;
}

// "rbac.authorization.k8s.io/v1", Role: "rbac.Role"; "v1", Pod: "core.Pod"; "" for other versions.
std::string message_name(std::string_view api_version, std::string_view kind) {
  if (kind == "DeleteOptions") return "meta.DeleteOptions";  // comes under every group
  if (api_version == "v1") return fmt::format("core.{}", kind);
  const std::size_t slash = api_version.find('/');
  const std::string_view group = api_version.substr(0, slash);
  const std::string_view stored = group == "autoscaling" && kind != "Scale" ? "v2" : "v1";
  if (slash == std::string_view::npos || api_version.substr(slash + 1) != stored) return {};
  return fmt::format("{}.{}", group.substr(0, group.find('.')), kind);
}

}  // namespace

Result<json::Value> decode_protobuf(std::string_view body) {
  if (!body.starts_with(kMagic)) {
    return fail(ErrorCode::kUnsupportedMedia,
                "the body of the request was in an unknown format: it is announced as Kubernetes "
                "protobuf, but does not begin as such - accepted media types include: "
                "application/json, application/yaml");
  }
  // runtime.Unknown: typeMeta = 1 {apiVersion = 1, kind = 2}, raw = 2.
  const std::string_view envelope = body.substr(kMagic.size());
  const std::string_view type = TRY(bytes_of(envelope, 1));
  const std::string_view api_version = TRY(bytes_of(type, 1));
  const std::string_view kind = TRY(bytes_of(type, 2));
  const std::string_view raw = TRY(bytes_of(envelope, 2));
  const auto at = schema().find(message_name(api_version, kind));
  if (at == schema().end() || at->second.fields.empty()) {
    return fail(ErrorCode::kUnsupportedMedia,
                fmt::format("protobuf bodies of {} {} are not read - accepted media types include: "
                            "application/json, application/yaml",
                            api_version, kind));
  }
  json::Object out = TRY(message_value(at->second, raw, 0));
  json::Object typed{{"kind", kind}, {"apiVersion", api_version}};
  for (auto& member : out) typed[member.key()] = std::move(member.value());
  return json::Value(std::move(typed));
}

}  // namespace firesteel::apiserver
