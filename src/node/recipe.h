#pragma once
// An image recipe as data, and which recipe an image reference means. No I/O.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::node {

struct RecipeFile {
  std::string source;  // below images/
  std::string path;    // in the image, relative
  unsigned mode = 0644;
};

// A file of a Maven repository: "group:artifact:version" or "group:artifact:version:classifier".
struct MavenArtifact {
  std::string coordinates;
  std::string sha256;  // of the file, hexadecimal
  std::string into;    // another directory than the recipe's, or ""
  std::string type =
      "jar";  // what its name ends with; "tar.gz" is unpacked below its top directory
};

// A program built from its Go module, statically, as /usr/local/bin would hold it.
struct GoProgram {
  std::string package;  // "github.com/versity/versitygw/cmd/versitygw"; empty = none
  std::string version;  // of the module, "v1.8.0"
  std::string path;     // in the image
};

struct Recipe {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::string name;
  std::vector<std::string> repositories;
  // What lies beneath it: an image of this machine, by reference; "" for nothing.
  std::string base;
  // An extra has no repositories: it is laid over images of these recipes when it is asked for.
  std::vector<std::string> extends;
  // Extras that images of this recipe always have.
  std::vector<std::string> extras;
  // Versions; without `from` any tag does and the version is "".
  std::string from;
  std::string below;
  std::map<std::string, std::string> newest;  // "3.5" -> "3.5.9"
  std::string default_version;
  // What is downloaded with pip, and where its parts go.
  std::string pip_package;
  std::map<std::string, std::int64_t> pip_megabytes;
  Pairs unpack;
  // Files of Maven Central by minor version ("" = for all), downloaded with the Ivy among Spark's
  // jars into a directory of the image.
  std::map<std::string, std::vector<MavenArtifact>> maven;
  std::string maven_into;
  // Python packages, pinned with their hashes in an embedded requirements file.
  std::string python_requirements;
  std::string python_into;
  GoProgram go;
  std::vector<RecipeFile> files;
  std::vector<std::string> directories;
  // Java sources compiled against the image's jars; empty jar = none.
  std::string java_jars;
  std::vector<std::string> java_sources;
  std::string java_jar;
  // How it runs. {java}, {scala}, {py4j}, {version}, {binary} stand for what is found.
  std::string user_name;
  std::int64_t user = 0;
  std::int64_t group = 0;
  std::string home = "/";
  std::vector<std::string> entrypoint;
  std::string working_directory = "/";
  std::vector<std::string> writable;
  Pairs env;
  Pairs binds;       // host path -> path inside
  std::string text;  // the recipe itself, for the digest
};

// Errors: kInvalid for text that is no recipe.
[[nodiscard]] Result<Recipe> parse_recipe(std::string_view yaml);

// The files of Maven Central that a version has, or null.
[[nodiscard]] const std::vector<MavenArtifact>* artifacts_of(const Recipe& recipe,
                                                             std::string_view version);

// Whether this extra has anything for an image of `recipe` in `version`.
[[nodiscard]] bool extends(const Recipe& extra, const Recipe& recipe, std::string_view version);

struct ImageReference {
  std::string repository;  // "apache/spark": without registry docker.io, tag and digest
  std::string tag;         // "v3.4.0", "" for none
};
[[nodiscard]] ImageReference parse_reference(std::string_view reference);

// The version that a tag means to a recipe: "v3.4.0-python3" -> "3.4.0", "3.5" -> its newest patch,
// "" and "latest" -> the default. Nothing when it is not in the recipe's range.
[[nodiscard]] std::optional<std::string> version_of(const Recipe& recipe, std::string_view tag);

struct RecipeMatch {
  const Recipe* recipe = nullptr;
  std::string version;
};
// Errors: kNotFound with what there is instead.
[[nodiscard]] Result<RecipeMatch> match(const std::vector<Recipe>& recipes,
                                        std::string_view reference);

// Replaces {name} by its value; unknown names stay.
[[nodiscard]] std::string fill(std::string_view text, const Recipe::Pairs& values);

}  // namespace firesteel::node
