#include "kube/pattern.h"

#include <fmt/core.h>
#include <regex.h>

#include <charconv>

namespace firesteel::kube {
namespace {

constexpr std::size_t kMaxGroups = 200;  // within each other: the compiler recurses
constexpr std::string_view kSpecial = "\\.+*?()|[]{}^$";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_punctuation(char c) {
  return c > ' ' && c < 0x7f && !is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
}

// The text of \d, \w, \s as the inside of a bracket expression.
std::string_view class_text(char name) {
  switch (name) {
    case 'd':
      return "0-9";
    case 'w':
      return "0-9A-Za-z_";
    case 's':
      return " \t\n\f\r";
    default:
      return {};
  }
}

char control_character(char name) {
  switch (name) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    default:
      return 0;
  }
}

// One pass from RE2 to POSIX, which also estimates how large the automaton will be.
class Translator {
 public:
  explicit Translator(std::string_view text) : text_(text) {}

  Result<std::string> translate() {
    while (at_ < text_.size()) TRY(one());
    return out_;
  }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(std::string_view why) const {
    return fail(ErrorCode::kInvalid,
                fmt::format("the pattern '{}' is not supported: {}", text_, why));
  }

  void atom(std::string_view text, std::size_t size = 1) {
    out_ += text;
    last_ = size;
    sizes_.back() += size;
    repeatable_ = true;
  }

  // The last atom or group stands in the automaton so many times instead of once.
  Result<void> multiply(std::size_t copies) {
    if (!repeatable_) return refuse("a repetition of nothing or of a repetition");
    repeatable_ = false;
    sizes_.back() += last_ * (copies - 1);
    last_ *= copies;
    if (sizes_.back() > kMaxPatternSize) return refuse("its repetitions multiply to too much");
    return {};
  }

  Result<void> one() {
    const char c = text_[at_];
    switch (c) {
      case '\\':
        return escape();
      case '[':
        return bracket();
      case '(':
        return group();
      case ')':
        if (sizes_.size() == 1) return refuse("a ) without (");
        last_ = sizes_.back();
        sizes_.pop_back();
        sizes_.back() += last_;
        out_ += ')';
        ++at_;
        repeatable_ = true;
        return {};
      case '{':
        return repeat();
      case '*':
      case '+':
      case '?':
        TRY(multiply(c == '+' ? 2 : 1));  // x+ is made of x and x*
        out_ += c;
        ++at_;
        skip_lazy();
        return {};
      case '^':
      case '$':
      case '|':
        repeatable_ = false;
        out_ += c;
        ++at_;
        return {};
      case ']':
      case '}':
        atom(c == ']' ? "\\]" : "\\}");
        break;
      case '\0':
        return refuse("a NUL character");
      default:
        atom(text_.substr(at_, 1));
    }
    ++at_;
    return {};
  }

  // Lazy repetition matches the same texts; only where a match ends differs, and nobody asks.
  void skip_lazy() {
    if (at_ < text_.size() && text_[at_] == '?') ++at_;
  }

  Result<void> escape() {
    if (++at_ == text_.size()) return refuse("a \\ at the end");
    const char c = text_[at_++];
    if (const auto inside = class_text(c); !inside.empty()) {
      atom(fmt::format("[{}]", inside));
    } else if (c == 'D' || c == 'W' || c == 'S') {
      atom(fmt::format("[^{}]", class_text(static_cast<char>(c + 32))));
    } else if (const char control = control_character(c)) {
      atom(std::string(1, control));
    } else if (c == 'A' || c == 'z') {
      repeatable_ = false;
      out_ += c == 'A' ? '^' : '$';
    } else if (is_punctuation(c)) {
      atom(kSpecial.find(c) == std::string_view::npos ? std::string(1, c) : std::string{'\\', c});
    } else {
      return refuse(fmt::format("\\{}", c));
    }
    return {};
  }

  Result<void> group() {
    ++at_;
    if (text_.substr(at_).starts_with("?:")) {
      at_ += 2;
    } else if (at_ < text_.size() && text_[at_] == '?') {
      return refuse("(? is only known as (?:");
    }
    if (sizes_.size() > kMaxGroups) return refuse("its groups are nested too deeply");
    out_ += '(';
    sizes_.push_back(0);
    repeatable_ = false;
    return {};
  }

  Result<void> repeat() {
    const std::size_t end = text_.find('}', at_);
    if (end == std::string_view::npos) return refuse("a { without }; write \\{");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    const std::size_t comma = inside.find(',');
    const std::string_view low = inside.substr(0, comma);
    const std::string_view high = comma == std::string_view::npos ? low : inside.substr(comma + 1);
    const auto number = [](std::string_view text) {
      std::size_t value = 0;
      const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      const bool whole = error == std::errc() && stop == text.data() + text.size();
      return whole && value <= 1000 ? std::optional(value) : std::nullopt;
    };
    const auto least = number(low);
    const auto most = high.empty() ? least : number(high);
    if (!least || !most || *most < *least) {
      return refuse("a repetition must be {n}, {n,} or {n,m} of at most 1000");
    }
    TRY(multiply(std::max<std::size_t>(*most, 1) + (high.empty() ? 1 : 0)));
    out_ += text_.substr(at_, end - at_ + 1);
    at_ = end + 1;
    skip_lazy();
    return {};
  }

  // POSIX brackets know no escapes: ], ^ and - stand where they cannot mean anything else.
  Result<void> bracket() {
    ++at_;
    const bool negated = at_ < text_.size() && text_[at_] == '^';
    if (negated) ++at_;
    std::string members;
    bool has_close = false;
    bool has_caret = false;
    bool has_dash = false;
    bool first = true;
    while (true) {
      if (at_ >= text_.size()) return refuse("a [ without ]");
      char c = text_[at_];
      if (c == ']' && !first) break;
      first = false;
      if (c == '[' && at_ + 1 < text_.size() && text_[at_ + 1] == ':') {
        const std::size_t end = text_.find(":]", at_ + 2);
        if (end == std::string_view::npos) return refuse("a [: without :]");
        members += text_.substr(at_, end + 2 - at_);
        at_ = end + 2;
        continue;
      }
      bool plain_class = false;
      if (c == '\\') {
        if (++at_ >= text_.size()) return refuse("a \\ at the end");
        c = text_[at_];
        if (const auto inside = class_text(c); !inside.empty()) {
          members += inside;
          plain_class = true;
        } else if (const char control = control_character(c)) {
          c = control;
        } else if (!is_punctuation(c)) {
          return refuse(fmt::format("\\{} within [ ]", c));
        }
      }
      ++at_;
      if (plain_class) continue;
      if (const auto high = range_end()) {
        if (*high < c || c == '-' || c == ']' || *high == ']') return refuse("a range within [ ]");
        members += fmt::format("{}-{}", c, *high);
        continue;
      }
      if (c == ']') {
        has_close = true;
      } else if (c == '^') {
        has_caret = true;
      } else if (c == '-') {
        has_dash = true;
      } else {
        members += c;
      }
    }
    ++at_;
    close_bracket(negated, has_close, has_caret, has_dash, members);
    return {};
  }

  // After a member of a bracket: the end of a range that starts with it, taken from the text.
  std::optional<char> range_end() {
    if (at_ + 1 >= text_.size() || text_[at_] != '-' || text_[at_ + 1] == ']') return std::nullopt;
    if (text_[at_ + 1] == '\\') {
      if (at_ + 2 >= text_.size() || !is_punctuation(text_[at_ + 2])) return std::nullopt;
      at_ += 3;
      return text_[at_ - 1];
    }
    at_ += 2;
    return text_[at_ - 1];
  }

  void close_bracket(bool negated, bool has_close, bool has_caret, bool has_dash,
                     std::string_view members) {
    const bool only_caret = has_caret && !negated && !has_close && members.empty();
    if (only_caret && !has_dash) {
      atom("\\^");
      return;
    }
    std::string text = negated ? "[^" : "[";
    if (has_close) text += ']';
    if (only_caret) {  // [^-] turned round: [-^]
      atom("[-^]");
      return;
    }
    text += members;
    if (has_caret) text += '^';
    if (has_dash) text += '-';
    atom(text + "]");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<std::size_t> sizes_{0};  // of each open group
  std::size_t last_ = 0;               // of the last atom or group
  bool repeatable_ = false;            // it stands right before, not repeated yet
};

}  // namespace

struct Pattern::Compiled {
  regex_t expression{};
  ~Compiled() { regfree(&expression); }
};

Result<Pattern> Pattern::compile(std::string_view text) {
  const std::string posix = TRY(Translator(text).translate());
  auto expression = std::make_unique<regex_t>();
  const int failure = regcomp(expression.get(), posix.c_str(), REG_EXTENDED | REG_NOSUB);
  if (failure != 0) {
    char why[200];
    regerror(failure, expression.get(), why, sizeof why);
    return fail(ErrorCode::kInvalid, fmt::format("the pattern '{}' is not valid: {}", text, why));
  }
  auto compiled = std::make_shared<Compiled>();
  compiled->expression = *expression;
  Pattern pattern;
  pattern.text_ = text;
  pattern.compiled_ = std::move(compiled);
  return pattern;
}

bool Pattern::matches(std::string_view text) const {
  regmatch_t range[1];
  range[0].rm_so = 0;
  range[0].rm_eo = static_cast<regoff_t>(text.size());
  return regexec(&compiled_->expression, text.data() == nullptr ? "" : text.data(), 1, range,
                 REG_STARTEND) == 0;
}

}  // namespace firesteel::kube
