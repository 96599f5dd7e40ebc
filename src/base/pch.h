#pragma once
// The one precompiled header. Only what nearly every file uses: containers, expected, JSON values,
// fmt.
#include <fmt/core.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
