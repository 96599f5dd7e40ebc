#include "kube/managed_fields.h"

namespace firesteel::kube {
namespace {

// Folds the oldest Update entries of one subresource and version together until few enough are
// left.
void fold_oldest(std::vector<ManagedEntry>& entries) {
  const auto is_update = [](const ManagedEntry& entry) { return !entry.apply; };
  auto updates = static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), is_update));
  std::vector<ManagedEntry> folded;
  while (updates > kMaxUpdateEntries) {
    auto oldest = entries.end();
    for (auto at = entries.begin(); at != entries.end(); ++at) {
      const bool candidate = is_update(*at) && (oldest == entries.end() || at->time < oldest->time);
      if (candidate) oldest = at;
    }
    ManagedEntry entry = std::move(*oldest);
    entries.erase(oldest);
    entry.manager = "ancient-changes";
    const auto same = std::find_if(folded.begin(), folded.end(),
                                   [&](const auto& each) { return each.same_identity(entry); });
    if (same == folded.end()) {
      folded.push_back(std::move(entry));
    } else {
      same->fields.add(entry.fields);
      same->time = entry.time;
    }
    --updates;
  }
  for (ManagedEntry& entry : folded) {
    const auto same = std::find_if(entries.begin(), entries.end(),
                                   [&](const auto& each) { return each.same_identity(entry); });
    if (same == entries.end()) {
      entries.push_back(std::move(entry));
    } else {
      same->fields.add(entry.fields);
    }
  }
}

}  // namespace

std::vector<ManagedEntry> read_managed_fields(const json::Value& object) {
  std::vector<ManagedEntry> entries;
  for (const json::Value& item : json::array_at(object, {"metadata", "managedFields"})) {
    ManagedEntry entry;
    entry.manager = json::string_at(item, "manager");
    entry.apply = json::string_at(item, "operation") == "Apply";
    entry.api_version = json::string_at(item, "apiVersion");
    entry.subresource = json::string_at(item, "subresource");
    entry.time = json::string_at(item, "time");
    const json::Value* fields = json::find(item, "fieldsV1");
    if (fields != nullptr) entry.fields = from_fields_v1(*fields);
    entry.fields.member = false;
    entries.push_back(std::move(entry));
  }
  return entries;
}

void write_managed_fields(json::Value& object, std::vector<ManagedEntry> entries) {
  std::erase_if(entries, [](const ManagedEntry& entry) { return entry.fields.empty(); });
  fold_oldest(entries);
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return a.apply != b.apply ? a.apply : a.time < b.time;
  });
  json::Object& metadata = json::make_object(object, {"metadata"});
  if (entries.empty()) {
    json::remove(metadata, "managedFields");
    return;
  }
  json::Array list;
  for (const ManagedEntry& entry : entries) {
    json::Object item{
        {"manager", entry.manager},        {"operation", entry.apply ? "Apply" : "Update"},
        {"apiVersion", entry.api_version}, {"time", entry.time},
        {"fieldsType", "FieldsV1"},        {"fieldsV1", to_fields_v1(entry.fields)}};
    if (!entry.subresource.empty()) item["subresource"] = entry.subresource;
    list.push_back(std::move(item));
  }
  metadata["managedFields"] = std::move(list);
}

}  // namespace firesteel::kube
