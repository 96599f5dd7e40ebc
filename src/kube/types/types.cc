#include "kube/types/types.h"

#include <fmt/core.h>

#include <set>

#include "base/check.h"
#include "kube/types/text.h"

namespace firesteel::kube {
namespace {

using Kind = FieldType::Kind;

struct Scalar {
  std::string_view name;
  Kind kind;
  std::string_view go_name;
};
constexpr Scalar kScalars[] = {{"string", Kind::kString, "string"},
                               {"bool", Kind::kBool, "bool"},
                               {"int32", Kind::kInt32, "int32"},
                               {"int64", Kind::kInt64, "int64"},
                               {"float64", Kind::kDouble, "float64"},
                               {"bytes", Kind::kBytes, "[]uint8"},
                               {"any", Kind::kAny, "interface {}"},
                               {"Time", Kind::kTime, "string"},
                               {"MicroTime", Kind::kMicroTime, "string"},
                               {"Quantity", Kind::kQuantity, "resource.Quantity"},
                               {"IntOrString", Kind::kIntOrString, "intstr.IntOrString"}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

// The part of `text` before `mark`, which is taken off; all of it when there is none.
std::string_view take_until(std::string_view& text, char mark) {
  const std::size_t end = text.find(mark);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return trimmed(part);
}

bool take(std::string_view& text, std::string_view mark) {
  if (!text.starts_with(mark)) return false;
  text.remove_prefix(mark.size());
  return true;
}

struct Declaration {
  StructType* owner = nullptr;
  std::string_view fields;
};

// All types, by "group/version.Name". Reads the description in two passes: names, then fields.
class Catalog {
 public:
  Catalog() {
    for (const std::string_view text :
         {kMetaTypes, kPodTypes, kVolumeTypes, kCoreTypes, kWorkloadTypes, kExtensionTypes}) {
      declare(text);
    }
    for (const Declaration& declaration : declarations_) define(declaration);
    declarations_.clear();
  }

  [[nodiscard]] const StructType* find(std::string_view scope, std::string_view name) const {
    const auto found = structures_.find(fmt::format("{}.{}", scope, name));
    return found == structures_.end() ? nullptr : found->second.get();
  }

 private:
  void declare(std::string_view text) {
    while (!text.empty()) {
      std::size_t end = text.find('\n');
      while (end != std::string_view::npos && text.substr(end + 1).starts_with("  ")) {
        end = text.find('\n', end + 1);
      }
      declare_one(trimmed(text.substr(0, end)));
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
  }

  void declare_one(std::string_view line) {
    if (line.empty()) return;
    if (take(line, "= ")) {
      scope_ = take_until(line, ' ');
      package_ = line;
      return;
    }
    const std::size_t equals = line.find(" = ");
    if (equals != std::string_view::npos && line.find(':') == std::string_view::npos) {
      aliases_[fmt::format("{}.{}", scope_, line.substr(0, equals))] = line.substr(equals + 3);
      return;
    }
    auto made = std::make_unique<StructType>();
    made->is_kind = take(line, "kind ");
    std::string_view name = take_until(line, ':');
    made->atomic = name.ends_with('%');
    if (made->atomic) name.remove_suffix(1);
    made->name = name;
    std::string_view scope = scope_;
    made->group = take_until(scope, '/');
    made->version = scope;
    made->package = package_;
    declarations_.push_back({made.get(), line});
    structures_[fmt::format("{}.{}", scope_, name)] = std::move(made);
  }

  void define(const Declaration& declaration) {
    StructType& owner = *declaration.owner;
    const std::string scope = owner.group + "/" + owner.version;
    if (owner.is_kind) {
      for (const std::string_view common :
           {"apiVersion string", "kind string", "metadata ObjectMeta"}) {
        owner.fields.push_back(field_of(scope, common));
      }
    }
    for (std::string_view rest = declaration.fields; !rest.empty();) {
      owner.fields.push_back(field_of(scope, take_until(rest, ';')));
    }
    for (std::size_t i = 0; i < owner.fields.size(); ++i) owner.index[owner.fields[i].name] = i;
  }

  Field field_of(std::string_view scope, std::string_view text) {
    Field field;
    std::string_view name = take_until(text, ' ');
    field.required = name.ends_with('!');
    field.always = field.required || name.ends_with('+');
    if (field.always) name.remove_suffix(1);
    field.name = name;
    std::string_view type = trimmed(text);
    if (const std::size_t at = type.find('='); at != std::string_view::npos) {
      field.otherwise = type.substr(at + 1);
      type = type.substr(0, at);
    }
    field.type = type_of(scope, type);
    return field;
  }

  // What stands behind the type: "(name)~", "(a,b)-", "(^a)", "(set+)".
  static void read_suffix(std::string_view& text, FieldType& type) {
    if (text.ends_with('~')) {
      type.retain_keys = true;
      text.remove_suffix(1);
    }
    const bool apply_only = text.ends_with('-');
    if (apply_only) text.remove_suffix(1);
    if (!text.ends_with(')')) return;
    const std::size_t open = text.rfind('(');
    std::string_view keys = text.substr(open + 1, text.size() - open - 2);
    text = text.substr(0, open);
    if (keys == "set" || keys == "set+") {
      type.set = true;
      type.merged_set = keys == "set+";
    } else if (take(keys, "^")) {
      type.merge_key = keys;
    } else {
      while (!keys.empty()) type.keys.emplace_back(take_until(keys, ','));
      if (!apply_only) type.merge_key = type.keys.front();
    }
  }

  FieldType type_of(std::string_view scope, std::string_view text) {
    FieldType type;
    read_suffix(text, type);
    type.pointer = take(text, "*");
    type.atomic = take(text, "%");
    for (const auto& [mark, kind] : {std::pair<std::string_view, Kind>{"[]", Kind::kList},
                                     std::pair<std::string_view, Kind>{"{}", Kind::kMap}}) {
      if (!take(text, mark)) continue;
      type.kind = kind;
      type.items = std::make_shared<const FieldType>(type_of(scope, text));
      type.go_name = (kind == Kind::kList ? "[]" : "map[string]") + type.items->go_name;
      return type;
    }
    const bool either = take(text, "?");
    for (const Scalar& scalar : kScalars) {
      if (scalar.name != text) continue;
      type.kind = scalar.kind;
      type.go_name = scalar.go_name;
      return type;
    }
    return named(scope, text, std::move(type), either);
  }

  FieldType named(std::string_view scope, std::string_view name, FieldType type, bool either) {
    for (const std::string_view where :
         {scope, std::string_view("/v1"), std::string_view("meta.k8s.io/v1")}) {
      const std::string key = fmt::format("{}.{}", where, name);
      const std::string version(where.substr(where.find('/') + 1));
      if (const auto alias = aliases_.find(key); alias != aliases_.end()) {
        FieldType aliased = type_of(where, alias->second);
        aliased.pointer = type.pointer;
        aliased.atomic = type.atomic;
        aliased.go_name = version + "." + std::string(name);
        return aliased;
      }
      if (const auto found = structures_.find(key); found != structures_.end()) {
        type.kind = either ? Kind::kEither : Kind::kStruct;
        type.structure = found->second.get();
        type.go_name = version + "." + std::string(name);
        return type;
      }
    }
    ASSERT(false, "the description names a type that it does not have");
    return type;
  }

  std::string_view scope_;
  std::string_view package_;
  std::map<std::string, std::string_view, std::less<>> aliases_;
  std::map<std::string, std::unique_ptr<StructType>, std::less<>> structures_;
  std::vector<Declaration> declarations_;
};

const Catalog& catalog() {
  static const Catalog made;
  return made;
}

FieldRule rule_of_type(const FieldType& type) {
  FieldRule rule;
  rule.merge_key = type.merge_key;
  const bool whole = type.structure != nullptr && type.structure->atomic;
  if (type.atomic || (type.kind == Kind::kStruct && whole)) rule.kind = FieldRule::Kind::kAtomic;
  if (type.kind == Kind::kAny) rule.kind = FieldRule::Kind::kAtomic;
  if (type.kind != Kind::kList) return rule;
  if (type.set) rule.kind = FieldRule::Kind::kSet;
  rule.merged_set = type.merged_set;
  if (type.keys.empty()) return rule;
  rule.kind = FieldRule::Kind::kKeyedList;
  for (const std::string& key : type.keys) {
    const Field* field = type.items->structure->field(key);
    rule.keys.push_back({key, field == nullptr ? "" : field->otherwise});
  }
  return rule;
}

}  // namespace

const Field* StructType::field(std::string_view wanted) const {
  const auto found = index.find(wanted);
  return found == index.end() ? nullptr : &fields[found->second];
}

const StructType* find_kind(std::string_view api_version, std::string_view kind) {
  const bool core = api_version.find('/') == std::string_view::npos;
  const StructType* found =
      catalog().find(core ? "/" + std::string(api_version) : std::string(api_version), kind);
  return found != nullptr && found->is_kind ? found : nullptr;
}

const StructType& object_meta() {
  static const StructType& found = *catalog().find("meta.k8s.io/v1", "ObjectMeta");
  return found;
}

FieldRule rule_of(const StructType* kind, FieldPath path) {
  if (path.empty()) return {};
  const StructType* owner = kind;
  if (path.front() == "metadata") {
    if (path.size() == 1) return {};
    owner = &object_meta();
    path = path.subspan(1);
  }
  const FieldType* type = nullptr;
  for (const std::string_view name : path) {
    if (type != nullptr && type->kind == Kind::kMap) {
      type = type->items.get();
    } else {
      const Field* field = owner == nullptr ? nullptr : owner->field(name);
      if (field == nullptr) return {};
      type = &field->type;
    }
    const FieldType* inner = type->kind == Kind::kList ? type->items.get() : type;
    owner = inner->structure;
  }
  return rule_of_type(*type);
}

}  // namespace firesteel::kube
