#pragma once
// The command line to option structs. CLI11 is included only by args.cc. parse_arguments is pure
// but for reading no environment: the same arguments always give the same result.
#include <expected>
#include <string>
#include <variant>
#include <vector>

#include "cli/commands.h"

namespace firesteel::cli {

using Command = std::variant<UpOptions, DaemonOptions, DownOptions, StatusOptions, OperatorOptions,
                             RunOptions, RenderOptions, ListOptions, ApplicationStatusOptions,
                             LogsOptions, EventsOptions, DoctorOptions, ForwardOptions, KillOptions,
                             DeleteOptions, CrdOptions, ImageListOptions, ImageBuildOptions,
                             ImageRemoveOptions, CompletionOptions, VersionOptions>;

// Nothing to run: `text` goes to standard output when exit_code is 0 (help), else to standard error
// (bad usage).
struct Message {
  int exit_code = 0;
  std::string text;
};

// `arguments` without the program's name.
[[nodiscard]] std::expected<Command, Message> parse_arguments(
    const std::vector<std::string>& arguments);

int dispatch(const Command& command);

// What can be typed, for shell completion. Hidden commands are left out.
struct OptionDescription {
  std::string name;    // "--output"
  std::string letter;  // "-o", or ""
  std::string text;
  bool takes_value = false;
  std::vector<std::string> values;  // the allowed ones, when they are few
};
struct CommandDescription {
  std::string name;  // "image build"
  std::string text;
  bool takes_file = false;         // the positional argument is a file
  bool takes_application = false;  // ... or the name of a SparkApplication
  std::vector<std::string> words;  // ... or one of these
  std::vector<OptionDescription> options;
};
[[nodiscard]] std::vector<CommandDescription> describe_commands();

}  // namespace firesteel::cli
