#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

#include "base/clock.h"
#include "base/json/print.h"

namespace firesteel::log {
namespace {

std::atomic<Format> g_format = Format::kText;

spdlog::logger& logger() {
  static const auto kInstance = [] {
    auto made = spdlog::stderr_logger_mt("firesteel");
    made->set_pattern("%v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *kInstance;
}

std::string quoted(std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of(" \t\n\"=") == std::string_view::npos;
  return plain ? std::string(value) : json::print(json::Value(value));
}

void write(spdlog::level::level_enum level, std::string_view name, std::string_view message,
           Fields fields) {
  if (!logger().should_log(level)) return;
  const std::string time = format_micro_time(SystemClock().now());
  if (g_format.load() == Format::kJson) {
    json::Object line{{"time", time}, {"level", name}, {"message", message}};
    for (const auto& [key, value] : fields) line[key] = value;
    logger().log(level, json::print(line));
    return;
  }
  std::string line = fmt::format("{} {:<7} {}", time, name, message);
  for (const auto& [key, value] : fields) line += fmt::format(" {}={}", key, quoted(value));
  logger().log(level, line);
}

}  // namespace

void configure(Level level, Format format) {
  static constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                          spdlog::level::warn, spdlog::level::err};
  logger().set_level(kLevels[static_cast<std::size_t>(level)]);
  g_format.store(format);
}

void debug(std::string_view message, Fields fields) {
  write(spdlog::level::debug, "debug", message, fields);
}
void info(std::string_view message, Fields fields) {
  write(spdlog::level::info, "info", message, fields);
}
void warning(std::string_view message, Fields fields) {
  write(spdlog::level::warn, "warning", message, fields);
}
void error(std::string_view message, Fields fields) {
  write(spdlog::level::err, "error", message, fields);
}

}  // namespace firesteel::log
