#include "apiserver/request_options.h"

#include <charconv>

#include "kube/status.h"

namespace firesteel::apiserver {

namespace {

bool is_write(std::string_view verb) {
  return verb == "create" || verb == "update" || verb == "patch";
}

Problem forbidden_option(std::string path, std::string_view why) {
  return {std::move(path), fmt::format("Forbidden: {}", why), "FieldValueForbidden"};
}

Problem unsupported(std::string path, std::string_view found, std::string_view supported) {
  return {std::move(path),
          fmt::format("Unsupported value: {}: supported values: {}", found, supported),
          "FieldValueNotSupported"};
}

void check_write(std::string_view verb, const net::Query& query, std::string_view content_type,
                 std::vector<Problem>& problems) {
  const std::string_view dry = query_value(query, "dryRun");
  if (!dry.empty() && dry != "All") {
    problems.push_back(unsupported("dryRun", fmt::format("[\"{}\"]", dry), "\"All\""));
  }
  if (!is_write(verb)) return;
  const std::string_view mode = query_value(query, "fieldValidation");
  if (!mode.empty() && mode != "Strict" && mode != "Warn" && mode != "Ignore") {
    problems.push_back(unsupported("fieldValidation", fmt::format("\"{}\"", mode),
                                   "\"\", \"Ignore\", \"Strict\", \"Warn\""));
  }
  const bool apply = content_type == "application/apply-patch+yaml";
  if (verb == "patch" && !apply && !query_value(query, "force").empty()) {
    problems.push_back(forbidden_option("force", "may not be specified for non-apply patch"));
  }
}

void check_list(const net::Query& query, std::vector<Problem>& problems) {
  const std::string_view match = query_value(query, "resourceVersionMatch");
  const std::string_view version = query_value(query, "resourceVersion");
  if (!query_value(query, "sendInitialEvents").empty()) {
    problems.push_back(
        forbidden_option("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  if (match.empty()) return;
  if (version.empty()) {
    problems.push_back(
        forbidden_option("resourceVersionMatch",
                         "resourceVersionMatch is forbidden unless resourceVersion is provided"));
  }
  if (!query_value(query, "continue").empty()) {
    problems.push_back(forbidden_option(
        "resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
  }
  if (match != "Exact" && match != "NotOlderThan") {
    problems.push_back(unsupported("resourceVersionMatch", fmt::format("\"{}\"", match),
                                   "\"Exact\", \"NotOlderThan\", \"\""));
  }
  if (match == "Exact" && version == "0") {
    problems.push_back(
        forbidden_option("resourceVersionMatch",
                         "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
  }
}

void check_watch(const net::Query& query, std::vector<Problem>& problems) {
  const std::string_view match = query_value(query, "resourceVersionMatch");
  if (query_value(query, "sendInitialEvents").empty()) {
    if (match.empty()) return;
    problems.push_back(forbidden_option(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  } else if (match != "NotOlderThan") {
    problems.push_back(forbidden_option(
        "resourceVersionMatch",
        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  }
}

Result<void> check_number(const net::Query& query, std::string_view name) {
  const std::string_view text = query_value(query, name);
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || (failed == std::errc() && end == text.data() + text.size())) return {};
  return fail(ErrorCode::kBadRequest,
              fmt::format("{}: Invalid value: \"{}\": expected a number", name, text));
}

}  // namespace

kube::Resource options_kind(std::string_view verb) {
  kube::Resource kind;
  kind.group = "meta.k8s.io";
  kind.kind = verb == "create"                                 ? "CreateOptions"
              : verb == "update"                               ? "UpdateOptions"
              : verb == "patch"                                ? "PatchOptions"
              : verb == "delete" || verb == "deletecollection" ? "DeleteOptions"
                                                               : "ListOptions";
  return kind;
}

Result<void> check_options(std::string_view verb, const net::Query& query,
                           std::string_view content_type) {
  std::vector<Problem> problems;
  if (is_write(verb) || verb == "delete" || verb == "deletecollection") {
    check_write(verb, query, content_type, problems);
  }
  if (verb == "list" || verb == "deletecollection") check_list(query, problems);
  if (verb == "watch") check_watch(query, problems);
  if (!problems.empty()) {
    return std::unexpected(kube::invalid_error(options_kind(verb), "", std::move(problems)));
  }
  if (verb == "list" || verb == "watch") return check_number(query, "timeoutSeconds");
  return {};
}

}  // namespace firesteel::apiserver
