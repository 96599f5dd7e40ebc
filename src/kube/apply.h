#pragma once
// Server-side apply and metadata.managedFields (FieldsV1). Source: Kubernetes' server-side-apply
// documentation and sigs.k8s.io/structured-merge-diff (merge/update.go, fieldpath/serialize.go).
// Pure.
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"
#include "kube/field_rule.h"
#include "kube/schema.h"

namespace firesteel::kube {

struct StructType;

// Which lists are merged by key. A value; cheap to copy.
class ApplyTypes {
 public:
  ApplyTypes() = default;  // only what all objects share (metadata); other lists are atomic
  [[nodiscard]] static ApplyTypes built_in(std::string_view api_version, std::string_view kind);
  [[nodiscard]] static ApplyTypes custom(Schema schema);
  [[nodiscard]] FieldRule rule(FieldPath path) const;

 private:
  const StructType* kind_ = nullptr;
  std::optional<Schema> schema_;
};

struct ApplyResult {
  json::Value object;    // with metadata.managedFields
  bool changed = false;  // false: equal to the live object, nothing to write
};

// Applies `applied` (the fields that `manager` wants, without managedFields) to `live`, or makes a
// new object when `live` is null. Fields that this manager applied before, no longer applies and
// nobody else owns are removed. Errors: kConflict with one problem a field (reason
// FieldManagerConflict, message naming the other manager) unless `force`; kBadRequest for an
// applied object with managedFields, a list item without its key, or two items with one key.
[[nodiscard]] Result<ApplyResult> server_side_apply(
    const ApplyTypes& types, const json::Value* live, const json::Value& applied,
    std::string_view manager, bool force, TimePoint now, std::string_view subresource = {});

// Records an ordinary create (`before` null), update or patch: what differs from `before` now
// belongs to `manager` (operation Update), and to nobody else. Whatever managedFields `object`
// carries is replaced by what follows from `before`, except that an empty list resets them (as
// Kubernetes documents).
void track_update(const ApplyTypes& types, json::Value& object, const json::Value* before,
                  std::string_view manager, std::string_view subresource, TimePoint now);

}  // namespace firesteel::kube
