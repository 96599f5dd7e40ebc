#pragma once
// Images without an engine: recipes (images/*.yaml, embedded) matched by image reference, assembled
// once into a directory, addressed by digest, shared between clusters. Thread-safe.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "node/plan/exec_plan.h"

namespace firesteel::node {

// Where an assembly is: what is done now, and how much of the whole, 0 to 1.
using ImageProgressHandler = std::function<void(std::string_view stage, double fraction)>;

struct ImageInfo {
  std::string reference;
  std::string recipe;  // "spark"
  std::string version;
  std::string digest;
  bool assembled = false;
};

class ImageStore {
 public:
  struct Options {
    std::string directory;    // "" = default_directory()
    std::string binary_path;  // this program, for image `firesteel`
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
};

}  // namespace firesteel::node
