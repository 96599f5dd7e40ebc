// YAML text: what is read prints as YAML that reads back the same, and is found again by line.
#include "base/json/print.h"
#include "base/json/yaml.h"
#include "fuzz/input.h"

using namespace firesteel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto documents = json::parse_yaml(text);
  if (!documents) return 0;
  for (const json::YamlDocument& document : *documents) {
    MUST(json::line_of(text, document.line, "spec.driver.cores") >= 1);
    MUST(json::line_of(text, document.line, "spec.volumes[1].name") >= 1);
    const std::string printed = json::print_yaml(document.value);
    const auto again = json::parse_yaml(printed);
    MUST(again.has_value());
    // An empty document is left out; null prints as one.
    if (document.value.is_null()) continue;
    MUST(again->size() == 1);
    MUST(json::print_canonical(again->front().value) == json::print_canonical(document.value));
  }
  return 0;
}
