// Decoding into the built-in types (declared in types.h).
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/clock.h"
#include "base/json/print.h"
#include "kube/quantity.h"
#include "kube/types/types.h"

namespace firesteel::kube {
namespace {

using Kind = FieldType::Kind;

// What Go calls a JSON value in its messages.
std::string_view go_kind(const json::Value& value) {
  if (value.is_string()) return "string";
  if (value.is_bool()) return "bool";
  if (value.is_array()) return "array";
  if (value.is_object()) return "object";
  return value.is_null() ? "null" : "number";
}

// The place of the first character that base64 does not have there, or -1.
std::ptrdiff_t bad_base64(std::string_view text) {
  std::size_t digits = 0;
  std::size_t i = 0;
  for (; i < text.size() && text[i] != '='; ++i) {
    const char c = text[i];
    if (c == '\n' || c == '\r') continue;
    const bool known = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '+' || c == '/';
    if (!known) return static_cast<std::ptrdiff_t>(i);
    ++digits;
  }
  const std::size_t wanted = (4 - digits % 4) % 4;
  const std::size_t begin = i;
  while (i < text.size() && text[i] == '=') ++i;
  if (wanted == 3 || (i == text.size() && i - begin < wanted)) {
    return static_cast<std::ptrdiff_t>(text.size() / 4 * 4);
  }
  if (i - begin > wanted || i != text.size()) return static_cast<std::ptrdiff_t>(begin + wanted);
  return -1;
}

class Decoder {
 public:
  explicit Decoder(const std::vector<std::string>& duplicates) : duplicates_(duplicates) {}

  Result<void> structure(const StructType& type, json::Object& object) {
    std::vector<std::string> dropped;
    const StructType* const outer = owner_;
    for (auto& member : object) {
      const Field* field = type.field(member.key());
      const Place place(*this, member.key());
      if (field == nullptr) {
        complaints.push_back(fmt::format("unknown field \"{}\"", path_));
        dropped.emplace_back(member.key());
        continue;
      }
      note_duplicate();
      owner_ = &type;
      TRY(value(field->type, member.value()));
      owner_ = outer;
      if (!field->always && is_left_out(field->type, member.value())) {
        dropped.emplace_back(member.key());
      }
    }
    for (const std::string& key : dropped) json::remove(object, key);
    for (const Field& field : type.fields) {
      const bool there = field.always || is_inline(field.type);
      if (there && !object.contains(field.name)) object[field.name] = zero(field.type);
    }
    return {};
  }

  Complaints complaints;

 private:
  // One step of the paths, which ends with the block: `path_` is as complaints name it
  // (spec.containers[0].x), `go_path_` as Go's errors do (spec.containers.x).
  class Place {
   public:
    Place(Decoder& decoder, std::string_view key)
        : decoder_(decoder), path_(decoder.path_.size()), go_path_(decoder.go_path_.size()) {
      decoder.path_ += fmt::format("{}{}", path_ == 0 ? "" : ".", key);
      decoder.go_path_ += fmt::format("{}{}", go_path_ == 0 ? "" : ".", key);
    }
    Place(Decoder& decoder, std::size_t index)
        : decoder_(decoder), path_(decoder.path_.size()), go_path_(decoder.go_path_.size()) {
      decoder.path_ += fmt::format("[{}]", index);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      decoder_.path_.resize(path_);
      decoder_.go_path_.resize(go_path_);
    }

   private:
    Decoder& decoder_;
    std::size_t path_;
    std::size_t go_path_;
  };

  void note_duplicate() {
    if (std::find(duplicates_.begin(), duplicates_.end(), path_) == duplicates_.end()) return;
    complaints.push_back(fmt::format("duplicate field \"{}\"", path_));
  }

  [[nodiscard]] std::unexpected<Error> mismatch(std::string_view found,
                                                std::string_view go_name) const {
    return fail(ErrorCode::kBadRequest,
                fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}",
                            found, owner_ == nullptr ? "" : owner_->name, go_path_, go_name));
  }

  Result<void> expect(bool fits, const FieldType& type, const json::Value& found) const {
    if (fits) return {};
    return mismatch(go_kind(found), type.go_name);
  }

  Result<void> value(const FieldType& type, json::Value& found) {
    if (found.is_null()) return {};  // of any type: its zero value
    switch (type.kind) {
      case Kind::kString:
        return expect(found.is_string(), type, found);
      case Kind::kBool:
        return expect(found.is_bool(), type, found);
      case Kind::kInt32:
        return integer(type, found, std::numeric_limits<std::int32_t>::min(),
                       std::numeric_limits<std::int32_t>::max());
      case Kind::kInt64:
        return integer(type, found, std::numeric_limits<std::int64_t>::min(),
                       std::numeric_limits<std::int64_t>::max());
      case Kind::kDouble:
        return expect(found.is_number(), type, found);
      case Kind::kBytes:
        return bytes(type, found);
      case Kind::kAny:
        return {};
      case Kind::kTime:
      case Kind::kMicroTime:
        return time(type, found);
      case Kind::kQuantity:
        return quantity(found);
      case Kind::kIntOrString:
        return int_or_string(found);
      case Kind::kStruct:
        TRY(expect(found.is_object(), type, found));
        return structure(*type.structure, found.get_object());
      case Kind::kEither:
        return found.is_object() ? structure(*type.structure, found.get_object()) : Result<void>();
      case Kind::kList:
        return list(type, found);
      case Kind::kMap:
        return map(type, found);
    }
    return {};
  }

  Result<void> integer(const FieldType& type, const json::Value& found, std::int64_t low,
                       std::int64_t high) const {
    TRY(expect(found.is_number(), type, found));
    const bool fits = (found.is_int64() && found.get_int64() >= low && found.get_int64() <= high) ||
                      (found.is_uint64() && found.get_uint64() <= static_cast<std::uint64_t>(high));
    if (fits) return {};
    return mismatch("number " + json::print(found), type.go_name);
  }

  Result<void> bytes(const FieldType& type, const json::Value& found) const {
    TRY(expect(found.is_string(), type, found));
    const std::ptrdiff_t wrong = bad_base64(json::view(found.get_string()));
    if (wrong < 0) return {};
    return fail(ErrorCode::kBadRequest, fmt::format("illegal base64 data at input byte {}", wrong));
  }

  Result<void> time(const FieldType& type, const json::Value& found) const {
    TRY(expect(found.is_string(), type, found));
    const std::string_view text = json::view(found.get_string());
    const bool micro = type.kind == Kind::kMicroTime;
    if (text.empty() && !micro) return {};
    if (parse_time(text)) return {};
    return fail(
        ErrorCode::kBadRequest,
        fmt::format("parsing time \"{0}\" as \"{1}\": cannot parse \"{0}\" as \"2006\"", text,
                    micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00"));
  }

  static Result<void> quantity(json::Value& found) {
    const auto read = Quantity::from_json(found);
    if (!read) return std::unexpected(read.error());
    found = read->text();
    return {};
  }

  Result<void> int_or_string(const json::Value& found) const {
    if (found.is_string()) return {};
    if (!found.is_number()) return mismatch(go_kind(found), "int32");
    FieldType number;
    number.go_name = "int32";
    return integer(number, found, std::numeric_limits<std::int32_t>::min(),
                   std::numeric_limits<std::int32_t>::max());
  }

  Result<void> list(const FieldType& type, json::Value& found) {
    TRY(expect(found.is_array(), type, found));
    std::size_t index = 0;
    for (json::Value& item : found.get_array()) {
      const Place place(*this, index++);
      TRY(value(*type.items, item));
      if (item.is_null()) item = zero(*type.items);
    }
    return {};
  }

  Result<void> map(const FieldType& type, json::Value& found) {
    TRY(expect(found.is_object(), type, found));
    for (auto& member : found.get_object()) {
      const std::size_t path = path_.size();
      path_ += fmt::format(".{}", std::string_view(member.key()));
      note_duplicate();
      const auto fine = value(*type.items, member.value());
      path_.resize(path);
      TRY(fine);
      if (member.value().is_null()) member.value() = zero(*type.items);
    }
    return {};
  }

  // A structure that is no pointer is always written, as Go's encoder does.
  static bool is_inline(const FieldType& type) {
    return type.kind == Kind::kStruct && !type.pointer;
  }

  static bool is_left_out(const FieldType& type, const json::Value& found) {
    if (found.is_null()) return true;
    if (const json::Array* array = found.if_array()) return array->empty() && !type.pointer;
    if (type.kind == Kind::kMap) return found.get_object().empty();
    if (type.pointer || is_inline(type)) return false;
    // Go writes a structure whatever is in it, and an IntOrString is one.
    if (type.kind == Kind::kAny || type.kind == Kind::kIntOrString) return false;
    return found == zero(type) || (found.is_string() && found.get_string().empty());
  }

  static json::Value zero(const FieldType& type) {
    if (type.pointer) return nullptr;
    switch (type.kind) {
      case Kind::kString:
        return "";
      case Kind::kBool:
        return false;
      case Kind::kInt32:
      case Kind::kInt64:
      case Kind::kDouble:
      case Kind::kIntOrString:
        return 0;
      case Kind::kQuantity:
        return "0";
      case Kind::kStruct: {
        json::Value made = json::Object();
        (void)Decoder({}).structure(*type.structure, made.get_object());
        return made;
      }
      case Kind::kBytes:
      case Kind::kAny:
      case Kind::kTime:
      case Kind::kMicroTime:
      case Kind::kEither:
      case Kind::kList:
      case Kind::kMap:
        break;
    }
    return nullptr;
  }

  const std::vector<std::string>& duplicates_;
  const StructType* owner_ = nullptr;
  std::string path_;
  std::string go_path_;
};

}  // namespace

Result<Complaints> decode(const StructType& type, json::Value& object,
                          const std::vector<std::string>& duplicates) {
  Decoder decoder(duplicates);
  TRY(decoder.structure(type, object.as_object()));
  return std::move(decoder.complaints);
}

}  // namespace firesteel::kube
