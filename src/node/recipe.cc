#include "node/recipe.h"

#include <array>
#include <charconv>

#include "base/json/yaml.h"

namespace firesteel::node {
namespace {

using json::string_at;
using Version = std::array<int, 3>;

std::vector<std::string> list_at(const json::Value& value, std::string_view key) {
  std::vector<std::string> result;
  for (const json::Value& item : json::array_at(value, {key}))
    if (item.is_string()) result.emplace_back(json::view(item.get_string()));
  return result;
}

Recipe::Pairs pairs_at(const json::Value& value, std::initializer_list<std::string_view> keys) {
  Recipe::Pairs result;
  for (const auto& [key, item] : json::object_at(value, keys))
    if (item.is_string()) result.emplace_back(key, json::view(item.get_string()));
  return result;
}

// "3.5.9" -> numbers and how many there were; what follows a dash or the third number is ignored.
std::optional<std::pair<Version, int>> parse_version(std::string_view text) {
  Version version{};
  int count = 0;
  const char* at = text.data();
  const char* end = at + text.size();
  while (count < 3) {
    const auto [next, error] = std::from_chars(at, end, version[static_cast<std::size_t>(count)]);
    if (error != std::errc()) return std::nullopt;
    ++count;
    at = next;
    if (at == end || *at != '.') break;
    ++at;
  }
  if (at != end && *at != '-' && *at != '_') return std::nullopt;
  return std::pair{version, count};
}

Version number_of(std::string_view text) {
  const auto parsed = parse_version(text);
  return parsed ? parsed->first : Version{};
}

// Levenshtein's, for the nearest name.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, change});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string example_of(const Recipe& recipe) {
  const std::string& repository = recipe.repositories.front();
  return recipe.default_version.empty() ? repository : repository + ":" + recipe.default_version;
}

std::map<std::string, std::vector<MavenArtifact>> maven_at(const json::Value& value) {
  std::map<std::string, std::vector<MavenArtifact>> result;
  for (const auto& [minor, list] : json::object_at(value, {"maven", "artifacts"}))
    for (const json::Value& artifact : json::array_at(list, {})) {
      const std::string_view type = string_at(artifact, "type");
      result[minor].push_back(
          {std::string(string_at(artifact, "id")), std::string(string_at(artifact, "sha256")),
           std::string(string_at(artifact, "into")), std::string(type.empty() ? "jar" : type)});
    }
  return result;
}

std::string minor_of(std::string_view version) {
  return std::string(version.substr(0, version.rfind('.')));
}

}  // namespace

Result<Recipe> parse_recipe(std::string_view yaml) {
  const auto documents = TRY(json::parse_yaml(yaml));
  if (documents.size() != 1)
    return fail(ErrorCode::kInvalid, "an image recipe is one YAML document");
  const json::Value& value = documents.front().value;
  Recipe recipe;
  recipe.text = yaml;
  recipe.name = string_at(value, "name");
  recipe.repositories = list_at(value, "repositories");
  recipe.base = string_at(value, "base");
  recipe.extends = list_at(value, "extends");
  recipe.extras = list_at(value, "extras");
  if (recipe.name.empty() || recipe.repositories.empty() == recipe.extends.empty())
    return fail(ErrorCode::kInvalid,
                "an image recipe needs a name and either repositories or what it extends");
  recipe.from = string_at(value, {"versions", "from"});
  recipe.below = string_at(value, {"versions", "below"});
  recipe.default_version = string_at(value, {"versions", "default"});
  for (auto& [minor, patch] : pairs_at(value, {"versions", "newest"})) recipe.newest[minor] = patch;
  recipe.pip_package = string_at(value, {"pip", "package"});
  for (const auto& [minor, size] : json::object_at(value, {"pip", "megabytes"}))
    recipe.pip_megabytes[minor] = json::int_at(size, {});
  recipe.unpack = pairs_at(value, {"pip", "unpack"});
  recipe.maven = maven_at(value);
  recipe.maven_into = string_at(value, {"maven", "into"});
  recipe.python_requirements = string_at(value, {"python", "requirements"});
  recipe.python_into = string_at(value, {"python", "into"});
  recipe.go = {std::string(string_at(value, {"go", "package"})),
               std::string(string_at(value, {"go", "version"})),
               std::string(string_at(value, {"go", "path"}))};
  for (const json::Value& file : json::array_at(value, {"files"}))
    recipe.files.push_back({std::string(string_at(file, "source")),
                            std::string(string_at(file, "path")),
                            static_cast<unsigned>(json::int_at(file, {"mode"}, 0644))});
  recipe.directories = list_at(value, "directories");
  recipe.java_jars = string_at(value, {"java", "jars"});
  if (const json::Value* java = json::find(value, "java"))
    recipe.java_sources = list_at(*java, "sources");
  recipe.java_jar = string_at(value, {"java", "jar"});
  recipe.user_name = string_at(value, {"user", "name"});
  recipe.user = json::int_at(value, {"user", "id"});
  recipe.group = json::int_at(value, {"user", "group"});
  recipe.home = string_at(value, {"user", "home"});
  recipe.entrypoint = list_at(value, "entrypoint");
  recipe.working_directory = string_at(value, "workingDirectory");
  recipe.writable = list_at(value, "writable");
  recipe.env = pairs_at(value, {"env"});
  recipe.binds = pairs_at(value, {"binds"});
  return recipe;
}

const std::vector<MavenArtifact>* artifacts_of(const Recipe& recipe, std::string_view version) {
  auto found = recipe.maven.find(minor_of(version));
  if (found == recipe.maven.end()) found = recipe.maven.find("");
  return found == recipe.maven.end() ? nullptr : &found->second;
}

bool extends(const Recipe& extra, const Recipe& recipe, std::string_view version) {
  return std::ranges::find(extra.extends, recipe.name) != extra.extends.end() &&
         (extra.maven.empty() || artifacts_of(extra, version) != nullptr);
}

ImageReference parse_reference(std::string_view reference) {
  reference = reference.substr(0, reference.find('@'));
  const std::size_t slash = reference.rfind('/');
  const std::size_t colon = reference.rfind(':');
  ImageReference result;
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    result.tag = reference.substr(colon + 1);
    reference = reference.substr(0, colon);
  }
  for (const std::string_view registry : {"docker.io/", "index.docker.io/"})
    if (reference.starts_with(registry)) reference.remove_prefix(registry.size());
  result.repository = reference;
  return result;
}

std::optional<std::string> version_of(const Recipe& recipe, std::string_view tag) {
  if (recipe.from.empty()) return "";
  if (tag.empty() || tag.starts_with("latest")) return recipe.default_version;
  if (tag.starts_with('v')) tag.remove_prefix(1);
  const auto parsed = parse_version(tag);
  if (!parsed || parsed->second < 2) return std::nullopt;
  const auto& [version, count] = *parsed;
  if (version < number_of(recipe.from) || version >= number_of(recipe.below)) return std::nullopt;
  if (count == 3) return fmt::format("{}.{}.{}", version[0], version[1], version[2]);
  const auto newest = recipe.newest.find(fmt::format("{}.{}", version[0], version[1]));
  if (newest == recipe.newest.end()) return std::nullopt;
  return newest->second;
}

Result<RecipeMatch> match(const std::vector<Recipe>& recipes, std::string_view reference) {
  const ImageReference wanted = parse_reference(reference);
  const Recipe* nearest = nullptr;
  std::size_t best = 0;
  for (const Recipe& recipe : recipes) {
    for (const std::string& repository : recipe.repositories) {
      if (repository == wanted.repository) {
        if (auto version = version_of(recipe, wanted.tag)) return RecipeMatch{&recipe, *version};
        return fail(ErrorCode::kNotFound,
                    fmt::format("image \"{}\": the local recipe \"{}\" has versions from {} to "
                                "below {}, not \"{}\" (try {})",
                                reference, recipe.name, recipe.from, recipe.below, wanted.tag,
                                example_of(recipe)));
      }
      const std::size_t far = distance(repository, wanted.repository);
      if (nearest == nullptr || far < best) {
        nearest = &recipe;
        best = far;
      }
    }
  }
  std::string known;
  for (const Recipe& recipe : recipes)
    if (!recipe.repositories.empty()) known += (known.empty() ? "" : ", ") + example_of(recipe);
  return fail(ErrorCode::kNotFound,
              fmt::format("image \"{}\": no local recipe, and images are not pulled here; there "
                          "are {}{}",
                          reference, known,
                          nearest == nullptr ? "" : "; nearest: " + example_of(*nearest)));
}

std::string fill(std::string_view text, const Recipe::Pairs& values) {
  std::string result(text);
  for (const auto& [name, value] : values) {
    const std::string place = "{" + name + "}";
    for (std::size_t at = 0; (at = result.find(place, at)) != std::string::npos; at += value.size())
      result.replace(at, place.size(), value);
  }
  return result;
}

}  // namespace firesteel::node
