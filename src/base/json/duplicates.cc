#include "base/json/duplicates.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/json/parse.h"

namespace firesteel::json {
namespace {

// One open object or array.
struct Level {
  bool is_object = false;
  std::size_t index = 0;        // of the item, in an array
  std::set<std::string> names;  // of the members so far, in an object
  std::size_t outside = 0;      // how long the path is without it
  std::size_t inside = 0;       // and with its own place
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<std::string> scan() {
    bool name_next = false;  // the next string is a member's name
    for (at_ = 0; at_ < text_.size(); ++at_) {
      switch (text_[at_]) {
        case '{':
        case '[':
          open(text_[at_] == '{');
          name_next = levels_.back().is_object;
          break;
        case '}':
        case ']':
          path_.resize(levels_.back().outside);
          levels_.pop_back();
          break;
        case ',':
          name_next = levels_.back().is_object;
          if (!name_next) ++levels_.back().index;
          break;
        case '"': {
          const std::string_view raw = string();
          if (name_next) member(raw);
          name_next = false;
          break;
        }
        default:
          break;
      }
    }
    return std::move(found_);
  }

 private:
  void open(bool is_object) {
    Level level;
    level.is_object = is_object;
    level.outside = path_.size();
    // An item of an array adds its place to the path of what stands in it.
    if (!levels_.empty() && !levels_.back().is_object) {
      path_ += fmt::format("[{}]", levels_.back().index);
    }
    level.inside = path_.size();
    levels_.push_back(std::move(level));
  }

  // The text between the quotes; `at_` is left on the closing one.
  std::string_view string() {
    const std::size_t begin = ++at_;
    while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    return text_.substr(begin, at_ - begin);
  }

  void member(std::string_view raw) {
    Level& level = levels_.back();
    std::string name(raw);
    if (raw.find('\\') != std::string_view::npos) {
      const auto read = parse(fmt::format("\"{}\"", raw));
      if (read) name = view(read->get_string());
    }
    path_.resize(level.inside);
    path_ += (path_.empty() ? "" : ".") + name;
    const bool fresh = level.names.insert(std::move(name)).second;
    if (!fresh && std::find(found_.begin(), found_.end(), path_) == found_.end()) {
      found_.push_back(path_);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string path_;
  std::vector<Level> levels_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> duplicate_members(std::string_view text) {
  return Scanner(text).scan();
}

}  // namespace firesteel::json
