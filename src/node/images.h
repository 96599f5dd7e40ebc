#pragma once
// Images without an engine: recipes (images/*.yaml, embedded) matched by image reference, assembled
// once into a directory, addressed by digest, shared between clusters. Thread-safe.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "node/plan/exec_plan.h"

namespace firesteel::node {

// Where an assembly is: what is done now ("downloading pyspark==3.4.0: 120 of 311 MB"; what follows
// ": " changes while it goes on), and how much of the whole, 0 to 1.
using ImageProgressHandler = std::function<void(std::string_view stage, double fraction)>;

struct ImageInfo {
  std::string reference;
  std::string recipe;  // "spark"
  std::string version;
  std::string digest;
  bool assembled = false;
};

struct RecipeInfo {
  std::string name;
  std::vector<std::string> repositories;  // "apache/spark", "apache/spark-py"; empty for an extra
  std::vector<std::string> versions;      // the newest of each minor one; empty = any tag
  std::vector<std::string> extends;       // of an extra: the recipes whose images it can extend
};

// What is in the store.
struct AssembledImage {
  std::string recipe;
  std::string version;
  std::string directory;
  std::uint64_t bytes = 0;
  bool current = false;  // made by this program's recipe; an older one is not used any more
};

class ImageStore {
 public:
  struct Options {
    std::string directory;    // "" = default_directory()
    std::string binary_path;  // this program, for image `firesteel`
    // Extra recipes ("lakehouse") that are laid over every image which they extend.
    std::vector<std::string> extras;
  };
  // $FIRESTEEL_IMAGES, or $XDG_CACHE_HOME/firesteel/images, or ~/.cache/firesteel/images.
  [[nodiscard]] static std::string default_directory();
  // Errors: kInvalid for a broken embedded recipe, kIo for the directory.
  static Result<std::unique_ptr<ImageStore>> open(Options options);
  virtual ~ImageStore() = default;

  // What stands for a reference, without doing anything. Errors: kNotFound when no recipe matches,
  // naming the nearest.
  [[nodiscard]] virtual Result<ImageInfo> find(std::string_view reference) = 0;
  // The image, ready to run. Errors: kNotFound as find(); kUnavailable when it is not assembled
  // yet.
  [[nodiscard]] virtual Result<plan::ImageConfig> resolve(std::string_view reference) = 0;
  // Assembles it unless it is there; another process or thread doing the same is waited for.
  // Errors: kIo and kUnavailable with the tool's last words and what to do (Java missing, no
  // network, no such version).
  [[nodiscard]] virtual Result<plan::ImageConfig> assemble(std::string_view reference,
                                                           const ImageProgressHandler& progress,
                                                           StopToken stop) = 0;
  // All recipes with an example reference each: "apache/spark:3.5.9".
  [[nodiscard]] virtual std::vector<std::string> examples() const = 0;
  [[nodiscard]] virtual std::vector<RecipeInfo> recipes() const = 0;
  // Reads the whole store to tell the sizes. Sorted by recipe and version.
  [[nodiscard]] virtual std::vector<AssembledImage> assembled() const = 0;
  // Removes what was assembled for a reference, by older recipes too; the bytes that it took. A pod
  // that uses it loses it. Errors: kNotFound as find(), and when nothing is there; kIo.
  [[nodiscard]] virtual Result<std::uint64_t> remove(std::string_view reference) = 0;
};

}  // namespace firesteel::node
