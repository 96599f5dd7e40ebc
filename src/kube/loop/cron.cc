#include "kube/loop/cron.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace firesteel::kube::loop {
namespace {

using std::chrono::seconds;

// Beyond it there is no activation: 30 February.
constexpr std::chrono::hours kHorizon{24 * 366 * 5};

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};

bool same_word(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<unsigned> number(std::string_view text) {
  if (text.empty() || text.size() > 6) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace

struct Cron::Bounds {
  std::string_view name;
  unsigned least, most;
  std::span<const std::string_view> words;
};

struct Cron::Descriptor {
  std::string_view name, fields;
};

namespace {

// A number, or a name that stands for one.
std::optional<unsigned> value_of(std::string_view text, unsigned least,
                                 std::span<const std::string_view> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (same_word(text, words[i])) return least + static_cast<unsigned>(i);
  }
  return number(text);
}

std::unexpected<Error> wrong(std::string_view field, std::string_view found,
                             const std::string& expected) {
  return fail(ErrorCode::kBadRequest,
              fmt::format("{}: found \"{}\", expected {}", field, found, expected));
}

}  // namespace

// number | name | number "-" number, or "*", each with an optional "/" step.
Result<Cron::Field> Cron::parse_range(std::string_view text, const Bounds& bounds) {
  const std::string allowed = fmt::format("{} to {}", bounds.least, bounds.most);
  const std::size_t slash = text.find('/');
  const std::string_view range = text.substr(0, slash);
  unsigned step = 1;
  if (slash != std::string_view::npos) {
    const auto given = number(text.substr(slash + 1));
    if (!given || *given == 0) return wrong(bounds.name, text, "a step of 1 or more after \"/\"");
    step = *given;
  }
  Field field;
  unsigned first = bounds.least;
  unsigned last = bounds.most;
  if (range == "*" || range == "?") {
    field.any = step == 1;
  } else {
    const std::size_t dash = range.find('-');
    const auto from = value_of(range.substr(0, dash), bounds.least, bounds.words);
    if (!from) return wrong(bounds.name, text, allowed);
    first = *from;
    if (dash != std::string_view::npos) {
      const auto to = value_of(range.substr(dash + 1), bounds.least, bounds.words);
      if (!to) return wrong(bounds.name, text, allowed);
      last = *to;
    } else if (slash == std::string_view::npos) {
      last = first;
    }
    if (first < bounds.least || last > bounds.most || first > bounds.most) {
      return wrong(bounds.name, text, allowed);
    }
    if (first > last) return wrong(bounds.name, text, "a range that begins before its end");
  }
  for (unsigned value = first; value <= last; value += step)
    field.bits |= std::uint64_t{1} << value;
  return field;
}

Result<Cron::Field> Cron::parse_field(std::string_view text, const Bounds& bounds) {
  Field field;
  for (const std::string_view part : split(text, ",")) {
    const Field one = TRY(parse_range(part, bounds));
    field.bits |= one.bits;
    field.any = field.any || one.any;
  }
  if (field.bits == 0) return wrong(bounds.name, text, "a value");
  return field;
}

Result<void> Cron::parse_fields(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, " \t");
  if (parts.size() != 5) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("found {} fields in \"{}\", expected 5: minute, hour, day of month, "
                            "month, day of week",
                            parts.size(), text));
  }
  minute_ = TRY(parse_field(parts[0], {"minute", 0, 59, {}}));
  hour_ = TRY(parse_field(parts[1], {"hour", 0, 23, {}}));
  day_ = TRY(parse_field(parts[2], {"day of month", 1, 31, {}}));
  month_ = TRY(parse_field(parts[3], {"month", 1, 12, kMonths}));
  weekday_ = TRY(parse_field(parts[4], {"day of week", 0, 6, kWeekdays}));
  return {};
}

Result<void> Cron::parse_descriptor(std::string_view text) {
  constexpr Descriptor kDescriptors[] = {{"@yearly", "0 0 1 1 *"},  {"@annually", "0 0 1 1 *"},
                                         {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
                                         {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
                                         {"@hourly", "0 * * * *"}};
  for (const Descriptor& descriptor : kDescriptors) {
    if (text == descriptor.name) return parse_fields(descriptor.fields);
  }
  constexpr std::string_view kEvery = "@every ";
  if (!text.starts_with(kEvery)) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("found \"{}\", expected @yearly, @monthly, @weekly, @daily, @hourly or "
                            "@every with a duration",
                            text));
  }
  const auto given = TRY(parse_go_duration(text.substr(kEvery.size())));
  interval_ = std::max(seconds(1), std::chrono::floor<seconds>(given));
  return {};
}

Result<Cron> Cron::parse(std::string_view text) {
  const auto trim = [&] {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  };
  trim();
  Cron cron;
  if (text.starts_with("TZ=") || text.starts_with("CRON_TZ=")) {
    const std::size_t equals = text.find('=');
    const std::size_t end = std::min(text.find(' '), text.size());
    cron.zone_ = text.substr(equals + 1, end - equals - 1);
    text.remove_prefix(end);
    trim();
  }
  if (text.empty()) {
    return fail(ErrorCode::kBadRequest, "empty, expected five fields, @every or @hourly");
  }
  if (text.front() == '@') {
    TRY(cron.parse_descriptor(text));
  } else {
    TRY(cron.parse_fields(text));
  }
  return cron;
}

// When both days are restricted, either is enough; else both must match.
bool Cron::matches_day(std::chrono::sys_days day) const {
  const std::chrono::year_month_day date(day);
  const bool in_month = day_.has(static_cast<unsigned>(date.day()));
  const bool in_week = weekday_.has(std::chrono::weekday(day).c_encoding());
  return day_.any || weekday_.any ? in_month && in_week : in_month || in_week;
}

// How long to go on in local time before anything can match; zero: it matches now.
seconds Cron::wait(std::chrono::sys_seconds local) const {
  using namespace std::chrono;
  const sys_days day = floor<days>(local);
  const year_month_day date(day);
  const seconds of_day = local - day;
  if (!month_.has(static_cast<unsigned>(date.month()))) {
    const sys_days next_month = (date.year() / date.month() + months(1)) / std::chrono::day(1);
    return next_month - local;
  }
  if (!matches_day(day)) return days(1) - of_day;
  const auto hour = duration_cast<hours>(of_day);
  if (!hour_.has(static_cast<unsigned>(hour.count()))) return hour + hours(1) - of_day;
  const auto minute = duration_cast<minutes>(of_day - hour);
  const seconds rest = of_day - hour - minute;
  const bool matches = minute_.has(static_cast<unsigned>(minute.count())) && rest == seconds(0);
  return matches ? seconds(0) : minutes(1) - rest;
}

std::optional<TimePoint> Cron::next(TimePoint time, const TimeZone& zone) const {
  const auto start = std::chrono::floor<seconds>(time);
  if (interval_) return start + *interval_;
  const TimePoint horizon = start + kHorizon;
  TimePoint at = start + seconds(1);
  while (at < horizon) {
    const TimeZone::Span span = zone.at(at);
    const seconds local = std::chrono::floor<seconds>(at).time_since_epoch() + span.offset;
    const seconds step = wait(std::chrono::sys_seconds(local));
    if (step == seconds(0)) return at;
    // Where the offset changes, the wall clock jumps: look again from there.
    at = span.until ? std::min<TimePoint>(at + step, *span.until) : at + step;
  }
  return std::nullopt;
}

Result<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double nanoseconds;
  };
  constexpr Unit kUnits[] = {{"ns", 1},  {"us", 1e3}, {"\u00b5s", 1e3}, {"ms", 1e6},
                             {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}};
  const auto bad = [&] {
    return fail(
        ErrorCode::kBadRequest,
        fmt::format("found \"{}\", expected a duration such as 90s, 10m, 1h30m or 24h", text));
  };
  std::string_view rest = text;
  double total = 0;
  if (rest.empty()) return bad();
  while (!rest.empty()) {
    double value = 0;
    double scale = 0;  // of the next fraction digit
    std::size_t at = 0;
    bool digits = false;
    for (; at < rest.size(); ++at) {
      if (rest[at] == '.' && scale == 0) {
        scale = 0.1;
        continue;
      }
      if (rest[at] < '0' || rest[at] > '9') break;
      digits = true;
      value = scale == 0 ? value * 10 + (rest[at] - '0') : value + scale * (rest[at] - '0');
      if (scale != 0) scale /= 10;
    }
    rest.remove_prefix(at);
    const std::size_t length = std::min(rest.find_first_of("0123456789."), rest.size());
    const auto* const unit = std::ranges::find(kUnits, rest.substr(0, length), &Unit::name);
    if (!digits || unit == std::end(kUnits)) return bad();
    total += value * unit->nanoseconds;
    rest.remove_prefix(length);
  }
  constexpr double kLongest = 3.6e12 * 24 * 366 * 5;
  if (total <= 0 || total > kLongest) return bad();
  return std::chrono::nanoseconds(static_cast<std::int64_t>(total));
}

}  // namespace firesteel::kube::loop
