#include "cli/output.h"

#include <fmt/core.h>

#include "base/json/print.h"
#include "base/json/yaml.h"
#include "kube/object.h"

namespace firesteel::cli {

std::string print_document(const json::Value& document, Output output) {
  switch (output) {
    case Output::kJson:
      return json::print_pretty(document) + "\n";
    case Output::kName:
      return fmt::format("sparkapplication.sparkoperator.k8s.io/{}\n", kube::name_of(document));
    case Output::kTable:
    case Output::kWide:
    case Output::kYaml:
      break;
  }
  std::string text = json::print_yaml(document);
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

std::string print_documents(std::span<const json::Value> documents, Output output, bool as_list) {
  if (output == Output::kJson || (output == Output::kYaml && as_list)) {
    json::Array items(documents.begin(), documents.end());
    json::Object list{{"apiVersion", "v1"}, {"kind", "List"}};
    list["items"] = std::move(items);
    return print_document(list, output);
  }
  std::string text;
  for (const json::Value& document : documents) {
    if (!text.empty() && output != Output::kName) text += "---\n";
    text += print_document(document, output);
  }
  return text;
}

}  // namespace firesteel::cli
