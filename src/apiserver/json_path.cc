#include "apiserver/json_path.h"

#include <boost/json/array.hpp>
#include <charconv>

#include "base/json/parse.h"

namespace firesteel::apiserver {
namespace {

constexpr std::size_t kMaxPathBytes = 4096;

std::optional<double> number_of(const json::Value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_double()) return value.get_double();
  return std::nullopt;
}

// -1, 0, 1; nothing when the two cannot be ordered.
std::optional<int> compare(const json::Value& left, const json::Value& right) {
  if (const auto a = number_of(left), b = number_of(right); a && b) {
    return *a < *b ? -1 : (*a > *b ? 1 : 0);
  }
  if (left.is_string() && right.is_string()) {
    const int order = json::view(left.get_string()).compare(json::view(right.get_string()));
    return order < 0 ? -1 : (order > 0 ? 1 : 0);
  }
  if (left.is_bool() && right.is_bool()) return left.get_bool() == right.get_bool() ? 0 : 1;
  return std::nullopt;
}

}  // namespace

class JsonPath::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::vector<Step>> run() {
    if (text_.size() > kMaxPathBytes) return wrong("is longer than 4096 bytes");
    strip_braces();
    if (text_.starts_with('$')) ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] == '.') {
        TRY(dotted());
      } else if (text_[at_] == '[') {
        ++at_;
        TRY(bracketed());
      } else if (at_ == 0) {
        TRY(name_step(false));  // "spec.x": the leading dot may be left out
      } else {
        return wrong("expects . or [");
      }
    }
    return std::move(steps_);
  }

 private:
  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(ErrorCode::kInvalid,
                fmt::format("JSONPath \"{}\" {} at character {}", text_, what, at_ + 1));
  }

  void strip_braces() {
    if (text_.starts_with('{') && text_.ends_with('}')) text_ = text_.substr(1, text_.size() - 2);
  }

  Result<void> dotted() {
    ++at_;
    const bool recursive = at_ < text_.size() && text_[at_] == '.';
    if (recursive) ++at_;
    if (at_ == text_.size()) return {};  // "." alone is the root
    if (text_[at_] == '[') return {};    // ".[0]"
    return name_step(recursive);
  }

  Result<void> name_step(bool recursive) {
    std::string name;
    while (at_ < text_.size() && text_[at_] != '.' && text_[at_] != '[') {
      if (text_[at_] == ']') return wrong("has an unexpected ]");
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      name += text_[at_++];
    }
    if (name.empty()) return wrong("expects a field name");
    if (name == "*") {
      steps_.emplace_back(All{});
    } else if (recursive) {
      steps_.emplace_back(Recursive{std::move(name)});
    } else {
      steps_.emplace_back(Field{std::move(name)});
    }
    return {};
  }

  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  Result<void> expect(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return wrong(fmt::format("expects {}", c));
    ++at_;
    return {};
  }

  Result<std::string> quoted() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_++];
    }
    TRY(expect(quote));
    return out;
  }

  Result<void> bracketed() {
    skip_spaces();
    if (at_ >= text_.size()) return wrong("ends inside [ ]");
    const char first = text_[at_];
    if (first == '\'' || first == '"') {
      steps_.emplace_back(Field{TRY(quoted())});
    } else if (first == '*') {
      ++at_;
      steps_.emplace_back(All{});
    } else if (first == '?') {
      ++at_;
      TRY(filter());
    } else {
      TRY(slice());
    }
    return expect(']');
  }

  bool number(std::int64_t& out) {
    skip_spaces();
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), out);
    if (error != std::errc()) return false;
    at_ += static_cast<std::size_t>(end - begin);
    return true;
  }

  Result<void> slice() {
    Slice step;
    const bool has_from = number(step.from);
    skip_spaces();
    if (at_ < text_.size() && text_[at_] == ':') {
      ++at_;
      step.has_to = number(step.to);
    } else if (has_from) {
      step.single = true;
    } else {
      return wrong("expects an index, a quoted name, * or ?( ) in [ ]");
    }
    steps_.emplace_back(step);
    return {};
  }

  // (@.a.b == "text")
  Result<void> filter() {
    TRY(expect('('));
    TRY(expect('@'));
    Filter step;
    while (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == '[')) {
      TRY(filter_name(step));
    }
    skip_spaces();
    for (const std::string_view word : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      step.comparison = word;
      at_ += word.size();
      TRY(operand(step));
      break;
    }
    TRY(expect(')'));
    steps_.emplace_back(std::move(step));
    return {};
  }

  Result<void> filter_name(Filter& step) {
    if (text_[at_++] == '[') {
      skip_spaces();
      if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) {
        return wrong("expects a quoted name");
      }
      step.path.push_back(TRY(quoted()));
      return expect(']');
    }
    std::string name;
    constexpr std::string_view kEnd = ".[ =!<>)";
    while (at_ < text_.size() && kEnd.find(text_[at_]) == std::string_view::npos) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      name += text_[at_++];
    }
    if (!name.empty()) step.path.push_back(std::move(name));
    return {};
  }

  Result<void> operand(Filter& step) {
    skip_spaces();
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) {
      step.operand = json::Value(TRY(quoted()));
      return {};
    }
    const std::size_t end = std::min(text_.find(')', at_), text_.size());
    std::string_view word = text_.substr(at_, end - at_);
    while (word.ends_with(' ')) word.remove_suffix(1);
    Result<json::Value> literal = json::parse(word);
    if (!literal || literal->is_structured()) return wrong("expects a string, number or boolean");
    step.operand = std::move(*literal);
    at_ = end;
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Step> steps_;
};

namespace {

void collect_named(const json::Value& at, std::string_view name,
                   std::vector<const json::Value*>& out) {
  if (const json::Object* object = at.if_object()) {
    for (const auto& [key, value] : *object) {
      if (std::string_view(key.data(), key.size()) == name) out.push_back(&value);
      collect_named(value, name, out);
    }
  } else if (const json::Array* array = at.if_array()) {
    for (const json::Value& item : *array) collect_named(item, name, out);
  }
}

void collect_all(const json::Value& at, std::vector<const json::Value*>& out) {
  if (const json::Object* object = at.if_object()) {
    for (const auto& member : *object) out.push_back(&member.value());
  } else if (const json::Array* array = at.if_array()) {
    for (const json::Value& item : *array) out.push_back(&item);
  }
}

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  JsonPath path;
  path.steps_ = TRY(Parser(text).run());
  return path;
}

bool JsonPath::matches(const Filter& filter, const json::Value& element) {
  const json::Value* left = &element;
  for (const std::string& name : filter.path) {
    left = json::find(*left, name);
    if (left == nullptr) return false;
  }
  if (filter.comparison.empty()) return true;
  const std::optional<int> order = compare(*left, filter.operand);
  if (!order) return filter.comparison == "!=";
  if (filter.comparison == "==") return *order == 0;
  if (filter.comparison == "!=") return *order != 0;
  if (filter.comparison == "<") return *order < 0;
  if (filter.comparison == ">") return *order > 0;
  if (filter.comparison == "<=") return *order <= 0;
  return *order >= 0;
}

void JsonPath::walk(const Step& step, const json::Value& at, std::vector<const json::Value*>& out) {
  if (const auto* field = std::get_if<Field>(&step)) {
    if (const json::Value* found = json::find(at, field->name)) out.push_back(found);
  } else if (const auto* recursive = std::get_if<Recursive>(&step)) {
    collect_named(at, recursive->name, out);
  } else if (std::holds_alternative<All>(step)) {
    collect_all(at, out);
  } else if (const json::Array* array = at.if_array()) {
    const auto size = static_cast<std::int64_t>(array->size());
    if (const auto* slice = std::get_if<Slice>(&step)) {
      const auto absolute = [&](std::int64_t index) { return index < 0 ? index + size : index; };
      const std::int64_t from = absolute(slice->from);
      std::int64_t to = slice->has_to ? absolute(slice->to) : size;
      if (slice->single) to = from + 1;
      for (std::int64_t i = std::max<std::int64_t>(from, 0); i < std::min(to, size); ++i) {
        if (from >= 0 || !slice->single) out.push_back(&(*array)[static_cast<std::size_t>(i)]);
      }
    } else if (const auto* filter = std::get_if<Filter>(&step)) {
      for (const json::Value& item : *array) {
        if (matches(*filter, item)) out.push_back(&item);
      }
    }
  }
}

std::vector<const json::Value*> JsonPath::find(const json::Value& root) const {
  std::vector<const json::Value*> found{&root};
  for (const Step& step : steps_) {
    std::vector<const json::Value*> next;
    for (const json::Value* at : found) walk(step, *at, next);
    found = std::move(next);
    if (found.empty()) break;
  }
  return found;
}

}  // namespace firesteel::apiserver
