#pragma once
// The Accept header as data: media types with their parameters, best first. Pure.
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace firesteel::apiserver {

struct MediaType {
  std::string type;  // "application/json", lower case
  std::map<std::string, std::string>
      parameters;  // without q: {"as": "Table", "g": "meta.k8s.io", "v": "v1"}
  double quality = 1;

  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  // Would plain JSON satisfy it? application/json, application/* or */*, whatever the parameters.
  [[nodiscard]] bool accepts_json() const;
};

// In order of falling quality, equal ones in the order given; q=0 and unreadable ones are left out.
// An empty header is one */*.
[[nodiscard]] std::vector<MediaType> parse_accept(std::string_view header);

}  // namespace firesteel::apiserver
