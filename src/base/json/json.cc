#include "base/json/json.h"

#include <cmath>
// The library's definitions, once for the whole program: nobody else links boost_json.
#include <boost/json/src.hpp>

namespace firesteel::json {

const Value* find(const Object& object, std::string_view key) {
  return object.if_contains(key);
}

const Value* find(const Value& value, std::string_view key) {
  const Object* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(key);
}

const Value* find(const Value& value, std::initializer_list<std::string_view> keys) {
  const Value* at = &value;
  for (const std::string_view key : keys) {
    at = find(*at, key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::string_view string_at(const Value& value, std::initializer_list<std::string_view> keys) {
  const Value* at = find(value, keys);
  const String* text = at == nullptr ? nullptr : at->if_string();
  return text == nullptr ? std::string_view() : view(*text);
}

std::string_view string_at(const Value& value, std::string_view key) {
  return string_at(value, {key});
}

std::int64_t int_at(const Value& value, std::initializer_list<std::string_view> keys,
                    std::int64_t otherwise) {
  const Value* at = find(value, keys);
  if (at == nullptr) return otherwise;
  if (const auto* number = at->if_int64()) return *number;
  if (const auto* number = at->if_uint64()) {
    return *number <= INT64_MAX ? static_cast<std::int64_t>(*number) : otherwise;
  }
  if (const auto* number = at->if_double()) {
    const bool whole = std::trunc(*number) == *number && std::fabs(*number) < 9.0e18;
    return whole ? static_cast<std::int64_t>(*number) : otherwise;
  }
  return otherwise;
}

bool bool_at(const Value& value, std::initializer_list<std::string_view> keys, bool otherwise) {
  const Value* at = find(value, keys);
  const bool* flag = at == nullptr ? nullptr : at->if_bool();
  return flag == nullptr ? otherwise : *flag;
}

const Object& object_at(const Value& value, std::initializer_list<std::string_view> keys) {
  static const Object kEmpty;
  const Value* at = find(value, keys);
  const Object* object = at == nullptr ? nullptr : at->if_object();
  return object == nullptr ? kEmpty : *object;
}

const Array& array_at(const Value& value, std::initializer_list<std::string_view> keys) {
  static const Array kEmpty;
  const Value* at = find(value, keys);
  const Array* array = at == nullptr ? nullptr : at->if_array();
  return array == nullptr ? kEmpty : *array;
}

Object& make_object(Value& value, std::initializer_list<std::string_view> keys) {
  if (!value.is_object()) value.emplace_object();
  Object* at = &value.get_object();
  for (const std::string_view key : keys) {
    Value& next = (*at)[key];
    if (!next.is_object()) next.emplace_object();
    at = &next.get_object();
  }
  return *at;
}

bool remove(Object& object, std::string_view key) {
  const auto at = object.find(key);
  if (at == object.end()) return false;
  object.stable_erase(at);
  return true;
}

}  // namespace firesteel::json
