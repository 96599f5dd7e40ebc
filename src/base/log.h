#pragma once
// Structured logs to standard error: one line an event, `time level message key=value ...` or JSON.
// Thread-safe.
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace firesteel::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kText, kJson };

using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;

// Once, before other threads start. Default: info, text.
void configure(Level level, Format format);

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warning(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace firesteel::log
