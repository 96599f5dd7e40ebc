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

struct Recipe {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::string name;
  std::vector<std::string> repositories;
  // Versions; without `from` any tag does and the version is "".
  std::string from;
  std::string below;
  std::map<std::string, std::string> newest;  // "3.5" -> "3.5.9"
  std::string default_version;
  // What is downloaded with pip, and where its parts go.
  std::string pip_package;
  std::map<std::string, std::int64_t> pip_megabytes;
  Pairs unpack;
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
