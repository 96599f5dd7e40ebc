#pragma once
// The entries of metadata.managedFields, read and written. Private to apply.cc. Pure.
#include <string>
#include <vector>

#include "base/json/json.h"
#include "kube/field_set.h"

namespace firesteel::kube {

// More Update entries than this are folded into "ancient-changes", as Kubernetes does.
inline constexpr std::size_t kMaxUpdateEntries = 10;

struct ManagedEntry {
  std::string manager;
  bool apply = false;  // operation Apply, else Update
  std::string api_version;
  std::string subresource;
  std::string time;
  FieldSet fields;

  [[nodiscard]] bool same_identity(const ManagedEntry& other) const {
    return manager == other.manager && apply == other.apply && subresource == other.subresource &&
           (apply || api_version == other.api_version);
  }
};

[[nodiscard]] std::vector<ManagedEntry> read_managed_fields(const json::Value& object);
// Replaces the object's list; entries without fields are left out, and the whole list when none is
// left.
void write_managed_fields(json::Value& object, std::vector<ManagedEntry> entries);

}  // namespace firesteel::kube
