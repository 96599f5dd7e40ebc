#pragma once
// What `kubectl explain` says of the fields that people look up most, in our own words. Pure.
#include <string_view>

namespace firesteel::apiserver {

// Of the field `field` of the structure `type` ("PodSpec"); "" where we say nothing.
[[nodiscard]] std::string_view field_words(std::string_view type, std::string_view field);

}  // namespace firesteel::apiserver
