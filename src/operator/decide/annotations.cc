#include "operator/decide/annotations.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/duration.h"

namespace firesteel::operators::decide {
namespace {

std::optional<std::string_view> annotation(const json::Value& object, std::string_view name) {
  const json::Value* value = json::find(object, {"metadata", "annotations", name});
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return json::view(value->get_string());
}

std::optional<std::chrono::seconds> duration(const json::Value& object, std::string_view name) {
  const auto text = annotation(object, name);
  return text ? parse_duration(*text) : std::nullopt;
}

std::optional<std::vector<FailureClass>> classes(std::string_view text) {
  std::vector<FailureClass> found;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    const auto failure = parse_failure_class(word);
    if (!failure) return std::nullopt;
    found.push_back(*failure);
  }
  return found;
}

bool is_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool Policy::retries(const std::optional<FailureClass>& failure) const {
  if (!retry_on) return true;
  return failure && std::ranges::find(*retry_on, *failure) != retry_on->end();
}

Policy policy_of(const json::Value& object) {
  const auto retry_on = annotation(object, kAnnotationRetryOn);
  return {.driver_start_timeout = duration(object, kAnnotationDriverStart),
          .executor_start_timeout = duration(object, kAnnotationExecutorStart),
          .run_timeout = duration(object, kAnnotationRun),
          .starting_deadline = duration(object, kAnnotationStartingDeadline),
          .retry_on = retry_on ? classes(*retry_on) : std::nullopt};
}

std::vector<Problem> annotation_problems(const json::Value& object) {
  std::vector<Problem> problems;
  const auto check = [&](std::string_view name, bool (*holds)(std::string_view),
                         std::string_view expected) {
    const auto text = annotation(object, name);
    if (!text || holds(*text)) return;
    problems.push_back({fmt::format("metadata.annotations[{}]", name),
                        fmt::format("found \"{}\", expected {}", *text, expected),
                        "FieldValueInvalid"});
  };
  const auto is_duration = [](std::string_view text) { return parse_duration(text).has_value(); };
  for (const std::string_view name : {kAnnotationDriverStart, kAnnotationExecutorStart,
                                      kAnnotationRun, kAnnotationStartingDeadline}) {
    check(name, is_duration, "a duration such as 45s, 10m or 1h30m");
  }
  check(kAnnotationPriority, is_number, "a whole number");
  check(
      kAnnotationRetryOn, [](std::string_view text) { return classes(text).has_value(); },
      "some of User, OutOfMemory, Infrastructure, ImagePull, Quota, Submission, Timeout, separated "
      "by commas");
  return problems;
}

}  // namespace firesteel::operators::decide
