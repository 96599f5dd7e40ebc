#include "node/images.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>
#include <tuple>

#include "base/fd.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "net/tls.h"
#include "node/assembly.h"
#include "node/embedded.h"
#include "node/recipe.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFactsFile = "image.json";
constexpr std::size_t kDigestInName = 16;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string digest_of(const Recipe& recipe, const std::string& version) {
  std::string all = recipe.text + '\0' + version;
  for (const EmbeddedFile& file : embedded_images()) {
    const bool used =
        std::ranges::any_of(recipe.files,
                            [&](const RecipeFile& f) { return f.source == file.path; }) ||
        recipe.python_requirements == file.path ||
        std::ranges::find(recipe.java_sources, file.path) != recipe.java_sources.end();
    if (used) all += fmt::format("{}{}{}", '\0', file.path, file.content);
  }
  return net::sha256_hex(all);
}

// "spark-3.4.0-0123456789abcdef" of recipe spark -> "3.4.0"; nothing for another name.
std::optional<std::string> version_in(const Recipe& recipe, const std::string& name) {
  const std::size_t digest = name.rfind('-');
  if (digest == std::string::npos || name.size() - digest - 1 != kDigestInName) return std::nullopt;
  const std::string rest = name.substr(0, digest);
  if (rest == recipe.name) return "";
  if (!rest.starts_with(recipe.name + "-")) return std::nullopt;
  return rest.substr(recipe.name.size() + 1);
}

std::uint64_t bytes_in(const fs::path& directory) {
  std::uint64_t total = 0;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator it(directory, options, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && !it->is_symlink(ignored)) total += it->file_size(ignored);
  }
  return total;
}

// One directory of an image: a recipe carried out for a version.
struct Layer {
  const Recipe* recipe = nullptr;
  std::string version;
  std::string digest;
  std::string directory;

  [[nodiscard]] std::string root() const { return directory + "/root"; }
};
using Layers = std::vector<Layer>;

constexpr int kMostBases = 4;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_assembled(const Layer& layer) {
  return fs::exists(fs::path(layer.directory) / kFactsFile);
}

bool needs_java(const Layer& layer) {
  return !layer.recipe->java_jars.empty();
}

// An image of one layer has that layer's digest.
std::string digest_of(const Layers& layers) {
  if (layers.size() == 1) return layers.front().digest;
  std::string all;
  for (const Layer& layer : layers) all += layer.digest;
  return net::sha256_hex(all);
}

// What a recipe says about running its image, over what those beneath it said.
void lay_over(plan::ImageConfig& image, const Recipe& recipe, const Recipe::Pairs& values) {
  for (const auto& [name, value] : recipe.env) {
    std::erase_if(image.env, [&](const auto& variable) { return variable.first == name; });
    image.env.emplace_back(name, fill(value, values));
  }
  image.writable.insert(image.writable.end(), recipe.writable.begin(), recipe.writable.end());
  for (const auto& [from, to] : recipe.binds) image.host_binds.emplace_back(fill(from, values), to);
  if (recipe.repositories.empty()) return;  // an extra only adds
  image.entrypoint = recipe.entrypoint;
  image.working_directory = recipe.working_directory;
  image.user = recipe.user;
  image.group = recipe.group;
  image.user_name = recipe.user_name;
  image.home = recipe.home;
}

class Store final : public ImageStore {
 public:
  Store(Options options, std::vector<Recipe> recipes)
      : options_(std::move(options)), recipes_(std::move(recipes)) {}

  Result<ImageInfo> find(std::string_view reference) override {
    const Layers layers = TRY(layers_of(reference));
    const RecipeMatch found = TRY(match(recipes_, reference));
    return ImageInfo{std::string(reference), found.recipe->name, found.version,
                     "sha256:" + digest_of(layers), std::ranges::all_of(layers, is_assembled)};
  }

  Result<plan::ImageConfig> resolve(std::string_view reference) override {
    const Layers layers = TRY(layers_of(reference));
    if (!std::ranges::all_of(layers, is_assembled))
      return fail(ErrorCode::kUnavailable,
                  fmt::format("image \"{}\" is not assembled yet", reference));
    return configure(layers);
  }

  Result<plan::ImageConfig> assemble(std::string_view reference,
                                     const ImageProgressHandler& progress,
                                     StopToken stop) override {
    const Layers layers = TRY(layers_of(reference));
    if (std::ranges::all_of(layers, is_assembled)) return configure(layers);
    const std::lock_guard one_at_a_time(mutex_);
    std::vector<std::string> below;
    for (const Layer& layer : layers) {
      TRY(context(assemble_layer(layer, below, progress, stop),
                  fmt::format("assemble image \"{}\"", reference)));
      below.push_back(layer.root());
    }
    progress("ready", 1.0);
    return configure(layers);
  }

  std::vector<std::string> examples() const override {
    std::vector<std::string> result;
    for (const Recipe& recipe : recipes_) {
      if (recipe.repositories.empty()) continue;
      result.push_back(recipe.repositories.front() +
                       (recipe.default_version.empty() ? "" : ":" + recipe.default_version));
    }
    return result;
  }

  std::vector<RecipeInfo> recipes() const override {
    std::vector<RecipeInfo> result;
    for (const Recipe& recipe : recipes_) {
      RecipeInfo info{recipe.name, recipe.repositories, {}, recipe.extends};
      for (const auto& [minor, patch] : recipe.newest) info.versions.push_back(patch);
      result.push_back(std::move(info));
    }
    return result;
  }

  std::vector<AssembledImage> assembled() const override {
    std::vector<AssembledImage> result;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(options_.directory, error)) {
      if (!fs::exists(entry.path() / kFactsFile, error)) continue;
      const std::string name = entry.path().filename().string();
      for (const Recipe& recipe : recipes_) {
        const std::optional<std::string> version = version_in(recipe, name);
        if (!version) continue;
        const std::string used = layer_of(recipe, *version).directory;
        result.push_back({recipe.name, *version, entry.path().string(), bytes_in(entry.path()),
                          entry.path().string() == used});
      }
    }
    std::ranges::sort(result, {}, [](const AssembledImage& image) {
      return std::tie(image.recipe, image.version, image.directory);
    });
    return result;
  }

  Result<std::uint64_t> remove(std::string_view reference) override {
    const RecipeMatch found = TRY(match(recipes_, reference));
    const std::lock_guard one_at_a_time(mutex_);
    std::uint64_t bytes = 0;
    bool any = false;
    for (const AssembledImage& image : assembled()) {
      if (image.recipe != found.recipe->name || image.version != found.version) continue;
      const Fd lock = TRY(lock_image(image.directory, [](std::string_view, double) {}, {}));
      // Without its facts it is no image: one that is half removed is never used.
      std::error_code error;
      fs::remove(fs::path(image.directory) / kFactsFile, error);
      if (!error) fs::remove_all(image.directory, error);
      if (error) {
        return fail(ErrorCode::kIo, fmt::format("remove {}: {}", image.directory, error.message()));
      }
      bytes += image.bytes;
      any = true;
    }
    if (!any) {
      return fail(ErrorCode::kNotFound, fmt::format("image \"{}\" is not assembled", reference));
    }
    return bytes;
  }

 private:
  Layer layer_of(const Recipe& recipe, const std::string& version) const {
    const std::string digest = digest_of(recipe, version);
    return {&recipe, version, digest,
            fmt::format("{}/{}{}{}-{}", options_.directory, recipe.name, version.empty() ? "" : "-",
                        version, digest.substr(0, kDigestInName))};
  }

  // What a reference is made of, the lowest first: its base, itself, and the extras over it.
  Result<Layers> layers_of(std::string_view reference, int depth = 0) const {
    if (depth > kMostBases)
      return fail(ErrorCode::kInvalid,
                  fmt::format("image \"{}\": its recipes are each other's base", reference));
    const RecipeMatch found = TRY(match(recipes_, reference));
    Layers layers;
    if (!found.recipe->base.empty()) layers = TRY(layers_of(found.recipe->base, depth + 1));
    layers.push_back(layer_of(*found.recipe, found.version));
    for (const Recipe& extra : recipes_) {
      if (!contains(options_.extras, extra.name) && !contains(found.recipe->extras, extra.name))
        continue;
      for (std::size_t i = 0; i < layers.size(); ++i) {
        if (!extends(extra, *layers[i].recipe, layers[i].version)) continue;
        Layer layer = layer_of(extra, layers[i].version);
        if (std::ranges::find(layers, layer.directory, &Layer::directory) == layers.end())
          layers.push_back(std::move(layer));
        break;
      }
    }
    return layers;
  }

  static Result<void> assemble_layer(const Layer& layer, const std::vector<std::string>& below,
                                     const ImageProgressHandler& progress, StopToken stop) {
    if (is_assembled(layer)) return {};
    const Fd lock = TRY(lock_image(layer.directory, progress, stop));
    if (is_assembled(layer)) return {};  // another process was quicker
    return build(layer, below, progress, stop);
  }

  // Held while assembling; the kernel lets go of it when the process dies.
  static Result<Fd> lock_image(const std::string& directory, const ImageProgressHandler& progress,
                               StopToken stop) {
    const std::string path = directory + ".lock";
    Fd file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    if (!file.valid()) return fail_errno("open " + path);
    if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
    progress("waiting for another process that assembles it", 0);
    if (stop.stop_requested()) return fail(ErrorCode::kUnavailable, "stopped");
    while (flock(file.get(), LOCK_EX) != 0)
      if (errno != EINTR) return fail_errno("lock " + path);
    return file;
  }

  static Result<void> build(const Layer& layer, const std::vector<std::string>& below,
                            const ImageProgressHandler& progress, StopToken stop) {
    const std::string partial = layer.directory + ".partial";
    std::error_code error;
    fs::remove_all(partial, error);
    fs::create_directories(partial, error);
    if (error) return fail(ErrorCode::kIo, fmt::format("make {}: {}", partial, error.message()));
    Result<Recipe::Pairs> facts =
        assemble_image(*layer.recipe, layer.version, below, partial + "/root", progress, stop);
    if (!facts) {
      fs::remove_all(partial, error);
      return std::unexpected(facts.error());
    }
    json::Object known;
    for (const auto& [name, value] : *facts) known[name] = value;
    TRY(write_file_atomically(partial + "/" + std::string(kFactsFile), json::print_pretty(known),
                              0644));
    fs::remove_all(layer.directory, error);
    fs::rename(partial, layer.directory, error);
    if (error)
      return fail(ErrorCode::kIo, fmt::format("make {}: {}", layer.directory, error.message()));
    return {};
  }

  // What stands in for {names} in the recipes: found when the layers were assembled, and here.
  Result<Recipe::Pairs> values_for(const Layers& layers) const {
    Recipe::Pairs values{{"binary", options_.binary_path}};
    for (const Layer& layer : layers) {
      const std::string text = TRY(read_file(layer.directory + "/" + std::string(kFactsFile)));
      const json::Value known = TRY(context(json::parse(text), "read " + layer.directory));
      for (const auto& [name, value] : json::object_at(known, {}))
        if (value.is_string()) values.emplace_back(name, json::view(value.get_string()));
    }
    if (std::ranges::any_of(layers, needs_java)) values.emplace_back("java", TRY(find_java_home()));
    return values;
  }

  Result<plan::ImageConfig> configure(const Layers& layers) const {
    plan::ImageConfig image;
    const Recipe::Pairs values = TRY(values_for(layers));
    if (const std::string java = fill("{java}", values); java.front() == '/') {
      if (!java.starts_with("/usr/")) image.host_binds.emplace_back(java, java);
    }
    for (const Layer& layer : layers) {
      image.layers.push_back(layer.root());
      lay_over(image, *layer.recipe, values);
    }
    image.digest = "sha256:" + digest_of(layers);
    return image;
  }

  Options options_;
  std::vector<Recipe> recipes_;
  std::mutex mutex_;
};

}  // namespace

std::string ImageStore::default_directory() {
  if (std::string own = environment("FIRESTEEL_IMAGES"); !own.empty()) return own;
  if (const std::string cache = environment("XDG_CACHE_HOME"); !cache.empty())
    return cache + "/firesteel/images";
  const std::string home = environment("HOME");
  return (home.empty() ? "/var/cache" : home + "/.cache") + "/firesteel/images";
}

Result<std::unique_ptr<ImageStore>> ImageStore::open(Options options) {
  if (options.directory.empty()) options.directory = default_directory();
  std::error_code error;
  fs::create_directories(options.directory, error);
  if (error)
    return fail(ErrorCode::kIo,
                fmt::format("make image directory {}: {}", options.directory, error.message()));
  options.directory = fs::canonical(options.directory, error).string();
  if (const fs::path real = fs::canonical(options.binary_path, error); !error)
    options.binary_path = real.string();
  std::vector<Recipe> recipes;
  for (const EmbeddedFile& file : embedded_images()) {
    if (file.path.find('/') != std::string_view::npos || !file.path.ends_with(".yaml")) continue;
    recipes.push_back(
        TRY(context(parse_recipe(file.content), fmt::format("image recipe {}", file.path))));
  }
  return std::make_unique<Store>(std::move(options), std::move(recipes));
}

}  // namespace firesteel::node
