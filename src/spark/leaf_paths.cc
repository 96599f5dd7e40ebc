#include "spark/leaf_paths.h"

#include <fmt/format.h>

namespace firesteel::spark {
namespace {

struct Walk {
  const std::function<bool(std::string_view)>& is_map;
  const std::function<void(const std::string&)>& leaf;

  void operator()(const json::Value& value, const std::string& path) const {
    if (const json::Object* object = value.if_object(); object != nullptr && !object->empty()) {
      const bool map = is_map(path);
      for (const auto& member : *object) {
        const std::string_view key{member.key().data(), member.key().size()};
        (*this)(member.value(), map            ? fmt::format("{}[{}]", path, key)
                                : path.empty() ? std::string(key)
                                               : fmt::format("{}.{}", path, key));
      }
      return;
    }
    if (const json::Array* array = value.if_array(); array != nullptr && !array->empty()) {
      for (std::size_t i = 0; i < array->size(); ++i) {
        const std::string_view name = json::string_at((*array)[i], "name");
        (*this)((*array)[i],
                name.empty() ? fmt::format("{}[{}]", path, i) : fmt::format("{}[{}]", path, name));
      }
      return;
    }
    leaf(path);
  }
};

}  // namespace

void for_each_leaf(const json::Value& value, const std::function<bool(std::string_view)>& is_map,
                   const std::function<void(const std::string&)>& leaf) {
  Walk{is_map, leaf}(value, "");
}

bool is_in(std::string_view path, std::string_view part) {
  if (part.empty() || path == part) return true;
  return path.starts_with(part) && (path[part.size()] == '.' || path[part.size()] == '[');
}

}  // namespace firesteel::spark
