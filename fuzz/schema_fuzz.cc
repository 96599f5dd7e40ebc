// CRD schemas: any schema that is accepted can default, prune and validate any object, and doing so
// twice changes nothing.
#include "fuzz/input.h"
#include "kube/schema.h"

using namespace firesteel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [rules, text] = fuzz::parts_of<2>(fuzz::text_of(data, size));
  const auto document = json::parse(rules);
  if (!document) return 0;
  const auto schema = kube::Schema::parse(*document);
  if (!schema) return 0;
  auto object = json::parse(text);
  if (!object) return 0;
  (void)schema->validate(*object);
  schema->prune(*object);
  json::Value once = *object;
  MUST(schema->prune(once).empty());
  MUST(once == *object);
  schema->apply_defaults(once);
  json::Value twice = once;
  schema->apply_defaults(twice);
  MUST(twice == once);
  (void)schema->validate(twice);
  return 0;
}
