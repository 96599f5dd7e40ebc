#include "kube/loop/time_zone.h"

#include <fmt/format.h>

#include <algorithm>

namespace firesteel::kube::loop {
namespace {

using std::chrono::seconds;

// The footer's text, read from the left.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // "EST", or "<+0330>".
  bool name() {
    const bool quoted = skip('<');
    std::size_t length = 0;
    while (length < rest_.size() && (quoted ? rest_[length] != '>' : is_letter(rest_[length]))) {
      ++length;
    }
    rest_.remove_prefix(length);
    return length >= 3 && (!quoted || skip('>'));
  }
  std::optional<int> number(int least, int most) {
    int value = 0;
    std::size_t digits = 0;
    while (digits < rest_.size() && digits < 4 && is_digit(rest_[digits])) {
      value = value * 10 + (rest_[digits++] - '0');
    }
    rest_.remove_prefix(digits);
    if (digits == 0 || value < least || value > most) return std::nullopt;
    return value;
  }
  // "[+-]h[:mm[:ss]]".
  std::optional<seconds> time() {
    const bool negative = skip('-');
    if (!negative) skip('+');
    const auto hours = number(0, 167);
    if (!hours) return std::nullopt;
    int total = *hours * 3600;
    for (const int unit : {60, 1}) {
      if (!skip(':')) break;
      const auto part = number(0, 59);
      if (!part) return std::nullopt;
      total += *part * unit;
    }
    return seconds(negative ? -total : total);
  }
  [[nodiscard]] bool at_digit() const { return !rest_.empty() && is_digit(rest_.front()); }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  std::string_view rest_;
};

// "M3.2.0/1", "J60" or "59".
std::optional<PosixRule::Change> read_change(Reader& in) {
  PosixRule::Change change;
  if (!in.skip(',')) return std::nullopt;
  if (in.skip('M')) {
    const auto month = in.number(1, 12);
    if (!month || !in.skip('.')) return std::nullopt;
    const auto week = in.number(1, 5);
    if (!week || !in.skip('.')) return std::nullopt;
    const auto day = in.number(0, 6);
    if (!day) return std::nullopt;
    change.month = *month;
    change.week = *week;
    change.day = *day;
  } else {
    const bool julian = in.skip('J');
    const auto day = in.number(julian ? 1 : 0, 365);
    if (!day) return std::nullopt;
    change.kind = julian ? PosixRule::Change::Kind::kJulian : PosixRule::Change::Kind::kZeroBased;
    change.day = *day;
  }
  if (in.skip('/')) {
    const auto at = in.time();
    if (!at) return std::nullopt;
    change.at = *at;
  }
  return change;
}

std::chrono::sys_days day_of(const PosixRule::Change& change, std::chrono::year year) {
  using namespace std::chrono;
  const sys_days january = year / January / 1;
  switch (change.kind) {
    case PosixRule::Change::Kind::kJulian:  // 1 to 365; the 29th of February does not count
      return january + days(change.day - 1 + (year.is_leap() && change.day >= 60 ? 1 : 0));
    case PosixRule::Change::Kind::kZeroBased:
      return january + days(change.day);
    case PosixRule::Change::Kind::kMonthWeekDay:
      break;
  }
  const std::chrono::month month(static_cast<unsigned>(change.month));
  const std::chrono::weekday day(static_cast<unsigned>(change.day));
  if (change.week == 5) return year / month / day[last];
  return year / month / day[static_cast<unsigned>(change.week)];
}

std::int64_t seconds_of(TimePoint time) {
  return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

TimePoint time_of(std::int64_t since_epoch) {
  return TimePoint(seconds(since_epoch));
}

// The parts of a TZif file that matter here, in the order they come.
class Bytes {
 public:
  explicit Bytes(std::string_view data) : data_(data) {}
  [[nodiscard]] bool has(std::size_t count) const { return data_.size() - at_ >= count; }
  std::string_view take(std::size_t count) {
    const std::string_view part = data_.substr(at_, count);
    at_ += count;
    return part;
  }
  std::int64_t integer(std::size_t size) {
    const std::string_view part = take(size);
    std::uint64_t value = (part.front() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (const char byte : part) value = (value << 8) | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(value);
  }
  std::string_view rest() const { return data_.substr(at_); }

 private:
  std::string_view data_;
  std::size_t at_ = 0;
};

struct Header {
  char version = 0;
  std::size_t is_ut = 0, is_standard = 0, leaps = 0, changes = 0, types = 0, characters = 0;

  [[nodiscard]] std::size_t body(std::size_t time_size) const {
    return changes * time_size + changes + types * 6 + characters + leaps * (time_size + 4) +
           is_standard + is_ut;
  }
};

constexpr std::size_t kHeaderSize = 44;
constexpr std::size_t kMostChanges = 100'000;

Result<Header> read_header(Bytes& in) {
  if (!in.has(kHeaderSize) || in.take(4) != "TZif") {
    return fail(ErrorCode::kBadRequest, "no time zone data: expected a TZif file");
  }
  Header header;
  header.version = in.take(1).front();
  in.take(15);
  for (std::size_t* count : {&header.is_ut, &header.is_standard, &header.leaps, &header.changes,
                             &header.types, &header.characters}) {
    const std::int64_t value = in.integer(4);
    if (value < 0 || static_cast<std::size_t>(value) > kMostChanges) {
      return fail(ErrorCode::kBadRequest, "damaged time zone data: a count is out of range");
    }
    *count = static_cast<std::size_t>(value);
  }
  return header;
}

}  // namespace

Result<PosixRule> parse_posix_rule(std::string_view text) {
  const auto wrong = [&] {
    return fail(ErrorCode::kBadRequest,
                fmt::format("found \"{}\", expected a rule such as EST5EDT,M3.2.0,M11.1.0", text));
  };
  Reader in(text);
  PosixRule rule;
  if (!in.name()) return wrong();
  const auto standard = in.time();
  if (!standard) return wrong();
  rule.standard = -*standard;  // POSIX counts to the west
  if (in.at_end()) return rule;
  if (!in.name()) return wrong();
  rule.daylight = rule.standard + std::chrono::hours(1);
  if (in.skip('-')) {
    const auto offset = in.time();
    if (!offset) return wrong();
    rule.daylight = *offset;
  } else if (in.at_digit() || in.skip('+')) {
    const auto offset = in.time();
    if (!offset) return wrong();
    rule.daylight = -*offset;
  }
  const auto begin = read_change(in);
  if (!begin) return wrong();
  const auto end = read_change(in);
  if (!end || !in.at_end()) return wrong();
  rule.begin = *begin;
  rule.end = *end;
  return rule;
}

Result<TimeZone> TimeZone::parse(std::string_view tzif) {
  Bytes in(tzif);
  Header header = TRY(read_header(in));
  std::size_t time_size = 4;
  if (header.version >= '2') {  // the same again with 64-bit times follows
    if (!in.has(header.body(4))) return fail(ErrorCode::kBadRequest, "time zone data ends early");
    in.take(header.body(4));
    header = TRY(read_header(in));
    time_size = 8;
  }
  if (header.types == 0 || !in.has(header.body(time_size))) {
    return fail(ErrorCode::kBadRequest, "time zone data ends early");
  }
  TimeZone zone;
  for (std::size_t i = 0; i < header.changes; ++i) zone.changes_.push_back(in.integer(time_size));
  const std::string_view types = in.take(header.changes);
  std::vector<seconds> offsets;
  for (std::size_t i = 0; i < header.types; ++i) {
    offsets.emplace_back(in.integer(4));
    in.take(2);
  }
  for (const char type : types) {
    const auto index = static_cast<unsigned char>(type);
    if (index >= offsets.size()) return fail(ErrorCode::kBadRequest, "damaged time zone data");
    zone.offsets_.push_back(offsets[index]);
  }
  if (!std::ranges::is_sorted(zone.changes_)) {
    return fail(ErrorCode::kBadRequest, "damaged time zone data: the changes are out of order");
  }
  zone.first_ = offsets.front();
  in.take(header.characters + header.leaps * (time_size + 4) + header.is_standard + header.is_ut);
  std::string_view footer = in.rest();
  if (time_size == 8 && footer.size() > 2 && footer.front() == '\n') {
    footer = footer.substr(1, footer.find('\n', 1) - 1);
    zone.rule_ = TRY(parse_posix_rule(footer));
  }
  return zone;
}

TimeZone::Span TimeZone::at(TimePoint time) const {
  const Seconds now = seconds_of(time);
  const auto next = std::ranges::upper_bound(changes_, now);
  if (next == changes_.end() && rule_) return by_rule(now);
  const auto index = static_cast<std::size_t>(next - changes_.begin());
  Span span{index == 0 ? first_ : offsets_[index - 1], std::nullopt};
  if (next != changes_.end()) span.until = time_of(*next);
  return span;
}

TimeZone::Span TimeZone::by_rule(Seconds time) const {
  if (!rule_->daylight) return {rule_->standard, std::nullopt};
  using namespace std::chrono;
  const sys_days day = floor<days>(sys_seconds(seconds(time)));
  const year present = year_month_day(day).year();
  // All changes of the neighbouring years: an offset may carry one over the end of a year.
  std::vector<std::pair<Seconds, seconds>> all;
  for (const year y : {present - years(1), present, present + years(1)}) {
    const sys_seconds begin = day_of(rule_->begin, y) + rule_->begin.at - rule_->standard;
    const sys_seconds end = day_of(rule_->end, y) + rule_->end.at - *rule_->daylight;
    all.emplace_back(begin.time_since_epoch().count(), *rule_->daylight);
    all.emplace_back(end.time_since_epoch().count(), rule_->standard);
  }
  std::ranges::sort(all);
  const auto next = std::ranges::upper_bound(all, time, {}, &std::pair<Seconds, seconds>::first);
  Span span{next == all.begin() ? rule_->standard : std::prev(next)->second, std::nullopt};
  if (next != all.end()) span.until = time_of(next->first);
  return span;
}

}  // namespace firesteel::kube::loop
