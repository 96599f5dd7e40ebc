#pragma once
// Carrying out a recipe: downloads, unpacks, compiles, writes files into an empty directory.
#include <string>

#include "base/json/json.h"
#include "base/result.h"
#include "base/stop.h"
#include "node/images.h"
#include "node/recipe.h"

namespace firesteel::node {

// Makes `directory` (which must not exist) the root of one layer; `below` are the roots of the
// layers beneath it, lowest first. Answers with the facts found on the way, for fill(): scala,
// py4j, version. Errors: kIo with the tool's last words and what to do; kUnavailable when stopped.
[[nodiscard]] Result<Recipe::Pairs> assemble_image(const Recipe& recipe, const std::string& version,
                                                   const std::vector<std::string>& below,
                                                   const std::string& directory,
                                                   const ImageProgressHandler& progress,
                                                   StopToken stop);

// Where Java is on this machine: $JAVA_HOME, else what `java` in PATH belongs to. Errors: kNotFound
// with what to install.
[[nodiscard]] Result<std::string> find_java_home();

}  // namespace firesteel::node
