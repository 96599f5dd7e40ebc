#include <array>
#include <filesystem>

#include "base/fd.h"
#include "net/tls.h"
#include "node/assembly.h"
#include "node/assembly_work.h"
#include "node/tool.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

constexpr double kMavenShare = 0.9;

struct Coordinates {
  std::string group;
  std::string artifact;
  std::string version;
  std::string classifier;
  std::string type;

  [[nodiscard]] std::string file_name() const {
    return fmt::format("{}-{}{}{}.{}", artifact, version, classifier.empty() ? "" : "-", classifier,
                       type);
  }
};

Result<Coordinates> parse_coordinates(const MavenArtifact& artifact) {
  const std::string& text = artifact.coordinates;
  std::array<std::string, 4> parts;
  std::size_t at = 0;
  std::size_t count = 0;
  while (count < parts.size()) {
    const std::size_t colon = text.find(':', at);
    parts[count++] = text.substr(at, colon == std::string::npos ? colon : colon - at);
    if (colon == std::string::npos) break;
    at = colon + 1;
  }
  if (count < 3)
    return fail(ErrorCode::kInvalid,
                fmt::format("\"{}\" is not group:artifact:version[:classifier]", text));
  return Coordinates{parts[0], parts[1], parts[2], parts[3], artifact.type};
}

// PySpark brings it for spark.jars.packages.
Result<std::string> find_ivy(const AssemblyWork& work) {
  std::vector<std::string> roots = work.below;
  roots.push_back(work.root);
  for (const std::string& root : roots) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root + "/opt/spark/jars", error)) {
      if (entry.path().filename().string().starts_with("ivy-")) return entry.path().string();
    }
  }
  return fail(ErrorCode::kNotFound, "no layer beneath has Spark's ivy jar to download with");
}

// Ivy's module descriptor: these files and nothing that they depend on.
std::string descriptor(const std::vector<Coordinates>& artifacts) {
  std::string text =
      "<ivy-module version=\"2.0\" xmlns:m=\"http://ant.apache.org/ivy/maven\">\n"
      "<info organisation=\"firesteel\" module=\"image\"/>\n<dependencies>\n";
  for (const Coordinates& artifact : artifacts) {
    const bool plain = artifact.classifier.empty();
    text += fmt::format("<dependency org=\"{}\" name=\"{}\" rev=\"{}\" transitive=\"false\"{}",
                        artifact.group, artifact.artifact, artifact.version,
                        plain ? " conf=\"default->master\"/>\n" : ">");
    if (plain) continue;
    text += fmt::format("<artifact name=\"{}\" type=\"{}\" ext=\"{}\" m:classifier=\"{}\"/>",
                        artifact.artifact, artifact.type, artifact.type, artifact.classifier);
    text += "</dependency>\n";
  }
  return text + "</dependencies>\n</ivy-module>\n";
}

Result<void> check_and_place(const AssemblyWork& work, const std::string& path,
                             const MavenArtifact& artifact) {
  const Result<std::string> content = read_file(path);
  if (!content)
    return fail(ErrorCode::kIo, fmt::format("Maven Central gave no {}", artifact.coordinates));
  const std::string found = net::sha256_hex(*content);
  if (found != artifact.sha256)
    return fail(
        ErrorCode::kInvalid,
        fmt::format("{}: its SHA-256 is {}, the recipe expects {}: it was changed on the way "
                    "or in the repository, and is not used",
                    artifact.coordinates, found, artifact.sha256));
  if (artifact.into.empty()) return {};
  const std::string into = work.root + "/" + artifact.into;
  TRY(make_directories(into));
  std::error_code error;
  if (artifact.type == "tar.gz") {
    TRY(run_tool({{"tar", "-xzf", path, "--strip-components=1", "--no-same-owner", "-C", into},
                  into,
                  {},
                  {}},
                 work.stop));
    fs::remove(path, error);
    return {};
  }
  fs::rename(path, into + "/" + fs::path(path).filename().string(), error);
  if (error) return fail(ErrorCode::kIo, fmt::format("move {}: {}", path, error.message()));
  return {};
}

}  // namespace

Result<void> add_maven_artifacts(const AssemblyWork& work) {
  const std::vector<MavenArtifact>* artifacts = artifacts_of(work.recipe, work.version);
  if (artifacts == nullptr) return {};
  std::vector<Coordinates> wanted;
  for (const MavenArtifact& artifact : *artifacts)
    wanted.push_back(TRY(parse_coordinates(artifact)));
  const std::string java = TRY(find_java_home()) + "/bin/java";
  const std::string ivy = TRY(find_ivy(work));
  const std::string settings = work.scratch + "/ivy.xml";
  const std::string into = work.root + "/" + work.recipe.maven_into;
  // Beside the images, so that an interrupted download goes on where it was.
  const std::string cache = fs::path(work.root).parent_path().parent_path().string() + "/ivy";
  TRY(make_directories(into));
  TRY(make_directories(cache));
  TRY(write_file_atomically(settings, descriptor(wanted), 0600));
  const auto report = [&] {
    std::size_t there = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(into, error)) there += entry.exists() ? 1 : 0;
    work.progress(fmt::format("downloading from Maven Central: {:.0f} MB", megabytes_in(cache)),
                  kMavenShare * static_cast<double>(there) / static_cast<double>(wanted.size()));
  };
  TRY(context(run_tool({{java, "-jar", ivy, "-ivy", settings, "-cache", cache, "-retrieve",
                         into + "/[artifact]-[revision](-[classifier]).[ext]", "-warn"},
                        work.scratch,
                        {},
                        report},
                       work.stop),
              "download from Maven Central (is there a network?)"));
  for (std::size_t i = 0; i < wanted.size(); ++i)
    TRY(check_and_place(work, into + "/" + wanted[i].file_name(), (*artifacts)[i]));
  return {};
}

}  // namespace firesteel::node
