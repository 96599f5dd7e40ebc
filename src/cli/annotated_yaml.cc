#include "cli/annotated_yaml.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/json/yaml.h"
#include "cli/console.h"
#include "cli/table.h"
#include "kube/object.h"

namespace firesteel::cli {

namespace {

// Comments are aligned, but not so far away that the eye loses the line.
constexpr std::size_t kMaxColumn = 64;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_inner(const json::Value& value) {
  if (const json::Object* object = value.if_object()) return !object->empty();
  if (const json::Array* array = value.if_array()) return !array->empty();
  return false;
}

// The line of every leaf in document order: how json::print_yaml lays a document out.
class Lines {
 public:
  explicit Lines(const json::Value& document) { walk(document); }
  [[nodiscard]] const std::vector<std::size_t>& of_leaves() const { return leaves_; }

 private:
  void walk(const json::Value& value) {
    if (const json::Object* object = value.if_object()) {
      for (const auto& member : *object) {
        if (is_inner(member.value())) {
          ++line_;  // the key has a line of its own
          walk(member.value());
        } else {
          leaf(member.value());
        }
      }
      return;
    }
    for (const json::Value& item : value.as_array()) {
      // An object begins on the line of its dash, an array below it.
      if (item.is_array() && is_inner(item)) ++line_;
      is_inner(item) ? walk(item) : leaf(item);
    }
  }
  void leaf(const json::Value& value) {
    leaves_.push_back(line_);
    line_ += lines_of(json::print_yaml(json::Object{{"k", value}})).size();
  }

  std::size_t line_ = 0;
  std::vector<std::size_t> leaves_;
};

std::string reason_text(const std::string& reason) {
  if (reason == "operator") return "from the operator";
  return reason == "inferred" ? reason : "from " + reason;
}

// Lines that explain the properties of a file, to stand above it.
std::vector<std::string> property_comments(std::span<const spark::Explanation* const> properties,
                                           std::string_view indentation) {
  std::size_t width = 0;
  const auto key_of = [](const spark::Explanation& one) {
    const std::size_t open = one.path.find('[');
    return one.path.substr(open + 1, one.path.size() - open - 2);
  };
  for (const spark::Explanation* one : properties) {
    width = std::max(width, key_of(*one).size());
  }
  width = std::min(width, kMaxColumn);
  std::vector<std::string> lines;
  for (const spark::Explanation* one : properties) {
    lines.push_back(
        fmt::format("{}# {:<{}}  {}", indentation, key_of(*one), width, reason_text(one->reason)));
  }
  return lines;
}

std::vector<std::string> with_comments(std::vector<std::string> lines,
                                       const std::map<std::size_t, std::string>& comments,
                                       bool coloured) {
  std::size_t column = 0;
  for (const auto& [at, comment] : comments) {
    const std::size_t width = display_width(lines[at]);
    if (width <= kMaxColumn) column = std::max(column, width);
  }
  for (const auto& [at, comment] : comments) {
    const std::size_t width = display_width(lines[at]);
    lines[at].append(width < column ? column - width + 2 : 2, ' ');
    lines[at] += paint("# " + comment, Tone::kFaint, coloured);
  }
  return lines;
}

// One edit script: which lines of both stay, from a table of longest common subsequences.
class Comparison {
 public:
  Comparison(std::vector<std::string> before, std::vector<std::string> after)
      : before_(std::move(before)), after_(std::move(after)) {
    while (first_ < before_.size() && first_ < after_.size() && before_[first_] == after_[first_]) {
      ++first_;
    }
    while (tail_ + first_ < before_.size() && tail_ + first_ < after_.size() &&
           before_[before_.size() - tail_ - 1] == after_[after_.size() - tail_ - 1]) {
      ++tail_;
    }
    for (std::size_t at = 0; at < first_; ++at) add(' ', before_[at]);
    compare_middle();
    for (std::size_t at = before_.size() - tail_; at < before_.size(); ++at) add(' ', before_[at]);
  }
  struct Edit {
    char kind;  // ' ', '-' or '+'
    std::string line;
  };
  [[nodiscard]] const std::vector<Edit>& edits() const { return edits_; }

 private:
  static constexpr std::size_t kMaxCells = 16 * 1024 * 1024;

  void add(char kind, const std::string& line) { edits_.push_back({kind, line}); }

  void compare_middle() {
    const std::size_t rows = before_.size() - first_ - tail_;
    const std::size_t columns = after_.size() - first_ - tail_;
    std::size_t row = 0;
    std::size_t column = 0;
    if ((rows + 1) * (columns + 1) <= kMaxCells) {
      std::vector<std::uint32_t> common((rows + 1) * (columns + 1));
      const auto cell = [&](std::size_t r, std::size_t c) -> std::uint32_t& {
        return common[r * (columns + 1) + c];
      };
      const auto same = [&](std::size_t r, std::size_t c) {
        return before_[first_ + r] == after_[first_ + c];
      };
      for (std::size_t r = rows; r-- > 0;) {
        for (std::size_t c = columns; c-- > 0;) {
          cell(r, c) =
              same(r, c) ? cell(r + 1, c + 1) + 1 : std::max(cell(r + 1, c), cell(r, c + 1));
        }
      }
      while (row < rows && column < columns) {
        if (same(row, column)) {
          add(' ', before_[first_ + row++]);
          ++column;
        } else if (cell(row + 1, column) >= cell(row, column + 1)) {
          add('-', before_[first_ + row++]);
        } else {
          add('+', after_[first_ + column++]);
        }
      }
    }
    while (row < rows) add('-', before_[first_ + row++]);
    while (column < columns) add('+', after_[first_ + column++]);
  }

  const std::vector<std::string> before_;
  const std::vector<std::string> after_;
  std::size_t first_ = 0;
  std::size_t tail_ = 0;
  std::vector<Edit> edits_;
};

Tone tone_of_edit(char kind) {
  return kind == '-' ? Tone::kBad : kind == '+' ? Tone::kGood : Tone::kPlain;
}

}  // namespace

std::string annotated_yaml(const json::Value& object,
                           std::span<const spark::Explanation> explanations, bool coloured) {
  const std::string id =
      fmt::format("{}/{}", json::string_at(object, "kind"), kube::name_of(object));
  std::vector<const spark::Explanation*> leaves;
  std::vector<const spark::Explanation*> properties;
  for (const spark::Explanation& one : explanations) {
    if (one.object != id) continue;
    // "spark.properties[KEY]": not a path of the object, but a line of its file.
    const bool property =
        one.path.substr(0, one.path.find('[')).find(".properties") != one.path.npos;
    (property ? properties : leaves).push_back(&one);
  }
  std::vector<std::string> lines = lines_of(json::print_yaml(object));
  std::map<std::size_t, std::string> comments;
  const Lines layout(object);
  const std::size_t count = std::min(layout.of_leaves().size(), leaves.size());
  for (std::size_t at = 0; at < count; ++at) {
    comments[layout.of_leaves()[at]] = reason_text(leaves[at]->reason);
  }
  lines = with_comments(std::move(lines), comments, coloured);
  const auto file = std::ranges::find_if(
      lines, [](const std::string& line) { return line.starts_with("  spark.properties: |"); });
  if (!properties.empty() && file != lines.end()) {
    std::vector<std::string> above = property_comments(properties, "  ");
    for (std::string& line : above) line = paint(line, Tone::kFaint, coloured);
    lines.insert(file, above.begin(), above.end());
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string unified_diff(std::string_view before, std::string_view after,
                         std::string_view before_name, std::string_view after_name, bool coloured) {
  constexpr std::size_t kContext = 3;
  const Comparison comparison(lines_of(before), lines_of(after));
  const auto& edits = comparison.edits();
  std::vector<bool> kept(edits.size(), false);
  bool any = false;
  for (std::size_t at = 0; at < edits.size(); ++at) {
    if (edits[at].kind == ' ') continue;
    any = true;
    const std::size_t from = at < kContext ? 0 : at - kContext;
    std::fill(kept.begin() + static_cast<std::ptrdiff_t>(from),
              kept.begin() + static_cast<std::ptrdiff_t>(std::min(edits.size(), at + kContext + 1)),
              true);
  }
  if (!any) return "";
  std::string text = paint(fmt::format("--- {}", before_name), Tone::kBold, coloured) + "\n" +
                     paint(fmt::format("+++ {}", after_name), Tone::kBold, coloured) + "\n";
  std::size_t old_line = 1;
  std::size_t new_line = 1;
  for (std::size_t at = 0; at < edits.size(); ++at) {
    const auto& [kind, line] = edits[at];
    if (kept[at]) {
      if (at == 0 || !kept[at - 1]) {
        std::size_t old_count = 0;
        std::size_t new_count = 0;
        for (std::size_t next = at; next < edits.size() && kept[next]; ++next) {
          old_count += edits[next].kind == '+' ? 0 : 1;
          new_count += edits[next].kind == '-' ? 0 : 1;
        }
        text += paint(fmt::format("@@ -{},{} +{},{} @@", old_line, old_count, new_line, new_count),
                      Tone::kFaint, coloured) +
                "\n";
      }
      text += paint(kind + line, tone_of_edit(kind), coloured) + "\n";
    }
    old_line += kind == '+' ? 0 : 1;
    new_line += kind == '-' ? 0 : 1;
  }
  return text;
}

}  // namespace firesteel::cli
