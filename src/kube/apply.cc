#include "kube/apply.h"

#include <fmt/core.h>

#include "base/json/print.h"
#include "kube/field_set.h"
#include "kube/managed_fields.h"
#include "kube/object.h"
#include "kube/types/types.h"

namespace firesteel::kube {
namespace {

constexpr std::string_view kBeforeFirstApply = "before-first-apply";
// What the server owns: taken from the live object, whatever was applied.
constexpr std::string_view kServerMetadata[] = {
    "uid",      "creationTimestamp", "resourceVersion",   "generation",
    "selfLink", "managedFields",     "deletionTimestamp", "deletionGracePeriodSeconds"};

// A null says nothing in an apply: typed Kubernetes objects lose it when decoded.
json::Value without_nulls(const json::Value& value) {
  if (const json::Object* object = value.if_object()) {
    json::Object result;
    for (const auto& member : *object) {
      if (!member.value().is_null()) result[member.key()] = without_nulls(member.value());
    }
    return result;
  }
  const json::Array* array = value.if_array();
  if (array == nullptr) return value;
  json::Array result;
  for (const json::Value& item : *array) result.push_back(without_nulls(item));
  return result;
}

void set_server_metadata(json::Value& object, const json::Value* live) {
  json::Object& metadata = json::make_object(object, {"metadata"});
  for (const std::string_view key : kServerMetadata) {
    const json::Value* value = live == nullptr ? nullptr : json::find(*live, {"metadata", key});
    if (value == nullptr) {
      json::remove(metadata, key);
    } else {
      metadata[key] = *value;
    }
  }
}

std::vector<ManagedEntry> entries_of(const json::Value* live, const ApplyTypes& types) {
  if (live == nullptr) return {};
  std::vector<ManagedEntry> entries = read_managed_fields(*live);
  if (!entries.empty()) return entries;
  ManagedEntry entry;
  entry.manager = kBeforeFirstApply;
  entry.api_version = json::string_at(*live, "apiVersion");
  entry.time = json::string_at(*live, {"metadata", "creationTimestamp"});
  entry.fields = FieldWalker(types).fields_of(*live);
  strip_unowned(entry.fields);
  entries.push_back(std::move(entry));
  return entries;
}

// An applier is known by its name alone, whatever version it applied. Source: apimachinery's
// managedfields, BuildManagerIdentifier and printManager.
std::string shown(const ManagedEntry& entry) {
  std::string who = fmt::format("\"{}\"", entry.manager);
  if (!entry.subresource.empty()) {
    who += fmt::format(" with subresource \"{}\"", entry.subresource);
  }
  if (!entry.apply) who += " using " + entry.api_version;
  return who;
}

Error conflict_error(const std::vector<std::pair<const ManagedEntry*, FieldSet>>& conflicts) {
  Error error{ErrorCode::kConflict, "", {}};
  std::string listed;
  for (const auto& [entry, fields] : conflicts) {
    const std::string who = shown(*entry);
    const std::vector<std::string> paths = fields.paths();
    listed += paths.size() == 1 ? fmt::format("conflict with {}: {}", who, paths.front())
                                : fmt::format("conflicts with {}:", who);
    for (const std::string& path : paths) {
      if (paths.size() > 1) listed += "\n- " + path;
      error.problems.push_back({path, "conflict with " + who, "FieldManagerConflict"});
    }
    if (entry != conflicts.back().first) listed += '\n';
  }
  error.message = fmt::format("Apply failed with {} conflict{}: {}", error.problems.size(),
                              error.problems.size() == 1 ? "" : "s", listed);
  return error;
}

// Takes what `changed` has from the other managers when forced, else says who is in the way.
Result<void> resolve_conflicts(std::vector<ManagedEntry>& others, const FieldSet& changed,
                               bool force) {
  std::vector<std::pair<const ManagedEntry*, FieldSet>> conflicts;
  for (ManagedEntry& entry : others) {
    FieldSet both = entry.fields.intersection(changed);
    if (both.empty()) continue;
    if (force) {
      entry.fields.subtract(both);
    } else {
      conflicts.emplace_back(&entry, std::move(both));
    }
  }
  if (conflicts.empty()) return {};
  return std::unexpected(conflict_error(conflicts));
}

Result<void> check_preconditions(const json::Value* live, const json::Value& applied) {
  if (!applied.is_object()) return fail(ErrorCode::kBadRequest, "apply: expected an object");
  if (!json::array_at(applied, {"metadata", "managedFields"}).empty()) {
    return fail(ErrorCode::kBadRequest, "metadata.managedFields must be nil");
  }
  const std::string_view uid = uid_of(applied);
  const std::string_view version = resource_version_of(applied);
  if (!uid.empty() && (live == nullptr || uid != uid_of(*live))) {
    return fail(ErrorCode::kConflict,
                fmt::format("uid mismatch: the provided object specified uid {}, {}", uid,
                            live == nullptr ? "and no existing object was found"
                                            : "but the existing object has another"));
  }
  if (!version.empty() && live != nullptr && version != resource_version_of(*live)) {
    return fail(
        ErrorCode::kConflict,
        fmt::format("Operation cannot be fulfilled on \"{}\": the object has been modified; "
                    "please apply your changes to the latest version and try again",
                    name_of(applied)));
  }
  return {};
}

ManagedEntry entry_for(const json::Value& object, std::string_view manager, bool apply,
                       std::string_view subresource, TimePoint now) {
  ManagedEntry entry;
  entry.manager = manager;
  entry.apply = apply;
  entry.api_version = json::string_at(object, "apiVersion");
  entry.subresource = subresource;
  entry.time = format_time(now);
  return entry;
}

// Removes the entry with this identity from the list and returns its fields and time.
std::optional<ManagedEntry> take_entry(std::vector<ManagedEntry>& entries,
                                       const ManagedEntry& like) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& each) { return each.same_identity(like); });
  if (found == entries.end()) return std::nullopt;
  ManagedEntry entry = std::move(*found);
  entries.erase(found);
  return entry;
}

}  // namespace

ApplyTypes ApplyTypes::built_in(std::string_view api_version, std::string_view kind) {
  ApplyTypes types;
  types.kind_ = find_kind(api_version, kind);
  return types;
}

ApplyTypes ApplyTypes::custom(Schema schema) {
  ApplyTypes types;
  types.schema_ = std::move(schema);
  return types;
}

FieldRule ApplyTypes::rule(FieldPath path) const {
  const bool metadata = !path.empty() && path.front() == "metadata";
  if (metadata || kind_ != nullptr) return rule_of(kind_, path);
  return schema_ ? schema_->rule(path) : FieldRule{};
}

Result<ApplyResult> server_side_apply(const ApplyTypes& types, const json::Value* live,
                                      const json::Value& applied, std::string_view manager,
                                      bool force, TimePoint now, std::string_view subresource) {
  TRY(check_preconditions(live, applied));
  const json::Value wanted = without_nulls(applied);
  ManagedEntry entry = entry_for(wanted, manager, true, subresource, now);
  FieldWalker checker(types);
  entry.fields = checker.fields_of(wanted);
  if (checker.error) return std::unexpected(std::move(*checker.error));
  strip_unowned(entry.fields);

  ApplyResult result;
  FieldWalker walker(types);
  result.object = live == nullptr ? wanted : walker.merge(*live, wanted);
  set_server_metadata(result.object, live);
  std::vector<ManagedEntry> entries = entries_of(live, types);
  const std::optional<ManagedEntry> last = take_entry(entries, entry);
  if (live != nullptr) {
    FieldSet changed = walker.compare(*live, result.object).changed;
    strip_unowned(changed);
    TRY(resolve_conflicts(entries, changed, force));
  }
  if (last) {
    FieldSet keep = entry.fields;
    for (const ManagedEntry& other : entries) keep.add(other.fields);
    walker.prune(result.object, last->fields, keep);
    if (last->fields == entry.fields) entry.time = last->time;
  }
  const bool same_fields = last && last->fields == entry.fields;
  entries.push_back(std::move(entry));
  write_managed_fields(result.object, std::move(entries));
  result.changed = live == nullptr || result.object != *live;
  if (result.changed && same_fields) {
    // The same fields with other values: the entry's time says when that was.
    for (json::Value& item : result.object.at("metadata").at("managedFields").get_array()) {
      const bool own = json::string_at(item, "manager") == manager &&
                       json::string_at(item, "operation") == "Apply" &&
                       json::string_at(item, "subresource") == subresource;
      if (own) item.get_object()["time"] = format_time(now);
    }
  }
  return result;
}

void track_update(const ApplyTypes& types, json::Value& object, const json::Value* before,
                  std::string_view manager, std::string_view subresource, TimePoint now) {
  const json::Value* given = json::find(object, {"metadata", "managedFields"});
  const bool reset = before != nullptr && given != nullptr && given->is_array() &&
                     (given->get_array().empty() ||
                      (given->get_array().size() == 1 && given->get_array()[0] == json::Object()));
  json::remove(json::make_object(object, {"metadata"}), "managedFields");
  if (reset) return;
  FieldWalker walker(types);
  FieldWalker::Difference difference = before == nullptr
                                           ? FieldWalker::Difference{walker.fields_of(object), {}}
                                           : walker.compare(*before, object);
  strip_unowned(difference.changed);
  strip_unowned(difference.removed);
  std::vector<ManagedEntry> entries;
  if (before != nullptr) entries = read_managed_fields(*before);
  if (!difference.changed.empty() || !difference.removed.empty()) {
    ManagedEntry entry = entry_for(object, manager, false, subresource, now);
    const std::optional<ManagedEntry> last = take_entry(entries, entry);
    for (ManagedEntry& other : entries) {
      other.fields.subtract(difference.changed);
      other.fields.subtract(difference.removed);
    }
    if (last) entry.fields = last->fields;
    entry.fields.subtract(difference.removed);
    entry.fields.add(difference.changed);
    entries.push_back(std::move(entry));
  }
  write_managed_fields(object, std::move(entries));
}

}  // namespace firesteel::kube
