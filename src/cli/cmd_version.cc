// `firesteel version` and `firesteel completion SHELL`.
#include <fmt/core.h>

#include "cli/args.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/console.h"
#include "cli/output.h"
#include "cli/version.h"
#include "spark/version.h"

namespace firesteel::cli {

int command_version(const VersionOptions& options) {
  json::Array minors;
  std::string text;
  for (const spark::VersionRules& rules : spark::version_rules()) {
    const std::string minor = fmt::format("{}.{}", rules.major, rules.minor);
    text += (text.empty() ? "" : ", ") + minor;
    minors.emplace_back(minor);
  }
  if (options.output == Output::kTable) {
    print_out(fmt::format("firesteel {} (Spark {})\n", kVersion, text));
    return kExitOk;
  }
  json::Object document{{"version", kVersion}};
  document["spark"] = std::move(minors);
  print_out(print_document(document, options.output));
  return kExitOk;
}

int command_completion(const CompletionOptions& options) {
  print_out(completion_script(options.shell, describe_commands()));
  return kExitOk;
}

}  // namespace firesteel::cli
