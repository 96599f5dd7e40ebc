#pragma once
// java.util.Properties text, as Spark's client writes spark.properties (Properties.store through a
// Writer). Pure.
#include <string>
#include <string_view>

#include "spark/conf.h"

namespace firesteel::spark {

// Escapes \ TAB LF CR FF = : # !, every space of a key and the leading spaces of a value;
// everything else is written as it is.
[[nodiscard]] std::string escape_property(std::string_view text, bool is_key);
// A first comment line with `title`, then key=value lines sorted by key (Spark's own order is that
// of a hash table).
[[nodiscard]] std::string properties_text(const Conf& conf, std::string_view title);

}  // namespace firesteel::spark
