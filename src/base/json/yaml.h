#pragma once
// YAML to and from the JSON document model, by the rules of Kubernetes' own reader (YAML 1.1 core
// types as sigs.k8s.io/yaml resolves them). Pure; yaml-cpp is included only by the .cc.
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::json {

struct YamlDocument {
  Value value;
  int line = 1;  // where the document starts in the text, from 1
};

// All documents of a stream, empty ones left out; JSON is YAML too. Errors: kBadRequest with line
// and column. Aliases are resolved; more than a million nodes after that is an error (billion
// laughs), so is a nesting over kMaxDepth.
[[nodiscard]] Result<std::vector<YamlDocument>> parse_yaml(std::string_view text);

// Block style, strings quoted where YAML would read another type.
[[nodiscard]] std::string print_yaml(const Value& value);

// The line (from 1) on which the field at `path` ("spec.driver.cores", "spec.volumes[1].name")
// stands in the document that starts at `document_line`; the nearest parent's line when the field
// is not there.
[[nodiscard]] int line_of(std::string_view text, int document_line, std::string_view path);

}  // namespace firesteel::json
