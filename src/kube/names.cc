#include "kube/names.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "kube/object.h"

namespace firesteel::kube {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower_or_digit(char c) {
  return is_lower(c) || is_digit(c);
}
bool is_alphanumeric(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}
bool is_name_character(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
}

bool is_label(std::string_view text) {
  return !text.empty() && is_lower_or_digit(text.front()) && is_lower_or_digit(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_subdomain(std::string_view text) {
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_qualified_part(std::string_view text) {
  return !text.empty() && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

std::string too_long(std::size_t limit) {
  return fmt::format("must be no more than {} characters", limit);
}

constexpr std::string_view kLabelRule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must "
    "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
    "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr std::string_view kSubdomainRule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', "
    "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
    "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr std::string_view kLabel1035Rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
    "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
constexpr std::string_view kNamePartRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation "
    "is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr std::string_view kLabelValueRule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

std::vector<std::string> check_name_of_kind(std::string_view kind, std::string_view name) {
  if (kind == "Service") return check_dns1035_label(name);
  if (kind == "Namespace") return check_dns1123_label(name);
  if (kind == "Role" || kind == "ClusterRole" || kind == "RoleBinding" ||
      kind == "ClusterRoleBinding") {
    return check_path_segment_name(name);
  }
  return check_dns1123_subdomain(name);
}

Problem invalid(std::string path, std::string_view value, const std::vector<std::string>& faults) {
  return {std::move(path),
          fmt::format("Invalid value: \"{}\": {}", value, fmt::join(faults, ", "))};
}

void check_labels(const json::Value& object, std::vector<Problem>& problems) {
  for (const auto& label : labels_of(object)) {
    if (const auto faults = check_qualified_name(label.key()); !faults.empty()) {
      problems.push_back(invalid("metadata.labels", label.key(), faults));
    }
    if (!label.value().is_string()) {
      problems.push_back({fmt::format("metadata.labels[{}]", std::string_view(label.key())),
                          "Invalid value: a label's value must be a string; put it in quotes"});
      continue;
    }
    const std::string_view value = json::view(label.value().get_string());
    if (const auto faults = check_label_value(value); !faults.empty()) {
      problems.push_back(invalid("metadata.labels", value, faults));
    }
  }
}

void check_annotations(const json::Value& object, std::vector<Problem>& problems) {
  std::size_t bytes = 0;
  for (const auto& annotation : annotations_of(object)) {
    std::string lowered(annotation.key());
    for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    for (const std::string& fault : check_qualified_name(lowered)) {
      problems.push_back(invalid("metadata.annotations", annotation.key(), {fault}));
    }
    if (!annotation.value().is_string()) {
      problems.push_back(
          {fmt::format("metadata.annotations[{}]", std::string_view(annotation.key())),
           "Invalid value: an annotation's value must be a string; put it in quotes"});
      continue;
    }
    bytes += annotation.key().size() + annotation.value().get_string().size();
  }
  if (bytes > kMaxAnnotationsBytes) {
    problems.push_back(
        {"metadata.annotations",
         fmt::format("Too long: may not be more than {} bytes", kMaxAnnotationsBytes),
         "FieldValueTooLong"});
  }
}

}  // namespace

std::vector<std::string> check_dns1123_label(std::string_view text) {
  std::vector<std::string> faults;
  if (text.size() > kMaxLabelLength) faults.push_back(too_long(kMaxLabelLength));
  if (text.find('.') != std::string_view::npos) {
    faults.emplace_back("must not contain dots");
  } else if (!is_label(text)) {
    faults.emplace_back(kLabelRule);
  }
  return faults;
}

std::vector<std::string> check_dns1123_subdomain(std::string_view text) {
  std::vector<std::string> faults;
  if (text.size() > kMaxSubdomainLength) faults.push_back(too_long(kMaxSubdomainLength));
  if (!is_subdomain(text)) faults.emplace_back(kSubdomainRule);
  return faults;
}

std::vector<std::string> check_dns1035_label(std::string_view text) {
  std::vector<std::string> faults;
  if (text.size() > kMaxLabelLength) faults.push_back(too_long(kMaxLabelLength));
  if (!is_label(text) || !is_lower(text.front())) faults.emplace_back(kLabel1035Rule);
  return faults;
}

std::vector<std::string> check_qualified_name(std::string_view text) {
  std::vector<std::string> faults;
  const std::size_t slash = text.find('/');
  std::string_view name = text;
  if (slash != std::string_view::npos) {
    const std::string_view prefix = text.substr(0, slash);
    name = text.substr(slash + 1);
    if (name.find('/') != std::string_view::npos) {
      faults.push_back(
          fmt::format("a qualified name {} with an optional DNS subdomain prefix and "
                      "'/' (e.g. 'example.com/MyName')",
                      kNamePartRule));
      return faults;
    }
    if (prefix.empty()) {
      faults.emplace_back("prefix part must be non-empty");
    } else {
      for (const std::string& fault : check_dns1123_subdomain(prefix)) {
        faults.push_back("prefix part " + fault);
      }
    }
  }
  if (name.empty()) {
    faults.emplace_back("name part must be non-empty");
  } else if (name.size() > kMaxLabelLength) {
    faults.push_back("name part " + too_long(kMaxLabelLength));
  }
  if (!is_qualified_part(name)) faults.push_back(fmt::format("name part {}", kNamePartRule));
  return faults;
}

std::vector<std::string> check_label_value(std::string_view text) {
  std::vector<std::string> faults;
  if (text.size() > kMaxLabelLength) faults.push_back(too_long(kMaxLabelLength));
  if (!text.empty() && !is_qualified_part(text)) faults.emplace_back(kLabelValueRule);
  return faults;
}

std::vector<std::string> check_path_segment_name(std::string_view text) {
  if (text == ".") return {"may not be '.'"};
  if (text == "..") return {"may not be '..'"};
  std::vector<std::string> faults;
  if (text.find('/') != std::string_view::npos) faults.emplace_back("may not contain '/'");
  if (text.find('%') != std::string_view::npos) faults.emplace_back("may not contain '%'");
  return faults;
}

std::vector<Problem> check_metadata(const json::Value& object, std::string_view kind) {
  std::vector<Problem> problems;
  const std::string_view name = name_of(object);
  const std::string_view prefix = json::string_at(object, {"metadata", "generateName"});
  if (!prefix.empty()) {
    // The prefix usually ends in '-', which a name may not: what follows it will be alphanumeric.
    std::string sample(prefix);
    if (sample.back() == '-') sample.back() = 'a';
    if (const auto faults = check_name_of_kind(kind, sample); !faults.empty()) {
      problems.push_back(invalid("metadata.generateName", prefix, faults));
    }
  }
  if (name.empty()) {
    if (prefix.empty()) {
      problems.push_back({"metadata.name", "Required value: name or generateName is required",
                          "FieldValueRequired"});
    }
  } else if (const auto faults = check_name_of_kind(kind, name); !faults.empty()) {
    problems.push_back(invalid("metadata.name", name, faults));
  }
  const std::string_view space = namespace_of(object);
  if (!space.empty()) {
    if (const auto faults = check_dns1123_label(space); !faults.empty()) {
      problems.push_back(invalid("metadata.namespace", space, faults));
    }
  }
  check_labels(object, problems);
  check_annotations(object, problems);
  return problems;
}

std::string generate_name(std::string_view prefix,
                          const std::function<std::size_t(std::size_t)>& random_below) {
  std::string name(prefix.substr(0, kMaxLabelLength - kGeneratedSuffixLength));
  for (std::size_t i = 0; i < kGeneratedSuffixLength; ++i) {
    name += kSuffixAlphabet[random_below(kSuffixAlphabet.size())];
  }
  return name;
}

}  // namespace firesteel::kube
