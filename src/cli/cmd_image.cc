// `firesteel image list | build | rm`: local images. All clusters of this user share one store;
// --images names another.
#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interruption.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "node/images.h"

namespace firesteel::cli {

namespace {

constexpr std::uint64_t kMegabyte = 1000 * 1000;

Result<std::unique_ptr<node::ImageStore>> open_store(const std::string& directory,
                                                     std::vector<std::string> extras = {}) {
  node::ImageStore::Options options;
  options.extras = std::move(extras);
  options.directory = directory;
  options.binary_path = "/proc/self/exe";
  return node::ImageStore::open(options);
}

// One version of a recipe: as a line of the list, and as a document.
struct Entry {
  std::string recipe;
  std::string version;
  std::vector<std::string> references;  // that mean it
  std::string state;                    // "assembled", "available", "built in", "outdated"
  std::uint64_t bytes = 0;
  std::string directory;
};

// "apache/spark:3.4.4" and its shorter tag "apache/spark:3.4" when it is the newest of its minor.
std::vector<std::string> references_of(const node::RecipeInfo& recipe, const std::string& version) {
  std::vector<std::string> references;
  for (const std::string& repository : recipe.repositories) {
    references.push_back(version.empty() ? repository : repository + ":" + version);
    const bool newest = std::ranges::find(recipe.versions, version) != recipe.versions.end();
    if (newest) references.push_back(references.back().substr(0, references.back().rfind('.')));
  }
  return references;
}

std::vector<Entry> entries_of(const node::ImageStore& store) {
  std::vector<Entry> entries;
  const std::vector<node::AssembledImage> assembled = store.assembled();
  for (const node::RecipeInfo& recipe : store.recipes()) {
    std::vector<Entry> mine;
    for (const node::AssembledImage& image : assembled) {
      if (image.recipe != recipe.name) continue;
      mine.push_back({recipe.name, image.version, references_of(recipe, image.version),
                      image.current ? "assembled" : "outdated", image.bytes, image.directory});
    }
    if (!recipe.extends.empty()) {
      const std::string over = "extra over " + recipe.extends.front();
      if (mine.empty()) mine.push_back({recipe.name, "", {over}, "available", 0, ""});
      for (Entry& entry : mine) entry.references = {over};
      entries.insert(entries.end(), mine.begin(), mine.end());
      continue;
    }
    // Without versions it is made of the machine's own files.
    if (recipe.versions.empty()) {
      mine = {{recipe.name, "", references_of(recipe, ""), "built in", 0, ""}};
    }
    for (const std::string& version : recipe.versions) {
      const bool there = std::ranges::any_of(mine, [&](const Entry& entry) {
        return entry.version == version && entry.state == "assembled";
      });
      if (there) continue;
      mine.push_back({recipe.name, version, references_of(recipe, version), "available", 0, ""});
    }
    std::ranges::stable_sort(mine, {}, &Entry::version);
    entries.insert(entries.end(), mine.begin(), mine.end());
  }
  return entries;
}

json::Value to_json(const Entry& entry) {
  json::Object object{{"recipe", entry.recipe}, {"version", entry.version}, {"state", entry.state}};
  json::Array references(entry.references.begin(), entry.references.end());
  object["references"] = std::move(references);
  if (!entry.directory.empty()) {
    object["bytes"] = entry.bytes;
    object["directory"] = entry.directory;
  }
  return object;
}

std::string size_text(std::uint64_t bytes) {
  return fmt::format("{} MB", (bytes + kMegabyte / 2) / kMegabyte);
}

// The references of the recipe's first repository: the others would fill the screen.
std::string images_text(const std::vector<std::string>& references) {
  if (references.empty()) return "";
  const std::string& first = references.front();
  const std::string repository = first.substr(0, first.find(':'));
  std::string text;
  for (const std::string& reference : references) {
    if (reference.substr(0, reference.find(':')) != repository) continue;
    text += (text.empty() ? "" : ", ") + reference;
  }
  return text;
}

}  // namespace

int command_image_list(const ImageListOptions& options) {
  const auto store = open_store(options.images);
  if (!store) return report(store.error());
  const std::vector<Entry> entries = entries_of(**store);
  if (options.output == Output::kTable) {
    Table table({"RECIPE", "VERSION", "STATE", "SIZE", "IMAGES"});
    for (const Entry& entry : entries) {
      table.add({entry.recipe, entry.version.empty() ? "any" : entry.version, entry.state,
                 entry.directory.empty() ? "" : size_text(entry.bytes),
                 images_text(entry.references)});
    }
    print_out(table.print());
    return kExitOk;
  }
  json::Array items;
  for (const Entry& entry : entries) items.push_back(to_json(entry));
  json::Object list;
  list["items"] = std::move(items);
  print_out(print_document(list, options.output));
  return kExitOk;
}

int command_image_build(const ImageBuildOptions& options) {
  const Interruption interruption;
  const auto store = open_store(options.images, options.extras);
  if (!store) return report(store.error());
  const SystemClock clock;
  Progress progress(clock);
  const auto image = (*store)->assemble(
      options.reference,
      [&](std::string_view stage, double fraction) { progress.part(stage, fraction); },
      interruption.token());
  progress.clear();
  if (interruption.cause() == Interruption::Cause::kSignal) {
    print_error(fmt::format("Interrupted; {} is not assembled.\n", options.reference));
    return kExitInterrupted;
  }
  if (!image) {
    report(image.error());
    return image.error().code == ErrorCode::kNotFound ? kExitUsage : kExitFailed;
  }
  progress.step("ready", Tone::kGood, options.reference);
  return kExitOk;
}

int command_image_remove(const ImageRemoveOptions& options) {
  const auto store = open_store(options.images);
  if (!store) return report(store.error());
  int code = kExitOk;
  for (const std::string& reference : options.references) {
    const auto bytes = (*store)->remove(reference);
    if (bytes) {
      print_out(fmt::format("{} removed ({})\n", reference, size_text(*bytes)));
    } else {
      code = std::max(code, report(bytes.error()));
    }
  }
  return code;
}

}  // namespace firesteel::cli
