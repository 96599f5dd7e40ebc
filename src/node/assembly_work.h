#pragma once
// What the steps of one image's assembly share. Internal to assembly*.cc.
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/stop.h"
#include "node/images.h"
#include "node/recipe.h"

namespace firesteel::node {

struct AssemblyWork {
  const Recipe& recipe;
  const std::string& version;
  // Roots of the layers beneath, lowest first.
  const std::vector<std::string>& below;
  std::string root;     // the layer that is made
  std::string scratch;  // beside it, removed at the end
  const ImageProgressHandler& progress;
  StopToken stop;
};

// Errors: kIo.
[[nodiscard]] Result<void> make_directories(const std::string& path);
// Writes a file that is embedded in this program (images/...), with its directories. Errors:
// kInternal when there is none of that name, kIo.
[[nodiscard]] Result<void> write_embedded(std::string_view source, const std::string& target,
                                          unsigned mode);
// Millions of bytes in the files below a directory.
[[nodiscard]] double megabytes_in(const std::string& directory);
// The first python3 that has pip: PATH's, else Debian's. Errors: kNotFound with what to install.
[[nodiscard]] Result<std::string> find_python(StopToken stop);

// Downloads the recipe's files of Maven Central with the Ivy among Spark's jars (of this layer or
// one below), checks each against its pin, and puts them into maven_into. What an interrupted run
// had downloaded is found again in Ivy's own cache. Errors: kIo, kInvalid for a file with another
// content, kNotFound without Ivy or Java.
[[nodiscard]] Result<void> add_maven_artifacts(const AssemblyWork& work);

// Installs the recipe's pinned Python packages into python_into. Errors: kIo, kNotFound without
// pip.
[[nodiscard]] Result<void> add_python_packages(const AssemblyWork& work);

// Builds the recipe's Go program, with this machine's Go when it is new enough, else with the tool
// chain that PyPI has. Errors: kIo, kNotFound.
[[nodiscard]] Result<void> add_go_program(const AssemblyWork& work);

}  // namespace firesteel::node
