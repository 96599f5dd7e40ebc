#pragma once
// The JSON document model: Boost.JSON's DOM under names of our own, and the few accessors everybody
// needs. A document that is shared between threads is immutable (Document); whoever changes one
// starts from a copy. Pure.
#include <boost/json/value.hpp>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace firesteel::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;
using String = boost::json::string;
// An immutable document, shared by caches, store and watchers.
using Document = std::shared_ptr<const Value>;

// The member reached through `keys`, or null when any step is missing or not an object. Never
// allocates.
[[nodiscard]] const Value* find(const Value& value, std::initializer_list<std::string_view> keys);
[[nodiscard]] const Value* find(const Value& value, std::string_view key);
[[nodiscard]] const Value* find(const Object& object, std::string_view key);

// The string member reached through `keys`, or "" when missing or of another type. The view lives
// as long as `value`.
[[nodiscard]] std::string_view string_at(const Value& value,
                                         std::initializer_list<std::string_view> keys);
[[nodiscard]] std::string_view string_at(const Value& value, std::string_view key);
// The integer member reached through `keys` (int64 or uint64 that fits, or a double without
// fraction), or `otherwise`.
[[nodiscard]] std::int64_t int_at(const Value& value, std::initializer_list<std::string_view> keys,
                                  std::int64_t otherwise = 0);
[[nodiscard]] bool bool_at(const Value& value, std::initializer_list<std::string_view> keys,
                           bool otherwise = false);
// The object or array reached through `keys`, or a shared empty one.
[[nodiscard]] const Object& object_at(const Value& value,
                                      std::initializer_list<std::string_view> keys);
[[nodiscard]] const Array& array_at(const Value& value,
                                    std::initializer_list<std::string_view> keys);

// The object reached through `keys`, each step created (or replaced when it is not an object).
Object& make_object(Value& value, std::initializer_list<std::string_view> keys);
// Removes a member and keeps the order of the others (Boost's erase does not). False when it was
// not there.
bool remove(Object& object, std::string_view key);

inline std::string_view view(const String& text) {
  return {text.data(), text.size()};
}

}  // namespace firesteel::json
