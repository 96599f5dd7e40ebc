#include "apiserver/media_type.h"

#include <charconv>

namespace firesteel::apiserver {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Takes what stands before `separator` off the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return trim(part);
}

std::optional<MediaType> parse_one(std::string_view text) {
  MediaType out;
  out.type = lower(take(text, ';'));
  if (out.type.find('/') == std::string::npos) return std::nullopt;
  while (!text.empty()) {
    std::string_view parameter = take(text, ';');
    const std::string name = lower(take(parameter, '='));
    std::string_view value = trim(parameter);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    if (name == "q") {
      double quality = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), quality);
      if (error != std::errc() || quality < 0 || quality > 1) return std::nullopt;
      out.quality = quality;
    } else if (!name.empty()) {
      out.parameters[name] = value;
    }
  }
  return out.quality > 0 ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

std::string_view MediaType::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

bool MediaType::accepts_json() const {
  return type == "application/json" || type == "application/*" || type == "*/*";
}

std::vector<MediaType> parse_accept(std::string_view header) {
  std::vector<MediaType> out;
  if (trim(header).empty()) {
    out.push_back({"*/*", {}, 1});
    return out;
  }
  while (!header.empty()) {
    if (auto one = parse_one(take(header, ','))) out.push_back(std::move(*one));
  }
  std::ranges::stable_sort(out, std::greater(), &MediaType::quality);
  return out;
}

}  // namespace firesteel::apiserver
