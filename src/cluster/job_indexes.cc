#include "cluster/job_indexes.h"

#include <fmt/core.h>

#include <charconv>

#include "cluster/jobs.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

int number_in(std::string_view text) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : -1;
}

}  // namespace

std::set<int> parse_indexes(std::string_view text, int completions) {
  std::set<int> indexes;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t dash = part.find('-');
    const int first = number_in(part.substr(0, dash));
    const int last = dash == std::string_view::npos ? first : number_in(part.substr(dash + 1));
    if (first < 0) continue;
    for (int index = first; index <= last && index < completions; ++index) indexes.insert(index);
  }
  return indexes;
}

std::string print_indexes(const std::set<int>& indexes) {
  std::string text;
  for (auto it = indexes.begin(); it != indexes.end();) {
    const int first = *it;
    int last = first;
    while (++it != indexes.end() && *it == last + 1) ++last;
    if (!text.empty()) text += ",";
    text += std::to_string(first);
    // Two neighbours are written as such, three make a range.
    if (last > first) text += fmt::format("{}{}", last == first + 1 ? "," : "-", last);
  }
  return text;
}

int index_of(const json::Value& pod) {
  const json::Value* index = json::find(kube::annotations_of(pod), kCompletionIndex);
  return index != nullptr && index->is_string() ? number_in(json::view(index->get_string())) : -1;
}

}  // namespace firesteel::cluster
