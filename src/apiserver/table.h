#pragma once
// What `kubectl get` shows: meta.k8s.io/v1 Table and PartialObjectMetadata made of objects.
// Built-in kinds have the columns and the wording of kube-apiserver (pkg/printers/internalversion),
// custom ones those of their CRD. Pure.
#include <span>

#include "apiserver/registry.h"
#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::apiserver {

// The query parameter includeObject: what a row carries beside its cells.
enum class IncludeObject { kNone, kMetadata, kObject };

// From the query's value; "" is Metadata. Nothing for any other word: a 400.
[[nodiscard]] std::optional<IncludeObject> parse_include_object(std::string_view text);

// The Table of `objects`, wide columns (priority 1) included. `list_metadata` becomes its metadata:
// the list's (resourceVersion, continue, remainingItemCount), or {"resourceVersion": ...} of a
// single object. In a watch each event's object is a Table of one row; `with_columns` is false
// after the first of them.
[[nodiscard]] json::Value to_table(const ServedResource& resource,
                                   std::span<const json::Document> objects, TimePoint now,
                                   IncludeObject include, json::Value list_metadata,
                                   bool with_columns = true);

// meta.k8s.io/v1 PartialObjectMetadata: kind, apiVersion and metadata alone.
[[nodiscard]] json::Value to_partial_metadata(const json::Value& object);
[[nodiscard]] json::Value to_partial_metadata_list(std::span<const json::Document> objects,
                                                   json::Value list_metadata);

}  // namespace firesteel::apiserver
