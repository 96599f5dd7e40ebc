#include "node/assembly.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/fd.h"
#include "node/assembly_work.h"
#include "node/embedded.h"
#include "node/tool.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

// How the whole divides into stages, for the progress bar: measured with Spark 3.4 over a quick
// line.
constexpr double kDownloadShare = 0.65;
constexpr double kUnpackShare = 0.9;
constexpr double kCompileShare = 0.97;
constexpr double kMegabyte = 1e6;
constexpr double kUnpackedRatio = 1.12;  // of the archive's size

using Work = AssemblyWork;

const EmbeddedFile* embedded(std::string_view path) {
  for (const EmbeddedFile& file : embedded_images())
    if (file.path == path) return &file;
  return nullptr;
}

double expected_megabytes(const Work& work) {
  const std::string minor = work.version.substr(0, work.version.rfind('.'));
  const auto found = work.recipe.pip_megabytes.find(minor);
  return found != work.recipe.pip_megabytes.end() ? static_cast<double>(found->second) : 450.0;
}

Result<std::string> download(const Work& work) {
  const std::string package = work.recipe.pip_package + "==" + work.version;
  const std::string python = TRY(find_python(work.stop));
  const std::string temporary = work.scratch + "/tmp";
  const std::string target = work.scratch + "/download";
  TRY(make_directories(temporary));
  TRY(make_directories(target));
  const double expected = expected_megabytes(work);
  const std::string stage = "downloading " + package;
  const auto report = [&] {
    // Pip shows nothing in a pipe: what it has written so far tells.
    const double there = std::min(expected, megabytes_in(temporary));
    work.progress(fmt::format("{}: {:.0f} of {:.0f} MB", stage, there, expected),
                  there / expected * kDownloadShare);
  };
  const Result<std::string> done =
      run_tool({{python, "-m", "pip", "download", "--no-deps", "--progress-bar", "off",
                 "--disable-pip-version-check", "-d", target, package},
                work.scratch,
                {{"TMPDIR", temporary}},
                report},
               work.stop);
  if (!done)
    return context(
        Result<std::string>(std::unexpected(done.error())),
        fmt::format("download {} (is there a network, and does that version exist?)", package));
  for (const auto& entry : fs::directory_iterator(target))
    if (entry.path().string().ends_with(".tar.gz")) return entry.path().string();
  return fail(ErrorCode::kIo, fmt::format("pip downloaded no source archive of {}", package));
}

Result<void> unpack(const Work& work, const std::string& archive) {
  const std::string target = work.scratch + "/unpacked";
  TRY(make_directories(target));
  const std::string stage = "unpacking " + fs::path(archive).filename().string();
  const double expected = expected_megabytes(work) * kUnpackedRatio;
  const auto report = [&] {
    const double there = std::min(expected, megabytes_in(target));
    work.progress(fmt::format("{}: {:.0f} of {:.0f} MB", stage, there, expected),
                  kDownloadShare + there / expected * (kUnpackShare - kDownloadShare));
  };
  TRY(run_tool({{"tar", "-xzf", archive, "--strip-components=1", "--no-same-owner", "-C", target},
                work.scratch,
                {},
                report},
               work.stop));
  for (const auto& [from, to] : work.recipe.unpack) {
    const fs::path source = fs::path(target) / from;
    const fs::path destination = fs::path(work.root) / to;
    std::error_code error;
    if (!fs::exists(source, error)) continue;  // not every version has every part
    TRY(make_directories(destination.parent_path().string()));
    fs::rename(source, destination, error);
    if (error)
      return fail(ErrorCode::kIo, fmt::format("move {} into the image: {}", from, error.message()));
  }
  return {};
}

// "scala-library-2.12.17.jar" -> "2.12", "py4j-0.10.9.7-src.zip" as it is.
Recipe::Pairs look_around(const Work& work) {
  Recipe::Pairs facts{{"version", work.version}};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(work.root + "/" + work.recipe.java_jars, error)) {
    const std::string name = entry.path().filename().string();
    constexpr std::string_view kScala = "scala-library-";
    if (name.starts_with(kScala)) {
      const std::size_t first = name.find('.', kScala.size());
      facts.emplace_back("scala",
                         name.substr(kScala.size(), name.find('.', first + 1) - kScala.size()));
    }
  }
  for (const auto& entry : fs::directory_iterator(work.root + "/opt/spark/python/lib", error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("py4j-")) facts.emplace_back("py4j", name);
  }
  return facts;
}

Result<void> compile(const Work& work, const Recipe::Pairs& facts) {
  const std::string java = TRY(find_java_home());
  const std::string compiler = java + "/bin/javac";
  if (access(compiler.c_str(), X_OK) != 0)
    return fail(ErrorCode::kNotFound,
                fmt::format("{} is missing: install openjdk-17-jdk-headless", compiler));
  work.progress("compiling examples", kUnpackShare);
  const std::string classes = work.scratch + "/classes";
  TRY(make_directories(classes));
  std::vector<std::string> argv{
      compiler, "-nowarn", "-cp", work.root + "/" + work.recipe.java_jars + "/*", "-d", classes};
  for (const std::string& source : work.recipe.java_sources) {
    const std::string path = work.scratch + "/java/" + fs::path(source).filename().string();
    TRY(write_embedded(source, path, 0644));
    argv.push_back(path);
  }
  TRY(run_tool({argv, work.scratch, {}, {}}, work.stop));
  const std::string jar = work.root + "/" + fill(work.recipe.java_jar, facts);
  TRY(make_directories(fs::path(jar).parent_path().string()));
  TRY(run_tool(
      {{java + "/bin/jar", "--create", "--file", jar, "-C", classes, "."}, work.scratch, {}, {}},
      work.stop));
  work.progress("writing files", kCompileShare);
  return {};
}

Result<Recipe::Pairs> carry_out(const Work& work) {
  TRY(make_directories(work.root));
  TRY(make_directories(work.scratch));
  if (!work.recipe.pip_package.empty()) {
    const std::string archive = TRY(download(work));
    TRY(unpack(work, archive));
  }
  for (const std::string& directory : work.recipe.directories)
    TRY(make_directories(work.root + "/" + directory));
  const Recipe::Pairs facts = look_around(work);
  if (!work.recipe.java_jar.empty()) TRY(compile(work, facts));
  TRY(add_maven_artifacts(work));
  TRY(add_python_packages(work));
  TRY(add_go_program(work));
  for (const RecipeFile& file : work.recipe.files)
    TRY(write_embedded(file.source, work.root + "/" + file.path, file.mode));
  return facts;
}

}  // namespace

Result<void> make_directories(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(ErrorCode::kIo, fmt::format("make {}: {}", path, error.message()));
  return {};
}

double megabytes_in(const std::string& directory) {
  double total = 0;
  std::error_code error;
  auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator it(directory, options, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && !it->is_symlink(ignored))
      total += static_cast<double>(it->file_size(ignored));
  }
  return total / kMegabyte;
}

Result<void> write_embedded(std::string_view source, const std::string& target, unsigned mode) {
  const EmbeddedFile* file = embedded(source);
  if (file == nullptr)
    return fail(ErrorCode::kInternal, fmt::format("no file {} in this program", source));
  TRY(make_directories(fs::path(target).parent_path().string()));
  return write_file_atomically(target, file->content, mode);
}

Result<Recipe::Pairs> assemble_image(const Recipe& recipe, const std::string& version,
                                     const std::vector<std::string>& below,
                                     const std::string& directory,
                                     const ImageProgressHandler& progress, StopToken stop) {
  if (!recipe.java_jar.empty()) TRY(find_java_home());  // said before the long download
  const std::string scratch = directory + ".work";
  Result<Recipe::Pairs> facts =
      carry_out({recipe, version, below, directory, scratch, progress, stop});
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  return facts;
}

Result<std::string> find_java_home() {
  std::vector<fs::path> candidates;
  if (const char* home = std::getenv("JAVA_HOME"); home != nullptr && *home != 0)
    candidates.emplace_back(home);
  for (const std::string& java : {find_program("java"), std::string("/usr/bin/java")}) {
    std::error_code error;
    const fs::path real = java.empty() ? fs::path() : fs::canonical(java, error);
    if (!error && !real.empty()) candidates.push_back(real.parent_path().parent_path());
  }
  std::error_code error;
  for (const fs::path& home : candidates)
    if (access((home / "bin/java").c_str(), X_OK) == 0) return fs::canonical(home, error).string();
  return fail(
      ErrorCode::kNotFound,
      "Java is missing on this machine: install openjdk-17-jdk-headless (or set JAVA_HOME)");
}

}  // namespace firesteel::node
