#pragma once
// Members that stand twice in a JSON text. The reader keeps the last one, as Go's does; whoever
// wants to know of the others asks here. Pure.
#include <string>
#include <string_view>
#include <vector>

namespace firesteel::json {

// The paths ("data.a", "spec.containers[0].name") of members that stand in one object more than
// once, each once, in the order of their second appearance. `text` is a document that parse() has
// read.
[[nodiscard]] std::vector<std::string> duplicate_members(std::string_view text);

}  // namespace firesteel::json
