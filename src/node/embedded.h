#pragma once
// The files of images/ as they were at build time (tools/embed.py writes the definition).
#include <span>
#include <string_view>

namespace firesteel::node {

struct EmbeddedFile {
  std::string_view path;  // below images/: "spark.yaml", "spark/entrypoint.sh"
  std::string_view content;
};

[[nodiscard]] std::span<const EmbeddedFile> embedded_images();

}  // namespace firesteel::node
