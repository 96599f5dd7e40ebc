// `firesteel image list | build`: local images. They are shared by all clusters of this user; --dir
// names another store.
#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interruption.h"
#include "cli/output.h"
#include "cli/table.h"
#include "node/images.h"

namespace firesteel::cli {

namespace {

Result<std::unique_ptr<node::ImageStore>> open_store(const std::string& directory) {
  node::ImageStore::Options options;
  options.directory = directory;
  options.binary_path = "/proc/self/exe";
  return node::ImageStore::open(options);
}

json::Value to_json(const node::ImageInfo& image) {
  return json::Object{{"reference", image.reference},
                      {"recipe", image.recipe},
                      {"version", image.version},
                      {"digest", image.digest},
                      {"assembled", image.assembled}};
}

// Tells each stage once, and its progress in steps of a tenth.
class StageTeller {
 public:
  explicit StageTeller(Progress& progress) : progress_(progress) {}
  void tell(std::string_view stage, double fraction) {
    const int tenth = static_cast<int>(fraction * 10);
    if (stage == stage_ && tenth == tenth_) return;
    stage_ = stage;
    tenth_ = tenth;
    progress_.step(fmt::format("{:3}%", static_cast<int>(fraction * 100)), Tone::kBusy, stage);
  }

 private:
  Progress& progress_;
  std::string stage_;
  int tenth_ = -1;
};

}  // namespace

int command_image_list(const ImageListOptions& options) {
  const auto store = open_store(options.directory);
  if (!store) return report(store.error());
  Table table({"REFERENCE", "RECIPE", "VERSION", "ASSEMBLED", "DIGEST"});
  std::vector<json::Value> documents;
  for (const std::string& reference : (*store)->examples()) {
    const auto image = (*store)->find(reference);
    if (!image) return report(image.error());
    table.add({image->reference, image->recipe, image->version, image->assembled ? "yes" : "no",
               image->digest});
    documents.push_back(to_json(*image));
  }
  if (options.output == Output::kTable) {
    print_out(table.print());
    return kExitOk;
  }
  json::Object list;
  list["items"] = json::Array(documents.begin(), documents.end());
  print_out(print_document(list, options.output));
  return kExitOk;
}

int command_image_build(const ImageBuildOptions& options) {
  const Interruption interruption;
  const auto store = open_store(options.directory);
  if (!store) return report(store.error());
  const SystemClock clock;
  Progress progress(clock);
  StageTeller teller(progress);
  const auto image = (*store)->assemble(
      options.reference,
      [&](std::string_view stage, double fraction) { teller.tell(stage, fraction); },
      interruption.token());
  if (interruption.cause() == Interruption::Cause::kSignal) return kExitInterrupted;
  if (!image) {
    report(image.error());
    return image.error().code == ErrorCode::kNotFound ? kExitUsage : kExitFailed;
  }
  progress.step("ready", Tone::kGood, options.reference);
  return kExitOk;
}

}  // namespace firesteel::cli
