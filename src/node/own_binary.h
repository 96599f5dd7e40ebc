#pragma once
// This program's file, kept for as long as the agent runs: pods are started with it and image
// `firesteel` contains it, also after a build or an upgrade has replaced the file it came from.
#include <string>

#include "base/result.h"

namespace firesteel::node {

// Links (or, across file systems, copies) the program at `binary_path` to DIRECTORY/bin/firesteel
// and answers with that path. When `binary_path` is where this process was started from, the
// running program is taken, whatever lies there by now. Errors: kIo.
[[nodiscard]] Result<std::string> keep_binary(const std::string& binary_path,
                                              const std::string& directory);

}  // namespace firesteel::node
