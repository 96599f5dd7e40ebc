#pragma once
// The syntax of names, labels and annotations, with Kubernetes' own messages (apimachinery,
// util/validation). Each check returns what is wrong, empty when nothing is. Pure.
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::kube {

inline constexpr std::size_t kMaxLabelLength = 63;  // DNS-1123 and DNS-1035 label
inline constexpr std::size_t kMaxSubdomainLength = 253;
inline constexpr std::size_t kMaxAnnotationsBytes = 256 * 1024;
inline constexpr std::size_t kGeneratedSuffixLength = 5;
// Without vowels and look-alikes, so that no word appears. Source: apimachinery util/rand.
inline constexpr std::string_view kSuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

[[nodiscard]] std::vector<std::string> check_dns1123_label(std::string_view text);
[[nodiscard]] std::vector<std::string> check_dns1123_subdomain(std::string_view text);
[[nodiscard]] std::vector<std::string> check_dns1035_label(std::string_view text);
// "[prefix/]name": keys of labels and annotations, names of resources and taints.
[[nodiscard]] std::vector<std::string> check_qualified_name(std::string_view text);
[[nodiscard]] std::vector<std::string> check_label_value(std::string_view text);
// RBAC names and other path segments: anything but ".", "..", "/" and "%".
[[nodiscard]] std::vector<std::string> check_path_segment_name(std::string_view text);

// metadata.name, generateName, namespace, labels and annotations of an object of `kind`, with their
// paths.
[[nodiscard]] std::vector<Problem> check_metadata(const json::Value& object, std::string_view kind);

// generateName with a random suffix: `random_below(n)` gives a number in [0, n). A long prefix is
// cut to 58 characters.
[[nodiscard]] std::string generate_name(
    std::string_view prefix, const std::function<std::size_t(std::size_t)>& random_below);

}  // namespace firesteel::kube
