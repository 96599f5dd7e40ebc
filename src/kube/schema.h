#pragma once
// The structural OpenAPI v3 schema of a CustomResourceDefinition version: defaulting, pruning and
// validation as kube-apiserver does them (apiextensions-apiserver, pkg/apiserver/schema and
// validation). Compiled once, then immutable: copies share it and any thread may use it. Pure.
#include <memory>
#include <string>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "kube/field_rule.h"

namespace firesteel::kube {

struct SchemaNode;

class Schema {
 public:
  // From spec.versions[i].schema.openAPIV3Schema. Errors: kInvalid, all problems at once with paths
  // below the schema
  // ("properties[spec].type"): not structural, a pattern that cannot be kept,
  // x-kubernetes-validations (CEL is not supported and never ignored), an unknown keyword value,
  // nesting over 256.
  [[nodiscard]] static Result<Schema> parse(const json::Value& open_api_v3_schema);

  // Adds `default`s of missing fields (and of nulls that are not nullable), parents first; removes
  // other nulls that are not nullable.
  void apply_defaults(json::Value& object) const;
  // Removes fields that the schema does not know and returns their paths ("spec.foo",
  // "spec.volumes[0].bar") for warnings. apiVersion, kind and metadata of the root are kept.
  std::vector<std::string> prune(json::Value& object) const;
  // All problems, in the schema's order; empty means valid.
  [[nodiscard]] std::vector<Problem> validate(const json::Value& object) const;
  // For server-side apply: x-kubernetes-list-type, -list-map-keys and -map-type.
  [[nodiscard]] FieldRule rule(FieldPath path) const;

 private:
  explicit Schema(std::shared_ptr<const SchemaNode> root) : root_(std::move(root)) {}
  std::shared_ptr<const SchemaNode> root_;
};

}  // namespace firesteel::kube
