#pragma once
// What a user may ask of this operator beyond the fields of SparkApplication: annotations, for the
// Kubeflow operator's CRDs keep them and its operator ignores them. Changing one restarts nothing.
#include <string_view>

namespace firesteel::operators::decide {

// A whole number: the place in the line of those that wait to start; the higher goes first.
inline constexpr std::string_view kAnnotationPriority = "firesteel.dev/priority";

}  // namespace firesteel::operators::decide
