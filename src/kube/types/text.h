#pragma once
// The fields of the built-in kinds, in the notation that kube/types.h explains. Private to
// kube/types.
#include <string_view>

namespace firesteel::kube {

extern const std::string_view kMetaTypes;
extern const std::string_view kPodTypes;
extern const std::string_view kVolumeTypes;
extern const std::string_view kCoreTypes;
extern const std::string_view kWorkloadTypes;
extern const std::string_view kExtensionTypes;

}  // namespace firesteel::kube
