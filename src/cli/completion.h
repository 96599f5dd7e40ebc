#pragma once
// Completion scripts for shells, made from the description of the commands. Pure.
#include <span>
#include <string>
#include <string_view>

#include "cli/args.h"

namespace firesteel::cli {

// `shell` is bash, zsh or fish. Names of applications are asked of the cluster (`firesteel list -o
// name`).
[[nodiscard]] std::string completion_script(std::string_view shell,
                                            std::span<const CommandDescription> commands);

}  // namespace firesteel::cli
