#pragma once
// The paths by which `firesteel render` names the fields of an object. Pure.
#include <functional>
#include <string>
#include <string_view>

#include "base/json/json.h"

namespace firesteel::spark {

// Calls `leaf` for every scalar and every empty object or array, in document order, with its path:
// "spec.containers[NAME].image". Items of arrays go by their name, else by their index; members of
// an object for whose path `is_map` holds as "PATH[KEY]".
void for_each_leaf(const json::Value& value, const std::function<bool(std::string_view)>& is_map,
                   const std::function<void(const std::string&)>& leaf);

// `path` is `part` or lies in it. Everything lies in "".
[[nodiscard]] bool is_in(std::string_view path, std::string_view part);

}  // namespace firesteel::spark
