#include "base/json/patch.h"

#include <fmt/core.h>

#include <charconv>

namespace firesteel::json {
namespace {

Result<std::vector<std::string>> split_pointer(std::string_view pointer) {
  std::vector<std::string> parts;
  if (pointer.empty()) return parts;
  if (pointer.front() != '/') {
    return fail(ErrorCode::kBadRequest,
                fmt::format("JSON patch: path \"{}\" does not start with /", pointer));
  }
  std::string part;
  for (std::size_t i = 1; i <= pointer.size(); ++i) {
    if (i == pointer.size() || pointer[i] == '/') {
      parts.push_back(std::move(part));
      part.clear();
    } else if (pointer[i] == '~' && i + 1 < pointer.size() &&
               (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
      part += pointer[++i] == '0' ? '~' : '/';
    } else {
      part += pointer[i];
    }
  }
  return parts;
}

std::unexpected<Error> missing(std::string_view pointer) {
  return fail(ErrorCode::kInvalid,
              fmt::format("JSON patch: the path \"{}\" does not exist", pointer));
}

std::optional<std::size_t> array_index(std::string_view text, std::size_t limit) {
  std::size_t index = 0;
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size() || index >= limit) {
    return std::nullopt;
  }
  return index;
}

Value* step(Value& value, const std::string& part) {
  if (Object* object = value.if_object()) return object->if_contains(part);
  if (Array* array = value.if_array()) {
    const auto index = array_index(part, array->size());
    return index ? &(*array)[*index] : nullptr;
  }
  return nullptr;
}

Value* walk(Value& document, std::span<const std::string> parts) {
  Value* at = &document;
  for (const std::string& part : parts) {
    at = step(*at, part);
    if (at == nullptr) return nullptr;
  }
  return at;
}

Result<void> add(Value& document, std::string_view pointer, Value value) {
  const auto parts = TRY(split_pointer(pointer));
  if (parts.empty()) {
    document = std::move(value);
    return {};
  }
  Value* parent = walk(document, std::span(parts).first(parts.size() - 1));
  if (parent == nullptr) return missing(pointer);
  if (Object* object = parent->if_object()) {
    (*object)[parts.back()] = std::move(value);
    return {};
  }
  Array* array = parent->if_array();
  if (array == nullptr) return missing(pointer);
  if (parts.back() == "-") {
    array->push_back(std::move(value));
    return {};
  }
  const auto index = array_index(parts.back(), array->size() + 1);
  if (!index) return missing(pointer);
  array->insert(array->begin() + *index, std::move(value));
  return {};
}

Result<Value> take(Value& document, std::string_view pointer) {
  const auto parts = TRY(split_pointer(pointer));
  if (parts.empty()) return std::exchange(document, Value());
  Value* parent = walk(document, std::span(parts).first(parts.size() - 1));
  Value* target = parent == nullptr ? nullptr : step(*parent, parts.back());
  if (target == nullptr) return missing(pointer);
  Value taken = std::move(*target);
  if (Object* object = parent->if_object()) {
    remove(*object, parts.back());
  } else {
    Array& array = parent->get_array();
    array.erase(array.begin() + (target - array.data()));
  }
  return taken;
}

Result<Value> copy_of(Value& document, std::string_view pointer) {
  const auto parts = TRY(split_pointer(pointer));
  const Value* target = walk(document, parts);
  if (target == nullptr) return missing(pointer);
  return *target;
}

Result<void> test(Value& document, std::string_view pointer, const Value& expected) {
  const Value found = TRY(copy_of(document, pointer));
  if (found == expected) return {};
  return fail(ErrorCode::kInvalid,
              fmt::format("JSON patch: test of \"{}\" failed: the value is another", pointer));
}

Result<std::string_view> text_member(const Value& operation, std::string_view key) {
  const Value* value = find(operation, key);
  if (value == nullptr || !value->is_string()) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("JSON patch: an operation has no string \"{}\"", key));
  }
  return view(value->get_string());
}

Result<void> apply_one(Value& document, const Value& operation) {
  const std::string_view kind = TRY(text_member(operation, "op"));
  const std::string_view path = TRY(text_member(operation, "path"));
  if (kind == "remove") {
    TRY(take(document, path));
    return {};
  }
  if (kind == "move" || kind == "copy") {
    const std::string_view from = TRY(text_member(operation, "from"));
    if (kind == "move" && path.size() > from.size() && path.starts_with(from) &&
        path[from.size()] == '/') {
      return fail(ErrorCode::kInvalid, "JSON patch: move into its own child");
    }
    Value moved = kind == "move" ? TRY(take(document, from)) : TRY(copy_of(document, from));
    return add(document, path, std::move(moved));
  }
  const Value* value = find(operation, "value");
  if (kind != "add" && kind != "replace" && kind != "test") {
    return fail(ErrorCode::kBadRequest, fmt::format("JSON patch: unknown operation \"{}\"", kind));
  }
  if (value == nullptr) {
    return fail(ErrorCode::kBadRequest, fmt::format("JSON patch: \"{}\" needs a value", kind));
  }
  if (kind == "test") return test(document, path, *value);
  if (kind == "add") return add(document, path, *value);
  const auto parts = TRY(split_pointer(path));
  Value* target = walk(document, parts);
  if (target == nullptr) return missing(path);
  *target = *value;
  return {};
}

}  // namespace

Result<Value> apply_json_patch(Value document, const Value& patch) {
  const Array* operations = patch.if_array();
  if (operations == nullptr) {
    return fail(ErrorCode::kBadRequest, "JSON patch: expected an array of operations");
  }
  for (const Value& operation : *operations) TRY(apply_one(document, operation));
  return document;
}

Value apply_merge_patch(Value document, const Value& patch) {
  const Object* changes = patch.if_object();
  if (changes == nullptr) return patch;
  if (!document.is_object()) document.emplace_object();
  Object& object = document.get_object();
  for (const auto& change : *changes) {
    if (change.value().is_null()) {
      remove(object, change.key());
    } else {
      Value& member = object[change.key()];
      member = apply_merge_patch(std::move(member), change.value());
    }
  }
  return document;
}

Value make_merge_patch(const Value& from, const Value& to) {
  if (!from.is_object() || !to.is_object()) return to;
  Object patch;
  for (const auto& member : from.get_object()) {
    if (find(to, member.key()) == nullptr) patch[member.key()] = nullptr;
  }
  for (const auto& member : to.get_object()) {
    const Value* before = find(from, member.key());
    if (before == nullptr) {
      patch[member.key()] = member.value();
    } else if (*before != member.value()) {
      patch[member.key()] = make_merge_patch(*before, member.value());
    }
  }
  return patch;
}

}  // namespace firesteel::json
