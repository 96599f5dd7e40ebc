// Label and field selectors as text and as objects: what is read has a text that reads the same.
#include "fuzz/input.h"
#include "kube/selector.h"

using namespace firesteel;

namespace {

void check_labels(const kube::LabelSelector& selector) {
  const json::Object labels{{"app", "web"}, {"tier", "3"}, {"spark-role", "driver"}};
  const auto again = kube::LabelSelector::parse(selector.text());
  MUST(again.has_value());
  MUST(again->text() == selector.text());
  MUST(again->matches(labels) == selector.matches(labels));
  MUST(again->matches({}) == selector.matches({}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto labels = kube::LabelSelector::parse(text)) check_labels(*labels);
  constexpr std::array<std::string_view, 3> kPaths{"metadata.name", "spec.nodeName",
                                                   "status.phase"};
  if (const auto fields = kube::FieldSelector::parse(text, kPaths)) {
    (void)fields->matches(json::Object{{"metadata", json::Object{{"name", "x"}}}});
    (void)fields->required_value("metadata.name");
  }
  const auto object = json::parse(text);
  if (!object) return 0;
  if (const auto labels = kube::LabelSelector::from_json(*object)) {
    (void)labels->matches_object(*object);
    if (!object->is_null()) check_labels(*labels);
  }
  return 0;
}
