#include "base/json/yaml.h"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <cmath>
#include <sstream>

#include "base/json/parse.h"
#include "base/json/utf8.h"
#include "base/json/yaml_scalar.h"

namespace firesteel::json {
namespace {

// yaml-cpp reads the escapes \N and \_ as the bytes 85 and A0, which are no UTF-8: U+0085 and
// U+00A0 are meant. Nothing else can break it, for the text was checked.
std::string mended(std::string text) {
  for (std::size_t at = utf8_prefix(text); at < text.size();
       at += utf8_prefix(std::string_view(text).substr(at))) {
    text.insert(at, 1, '\xc2');
  }
  return text;
}

constexpr std::size_t kMaxNodes = 1'000'000;

// Leaves yaml-cpp's parser from within an event; caught in this file.
struct Refused {
  YAML::Mark mark;
  std::string why;
};

Error positioned(const YAML::Mark& mark, std::string_view why) {
  if (mark.is_null()) {
    return Error{ErrorCode::kBadRequest, fmt::format("invalid YAML: {}", why), {}};
  }
  return Error{
      ErrorCode::kBadRequest,
      fmt::format("invalid YAML: line {}, column {}: {}", mark.line + 1, mark.column + 1, why),
      {}};
}

// yaml-cpp hands out text that belongs to no document ("," or "]" on its own) as empty documents,
// the same for ever: every document must start after the one before, at the start of a line.
class Progress {
 public:
  void document_starts(const YAML::Mark& mark) {
    if (last_ >= 0 && (mark.pos <= last_ || mark.column != 0)) {
      throw Refused{mark, "text that belongs to no document"};
    }
    last_ = mark.pos;
  }

 private:
  int last_ = -1;
};

std::size_t count_nodes(const Value& value) {
  std::size_t count = 1;
  if (const Array* array = value.if_array()) {
    for (const Value& item : *array) count += count_nodes(item);
  } else if (const Object* object = value.if_object()) {
    for (const auto& member : *object) count += count_nodes(member.value());
  }
  return count;
}

std::size_t depth_of(const Value& value) {
  std::size_t deepest = 0;
  if (const Array* array = value.if_array()) {
    for (const Value& item : *array) deepest = std::max(deepest, depth_of(item));
    return deepest + 1;
  }
  if (const Object* object = value.if_object()) {
    for (const auto& member : *object) deepest = std::max(deepest, depth_of(member.value()));
    return deepest + 1;
  }
  return 0;
}

Value resolve_scalar(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
  constexpr std::string_view kCore = "tag:yaml.org,2002:";
  if (tag == "!" || tag == "tag:yaml.org,2002:str") return Value(text);
  const bool core = std::string_view(tag).starts_with(kCore);
  if (!tag.empty() && tag != "?" && !core) throw Refused{mark, "unsupported tag " + tag};
  Value value = resolve_plain_scalar(text);
  if (core) {
    const std::string_view wanted = std::string_view(tag).substr(kCore.size());
    if (wanted == "float" && value.is_int64()) return value;
    const bool fits = (wanted == "int" && (value.is_int64() || value.is_uint64())) ||
                      (wanted == "float" && value.is_double()) ||
                      (wanted == "bool" && value.is_bool()) ||
                      (wanted == "null" && value.is_null()) || wanted == "timestamp";
    if (!fits) throw Refused{mark, fmt::format("\"{}\" is not a !!{}", text, wanted)};
    if (wanted == "timestamp") return Value(text);
  }
  if (const double* number = value.if_double(); number != nullptr && !std::isfinite(*number)) {
    throw Refused{mark,
                  fmt::format("{} cannot be written in JSON; quote it to make it a string", text)};
  }
  return value;
}

std::string key_text(const YAML::Mark& mark, const Value& key) {
  if (const String* text = key.if_string()) return std::string(view(*text));
  if (const bool* flag = key.if_bool()) return *flag ? "true" : "false";
  if (const auto* number = key.if_int64()) return std::to_string(*number);
  if (const auto* number = key.if_uint64()) return std::to_string(*number);
  if (const auto* number = key.if_double()) return fmt::format("{}", *number);
  throw Refused{mark, "a key must be a string, a number or a boolean"};
}

// Builds the JSON value of one document from yaml-cpp's events.
class ValueBuilder final : public YAML::EventHandler {
 public:
  explicit ValueBuilder(Progress& progress) : progress_(progress) {}
  void OnDocumentStart(const YAML::Mark& mark) override { progress_.document_starts(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, Value(), anchor, false);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    add(mark, resolve_scalar(mark, tag, mended(text)), anchor, tag == "?" && text == "<<");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{mark, "an anchor that contains itself"};
    nodes_ += found->second.nodes;
    check_size(mark);
    if (frames_.size() + found->second.depth > kMaxDepth) too_deep(mark);
    add(mark, found->second.value, YAML::NullAnchor, false);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, Value(boost::json::array_kind), anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, Value(boost::json::object_kind), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  [[nodiscard]] Value take() { return std::move(root_); }
  [[nodiscard]] int line() const { return first_.line + 1; }

 private:
  struct Frame {
    Value value;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    std::string key;
    bool has_key = false;
    bool merging = false;  // the pending key is <<
    std::vector<Value> merged;
  };
  struct Anchored {
    Value value;
    std::size_t nodes;
    std::size_t depth;
  };

  [[noreturn]] static void too_deep(const YAML::Mark& mark) {
    throw Refused{mark, fmt::format("nested deeper than {} levels", kMaxDepth)};
  }
  void check_size(const YAML::Mark& mark) const {
    if (nodes_ > kMaxNodes) {
      throw Refused{mark, fmt::format("more than {} values after aliases are resolved", kMaxNodes)};
    }
  }

  void open(const YAML::Mark& mark, Value value, YAML::anchor_t anchor) {
    if (frames_.size() >= kMaxDepth) too_deep(mark);
    if (expects_key()) throw Refused{mark, "a key must be a string, a number or a boolean"};
    if (frames_.empty()) first_ = mark;
    frames_.push_back({std::move(value), mark, anchor, {}, false, false, {}});
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    for (const Value& merged : frame.merged) {
      for (const auto& member : merged.get_object()) {
        frame.value.get_object().insert(member);  // what is there already wins
      }
    }
    add(frame.mark, std::move(frame.value), frame.anchor, false);
  }

  [[nodiscard]] bool expects_key() const {
    return !frames_.empty() && frames_.back().value.is_object() && !frames_.back().has_key;
  }

  void add(const YAML::Mark& mark, Value value, YAML::anchor_t anchor, bool merge_key) {
    ++nodes_;
    check_size(mark);
    if (anchor != YAML::NullAnchor) {
      anchors_[anchor] = {value, count_nodes(value), depth_of(value)};
    }
    if (frames_.empty()) {
      if (!value.is_structured()) first_ = mark;
      root_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    if (Array* array = frame.value.if_array()) {
      array->push_back(std::move(value));
    } else if (!frame.has_key) {
      frame.has_key = true;
      frame.merging = merge_key;
      if (!merge_key) set_key(mark, frame, value);
    } else {
      frame.has_key = false;
      if (frame.merging) {
        add_merged(mark, frame, std::move(value));
      } else {
        frame.value.get_object()[frame.key] = std::move(value);
      }
    }
  }

  static void set_key(const YAML::Mark& mark, Frame& frame, const Value& key) {
    frame.key = key_text(mark, key);
    if (frame.value.get_object().contains(frame.key)) {
      throw Refused{mark, fmt::format("key \"{}\" is there twice", frame.key)};
    }
  }

  static void add_merged(const YAML::Mark& mark, Frame& frame, Value value) {
    if (value.is_object()) {
      frame.merged.push_back(std::move(value));
      return;
    }
    const Array* array = value.if_array();
    const bool maps = array != nullptr && std::all_of(array->begin(), array->end(),
                                                      [](auto& item) { return item.is_object(); });
    if (!maps) throw Refused{mark, "<< needs a map or a list of maps"};
    for (const Value& item : *array) frame.merged.push_back(item);
  }

  Progress& progress_;
  YAML::Mark first_;
  Value root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
};

// Where things stand in one document.
struct Place {
  int line = 1;
  std::map<std::string, Place, std::less<>> members;
  std::vector<Place> items;
};

class PlaceBuilder final : public YAML::EventHandler {
 public:
  explicit PlaceBuilder(Progress& progress) : progress_(progress) {}
  void OnDocumentStart(const YAML::Mark& mark) override { progress_.document_starts(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { leaf(mark, "null"); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { leaf(mark, ""); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& text) override {
    leaf(mark, text);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, false);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, true);
  }
  void OnSequenceEnd() override { frames_.pop_back(); }
  void OnMapEnd() override { frames_.pop_back(); }

  [[nodiscard]] const Place& root() const { return root_; }

 private:
  struct Frame {
    Place* place;
    bool map;
    bool has_key = false;
    std::string key;
    int key_line = 0;
  };

  // The place of the value that starts now: on its key's line when it is a member.
  Place* next(const YAML::Mark& mark) {
    if (frames_.empty()) {
      root_.line = mark.line + 1;
      return &root_;
    }
    Frame& frame = frames_.back();
    if (!frame.map) {
      frame.place->items.push_back({mark.line + 1, {}, {}});
      return &frame.place->items.back();
    }
    frame.has_key = false;
    Place& place = frame.place->members[frame.key];
    place.line = frame.key_line;
    return &place;
  }
  void open(const YAML::Mark& mark, bool map) {
    Place* place = next(mark);
    frames_.push_back({place, map, false, {}, 0});
  }
  void leaf(const YAML::Mark& mark, const std::string& text) {
    if (!frames_.empty() && frames_.back().map && !frames_.back().has_key) {
      frames_.back().has_key = true;
      frames_.back().key = text;
      frames_.back().key_line = mark.line + 1;
      return;
    }
    next(mark);
  }

  Progress& progress_;
  Place root_;
  std::vector<Frame> frames_;
};

// yaml-cpp takes byte 4 for the end of the text and lets broken UTF-8 pass: refuse both before it
// sees them.
std::optional<Error> check_characters(std::string_view text) {
  YAML::Mark mark;
  mark.line = mark.column = 0;
  const std::size_t fine = utf8_prefix(text);
  for (const char c : text.substr(0, fine)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f) {
      return positioned(mark, fmt::format("control character 0x{:02x}", byte));
    }
    ++mark.column;
    if (byte == '\n') {
      ++mark.line;
      mark.column = 0;
    }
  }
  if (fine < text.size()) return positioned(mark, "invalid UTF-8");
  return std::nullopt;
}

// Most of what arrives on the wire is JSON, whose own parser is an order of magnitude faster.
std::optional<YamlDocument> parse_as_json(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text[start] != '{') return std::nullopt;
  Result<Value> value = parse(text);
  if (!value) return std::nullopt;
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(start), '\n');
  return YamlDocument{std::move(*value), static_cast<int>(line)};
}

// The name of the next step of a path, which may itself contain dots: the shortest member that the
// path starts with.
const Place* step(const Place& place, std::string_view& path) {
  if (path.starts_with('.')) path.remove_prefix(1);
  if (path.starts_with('[')) {
    const std::size_t end = path.find(']');
    if (end == std::string_view::npos) return nullptr;
    const std::string_view inside = path.substr(1, end - 1);
    path.remove_prefix(end + 1);
    std::size_t index = 0;
    const auto parsed = std::from_chars(inside.data(), inside.data() + inside.size(), index);
    if (parsed.ptr == inside.data() + inside.size() && index < place.items.size()) {
      return &place.items[index];
    }
    const auto member = place.members.find(inside);
    return member == place.members.end() ? nullptr : &member->second;
  }
  for (std::size_t end = path.find_first_of(".["); !path.empty();
       end = path.find_first_of(".[", end + 1)) {
    const auto member = place.members.find(path.substr(0, end));
    if (member != place.members.end()) {
      path.remove_prefix(std::min(end, path.size()));
      return &member->second;
    }
    if (end == std::string_view::npos) break;
  }
  return nullptr;
}

}  // namespace

Result<std::vector<YamlDocument>> parse_yaml(std::string_view text) {
  std::vector<YamlDocument> documents;
  if (auto document = parse_as_json(text)) {
    documents.push_back(std::move(*document));
    return documents;
  }
  if (auto error = check_characters(text)) return std::unexpected(std::move(*error));
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Progress progress;
    while (true) {
      ValueBuilder builder(progress);
      if (!parser.HandleNextDocument(builder)) break;
      Value value = builder.take();
      if (!value.is_null()) documents.push_back({std::move(value), builder.line()});
    }
  } catch (const Refused& refused) {
    return std::unexpected(positioned(refused.mark, refused.why));
  } catch (const YAML::Exception& error) {
    return std::unexpected(positioned(error.mark, error.msg));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kBadRequest, fmt::format("invalid YAML: {}", error.what()));
  }
  return documents;
}

int line_of(std::string_view text, int document_line, std::string_view path) {
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Progress progress;
    while (true) {
      PlaceBuilder next(progress);
      if (!parser.HandleNextDocument(next)) return document_line;
      if (next.root().line < document_line) continue;
      const Place* place = &next.root();
      int line = place->line;
      while (!path.empty() && place != nullptr) {
        place = step(*place, path);
        if (place != nullptr) line = place->line;
      }
      return line;
    }
  } catch (const Refused&) {
    return document_line;  // the text was not one that parse_yaml accepted
  } catch (const std::exception&) {
    return document_line;
  }
}

}  // namespace firesteel::json
