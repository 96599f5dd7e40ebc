#include "kube/selector.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <charconv>

#include "base/json/print.h"
#include "kube/names.h"
#include "kube/object.h"

namespace firesteel::kube {
namespace {

using Operator = LabelSelector::Operator;
using Requirement = LabelSelector::Requirement;

// Punctuation as itself, words whole; "" at the end.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::string_view peek() {
    const std::size_t before = at_;
    const std::string_view token = take();
    at_ = before;
    return token;
  }

  std::string_view take() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    const std::size_t from = at_;
    if (at_ == text_.size()) return {};
    if (is_special(text_[at_])) {
      ++at_;
      const char first = text_[from];
      if ((first == '=' || first == '!') && at_ < text_.size() && text_[at_] == '=') ++at_;
    } else {
      while (at_ < text_.size() && !is_special(text_[at_]) && !is_space(text_[at_])) ++at_;
    }
    return text_.substr(from, at_ - from);
  }

  static bool is_word(std::string_view token) { return !token.empty() && !is_special(token[0]); }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  static bool is_special(char c) {
    return c == '=' || c == '!' || c == '(' || c == ')' || c == ',' || c == '<' || c == '>';
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::unexpected<Error> unexpected_token(std::string_view found, std::string_view expected) {
  return fail(
      ErrorCode::kBadRequest,
      fmt::format("unable to parse requirement: found '{}', expected: {}", found, expected));
}

std::optional<std::int64_t> to_int(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

// What is wrong with a requirement, or nothing.
std::optional<std::string> fault_of(const Requirement& requirement) {
  if (const auto problems = check_qualified_name(requirement.key); !problems.empty()) {
    return fmt::format("key: Invalid value: \"{}\": {}", requirement.key,
                       fmt::join(problems, "; "));
  }
  for (const std::string& value : requirement.values) {
    if (const auto problems = check_label_value(value); !problems.empty()) {
      return fmt::format("values[0][{}]: Invalid value: \"{}\": {}", requirement.key, value,
                         fmt::join(problems, "; "));
    }
    const bool numeric =
        requirement.op == Operator::kGreaterThan || requirement.op == Operator::kLessThan;
    if (numeric && !to_int(value)) {
      return fmt::format(
          "values[0]: Invalid value: \"{}\": for 'Gt', 'Lt' operators, the value must be an "
          "integer",
          value);
    }
  }
  return std::nullopt;
}

// "(a, b)" after in and notin. An empty place between commas is the empty value.
Result<std::vector<std::string>> parse_values(Lexer& lexer) {
  if (const auto open = lexer.take(); open != "(") return unexpected_token(open, "'('");
  std::vector<std::string> values;
  bool expects_value = true;
  while (true) {
    const std::string_view token = lexer.take();
    if (token == ",") {
      if (expects_value) values.emplace_back();
      expects_value = true;
    } else if (token == ")") {
      if (expects_value) values.emplace_back();
      break;
    } else if (Lexer::is_word(token) && expects_value) {
      values.emplace_back(token);
      expects_value = false;
    } else {
      return unexpected_token(token, expects_value ? "',', ')' or identifier" : "',' or ')'");
    }
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

Result<Requirement> parse_requirement(Lexer& lexer) {
  Requirement requirement;
  std::string_view token = lexer.take();
  if (token == "!") {
    requirement.op = Operator::kDoesNotExist;
    token = lexer.take();
  }
  if (!Lexer::is_word(token)) return unexpected_token(token, "identifier");
  requirement.key = token;
  const std::string_view next = lexer.peek();
  if (requirement.op == Operator::kDoesNotExist || next.empty() || next == ",") return requirement;
  lexer.take();
  if (next == "in" || next == "notin") {
    requirement.op = next == "in" ? Operator::kIn : Operator::kNotIn;
    requirement.values = TRY(parse_values(lexer));
    return requirement;
  }
  if (next == "=" || next == "==") {
    requirement.op = Operator::kIn;
  } else if (next == "!=") {
    requirement.op = Operator::kNotIn;
  } else if (next == ">") {
    requirement.op = Operator::kGreaterThan;
  } else if (next == "<") {
    requirement.op = Operator::kLessThan;
  } else {
    return unexpected_token(next, "in, notin, =, ==, !=, gt, lt");
  }
  const std::string_view value = lexer.peek();
  if (Lexer::is_word(value)) {
    requirement.values.emplace_back(lexer.take());
  } else if (value.empty() || value == ",") {
    requirement.values.emplace_back();
  } else {
    return unexpected_token(value, "identifier");
  }
  return requirement;
}

bool holds(const Requirement& requirement, const json::Object& labels) {
  const json::Value* found = json::find(labels, requirement.key);
  const bool there = found != nullptr && found->is_string();
  const std::string_view value = there ? json::view(found->get_string()) : std::string_view();
  const auto listed = [&] {
    return std::binary_search(requirement.values.begin(), requirement.values.end(), value);
  };
  const auto compare = [&](bool greater) {
    const auto left = to_int(value);
    const auto right = to_int(requirement.values.front());
    return there && left && right && (greater ? *left > *right : *left < *right);
  };
  switch (requirement.op) {
    case Operator::kIn:
      return there && listed();
    case Operator::kNotIn:
      return !there || !listed();
    case Operator::kExists:
      return there;
    case Operator::kDoesNotExist:
      return !there;
    case Operator::kGreaterThan:
      return compare(true);
    case Operator::kLessThan:
      return compare(false);
  }
  return false;
}

std::string text_of(const Requirement& requirement) {
  const std::string& key = requirement.key;
  const auto& values = requirement.values;
  switch (requirement.op) {
    case Operator::kIn:
      return values.size() == 1 ? key + "=" + values[0]
                                : fmt::format("{} in ({})", key, fmt::join(values, ","));
    case Operator::kNotIn:
      return values.size() == 1 ? key + "!=" + values[0]
                                : fmt::format("{} notin ({})", key, fmt::join(values, ","));
    case Operator::kExists:
      return key;
    case Operator::kDoesNotExist:
      return "!" + key;
    case Operator::kGreaterThan:
      return key + ">" + values[0];
    case Operator::kLessThan:
      return key + "<" + values[0];
  }
  return {};
}

void sort_by_key(std::vector<Requirement>& requirements) {
  std::stable_sort(requirements.begin(), requirements.end(),
                   [](const auto& a, const auto& b) { return a.key < b.key; });
}

// One of matchExpressions; what is wrong goes to `problems`.
Requirement read_expression(const json::Value& expression, const std::string& path,
                            std::vector<Problem>& problems) {
  Requirement requirement;
  requirement.key = json::string_at(expression, "key");
  for (const json::Value& value : json::array_at(expression, {"values"})) {
    if (value.is_string()) requirement.values.emplace_back(json::view(value.get_string()));
  }
  std::sort(requirement.values.begin(), requirement.values.end());
  const std::string_view op = json::string_at(expression, "operator");
  const bool listed = op == "In" || op == "NotIn";
  if (listed) {
    requirement.op = op == "In" ? Operator::kIn : Operator::kNotIn;
  } else if (op == "Exists" || op == "DoesNotExist") {
    requirement.op = op == "Exists" ? Operator::kExists : Operator::kDoesNotExist;
  } else {
    problems.push_back({path + ".operator",
                        fmt::format("Invalid value: \"{}\": not a valid selector operator", op)});
  }
  if (listed && requirement.values.empty()) {
    problems.push_back({path + ".values",
                        "Required value: must be specified when `operator` is 'In' or 'NotIn'",
                        "FieldValueRequired"});
  } else if (!listed && !requirement.values.empty()) {
    problems.push_back(
        {path + ".values",
         "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
         "FieldValueForbidden"});
  }
  return requirement;
}

// Splits at an unescaped `separator`.
std::vector<std::string_view> split_terms(std::string_view text) {
  std::vector<std::string_view> terms;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '\\') {
      ++i;
    } else if (i >= text.size() || text[i] == ',') {
      if (i > from) terms.push_back(text.substr(from, i - from));
      from = i + 1;
    }
  }
  return terms;
}

Result<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (++i == text.size() || std::string_view("\\,=").find(text[i]) == std::string_view::npos) {
        return fail(
            ErrorCode::kBadRequest,
            fmt::format("invalid field selector: invalid escape sequence in value: {}", text));
      }
    } else if (text[i] == '=') {
      return fail(ErrorCode::kBadRequest,
                  fmt::format("invalid field selector: unescaped character in value: {}", text));
    }
    out += text[i];
  }
  return out;
}

std::string field_text(const json::Value& object, std::string_view path) {
  const json::Value* at = &object;
  while (at != nullptr && !path.empty()) {
    const std::size_t end = std::min(path.find('.'), path.size());
    at = json::find(*at, path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  if (at == nullptr || at->is_null()) return {};
  if (const json::String* text = at->if_string()) return std::string(json::view(*text));
  return json::print(*at);
}

}  // namespace

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
  LabelSelector selector;
  Lexer lexer(text);
  if (lexer.peek().empty()) return selector;
  while (true) {
    Requirement requirement = TRY(parse_requirement(lexer));
    if (const auto fault = fault_of(requirement)) return fail(ErrorCode::kBadRequest, *fault);
    selector.requirements_.push_back(std::move(requirement));
    const std::string_view token = lexer.take();
    if (token.empty()) break;
    if (token != ",") return unexpected_token(token, "',' or 'end of string'");
    const std::string_view next = lexer.peek();
    if (next != "!" && !Lexer::is_word(next)) {
      return unexpected_token(next, "identifier after ','");
    }
  }
  sort_by_key(selector.requirements_);
  return selector;
}

Result<LabelSelector> LabelSelector::from_json(const json::Value& selector, std::string_view path) {
  LabelSelector result;
  if (selector.is_null()) {
    result.nothing_ = true;
    return result;
  }
  std::vector<Problem> problems;
  const std::string base(path);
  const auto add = [&](Requirement requirement, const std::string& where) {
    if (const auto fault = fault_of(requirement)) problems.push_back({where, *fault});
    result.requirements_.push_back(std::move(requirement));
  };
  for (const auto& label : json::object_at(selector, {"matchLabels"})) {
    if (!label.value().is_string()) {
      problems.push_back({base + ".matchLabels", "Invalid value: label values must be strings"});
      continue;
    }
    add({label.key(), Operator::kIn, {std::string(json::view(label.value().get_string()))}},
        base + ".matchLabels");
  }
  std::size_t index = 0;
  for (const json::Value& expression : json::array_at(selector, {"matchExpressions"})) {
    const std::string where = fmt::format("{}.matchExpressions[{}]", path, index++);
    add(read_expression(expression, where, problems), where);
  }
  if (!problems.empty()) {
    std::string message = fmt::format("{}: {}", problems[0].path, problems[0].message);
    return fail(ErrorCode::kInvalid, std::move(message), std::move(problems));
  }
  sort_by_key(result.requirements_);
  return result;
}

bool LabelSelector::matches(const json::Object& labels) const {
  return !nothing_ && std::all_of(requirements_.begin(), requirements_.end(),
                                  [&](const auto& each) { return holds(each, labels); });
}

bool LabelSelector::matches_object(const json::Value& object) const {
  return matches(labels_of(object));
}

std::string LabelSelector::text() const {
  std::string out;
  for (const Requirement& requirement : requirements_) {
    if (!out.empty()) out += ',';
    out += text_of(requirement);
  }
  return out;
}

Result<LabelSelector> from_label_selector(const json::Value& selector) {
  return LabelSelector::from_json(selector);
}

Result<FieldSelector> FieldSelector::parse(std::string_view text,
                                           std::span<const std::string_view> supported) {
  FieldSelector selector;
  for (const std::string_view term : split_terms(text)) {
    const std::size_t at = term.find('=');
    if (at == std::string_view::npos || at == 0) {
      return fail(ErrorCode::kBadRequest,
                  fmt::format("invalid selector: '{}'; can't understand '{}'", text, term));
    }
    const bool not_equal = term[at - 1] == '!';
    const std::size_t value_at = at + (!not_equal && term.substr(at).starts_with("==") ? 2 : 1);
    Term parsed;
    parsed.equal = !not_equal;
    parsed.path = term.substr(0, not_equal ? at - 1 : at);
    parsed.value = TRY(unescape(term.substr(value_at)));
    if (std::find(supported.begin(), supported.end(), parsed.path) == supported.end()) {
      return fail(ErrorCode::kBadRequest,
                  fmt::format("field label not supported: {} (this kind supports {})", parsed.path,
                              fmt::join(supported, ", ")));
    }
    selector.terms_.push_back(std::move(parsed));
  }
  return selector;
}

bool FieldSelector::matches(const json::Value& object) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
    return (field_text(object, term.path) == term.value) == term.equal;
  });
}

const std::string* FieldSelector::required_value(std::string_view path) const {
  for (const Term& term : terms_) {
    if (term.equal && term.path == path) return &term.value;
  }
  return nullptr;
}

}  // namespace firesteel::kube
