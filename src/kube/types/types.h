#pragma once
// The built-in kinds as data: which fields an object has, of what type, how lists are merged. One
// description, in the notation below, from which come decoding (wrong types, unknown fields, what
// is left out when empty), server-side apply, strategic merge and the OpenAPI documents. Compiled
// once, then immutable. Pure.
//
// Notation (kube/types/*.cc), a line each, continued by indented ones:
//   = GROUP/VERSION PACKAGE      what follows belongs there; names are looked up there, in core,
//                                in meta
//   Alias = TYPE                 a named type of another: error messages know it by its name
//   kind Name: FIELD; FIELD      an object with apiVersion, kind and metadata
//   Name: FIELD; FIELD           a structure; Name% is owned and replaced whole by apply
//   FIELD is NAME TYPE           NAME! is required, and there even when it is empty; NAME+ only
//                                the latter
//   TYPE is string bool int32 int64 float64 bytes (base64) any Time MicroTime Quantity
//   IntOrString, the name of a type, *TYPE (may be absent: its zero value counts), {}TYPE (a map),
//   []TYPE (a list), %TYPE (owned whole), ?TYPE (of that type when it is an object, else as it is)
//   after the type: (a,b) keys of the list, for apply and (the first) for strategic merge; (a)-
//   for apply only; (^a) for strategic merge only; (set) a set, (set+) merged by a strategic
//   patch, too; ~ strategic merge retains keys; =VALUE what a missing key field means
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "kube/field_rule.h"

namespace firesteel::kube {

struct StructType;

struct FieldType {
  enum class Kind {
    kString,
    kBool,
    kInt32,
    kInt64,
    kDouble,
    kBytes,
    kAny,
    kTime,
    kMicroTime,
    kQuantity,
    kIntOrString,
    kStruct,
    kList,
    kMap,
    kEither,  // a structure, or any value that is no object
  };
  Kind kind = Kind::kAny;
  std::string go_name;  // as Go's messages have it: "int32", "v1.Protocol", "[]v1.Container"
  const StructType* structure = nullptr;   // kStruct, kEither
  std::shared_ptr<const FieldType> items;  // kList, kMap
  bool pointer = false;
  bool atomic = false;
  bool retain_keys = false;
  bool set = false;
  std::vector<std::string> keys;  // listMapKeys
  std::string merge_key;          // patchMergeKey
  bool merged_set = false;        // a set that a strategic merge adds to
};

struct Field {
  std::string name;
  FieldType type;
  bool required = false;
  bool always = false;    // written even when it is empty
  std::string otherwise;  // what stands for a missing key field
};

struct StructType {
  std::string name;     // "PodSpec"
  std::string group;    // "apps"
  std::string version;  // "v1"
  std::string package;  // "apps", "core", "meta": as in the names of OpenAPI's schemas
  bool is_kind = false;
  bool atomic = false;
  std::vector<Field> fields;  // in the order of the description

  [[nodiscard]] const Field* field(std::string_view name) const;

  std::map<std::string, std::size_t, std::less<>> index;  // by name, into `fields`
};

// A kind by apiVersion ("apps/v1") and kind; null for what is not described.
[[nodiscard]] const StructType* find_kind(std::string_view api_version, std::string_view kind);
// metadata of every object.
[[nodiscard]] const StructType& object_meta();
// Where a strategic merge or an apply must treat a field of `kind` (null: an unknown one, of which
// only metadata is known) otherwise than member by member.
[[nodiscard]] FieldRule rule_of(const StructType* kind, FieldPath path);

// What decoding found besides errors, in the order of the document: `unknown field "spec.x"`,
// `duplicate field "data.a"`.
using Complaints = std::vector<std::string>;

// Brings `object` into the form that the type has: fields that it does not know are dropped and
// reported, empty ones are left out, quantities are canonical. `duplicates` are the paths that
// stood twice in the document ("data.a"). Errors: kBadRequest in the words of Go's decoder:
// `json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool`.
[[nodiscard]] Result<Complaints> decode(const StructType& type, json::Value& object,
                                        const std::vector<std::string>& duplicates = {});

}  // namespace firesteel::kube
