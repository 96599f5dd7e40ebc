#pragma once
// Documents as people and programs want them. Pure.
#include <span>
#include <string>

#include "base/json/json.h"
#include "cli/commands.h"

namespace firesteel::cli {

// One document: JSON, YAML, or "plural.group/name" for kName.
[[nodiscard]] std::string print_document(const json::Value& document, Output output);
// Many: a List in JSON, `---` between documents in YAML (`as_list`: a List there too), names line
// by line.
[[nodiscard]] std::string print_documents(std::span<const json::Value> documents, Output output,
                                          bool as_list);

}  // namespace firesteel::cli
